import ActivationCore

/// Makes XDM entities of a CSV file's rows.
struct RowMapping {
    /// Why a row is not sent.
    struct Refused: Error, Equatable {
        var code: String
        var message: String
    }

    private let columns: [(index: Int, mapping: ColumnMapping)]
    private let width: Int
    private let eventIDPrefix: String?

    /// Binds mappings to the columns of a file.
    ///
    /// - Parameters:
    ///   - mappings: What goes where; the first identity is the primary one.
    ///   - header: The columns' names.
    ///   - eventIDPrefix: For events without a mapped `_id`: what stands before the row's number.
    /// - Throws: When a column is not in the file, or none is an identity.
    init(_ mappings: [ColumnMapping], header: [String], eventIDPrefix: String?) throws(CommandFailure) {
        var columns: [(Int, ColumnMapping)] = []
        for mapping in mappings {
            guard let index = header.firstIndex(where: { $0.hasSameBytes(as: mapping.column) }) else {
                let names = header.map { "\"\($0)\"" }.joined(separator: ", ")
                throw CommandFailure(.badInput, "there is no column \"\(mapping.column)\"; the file has \(names)")
            }
            columns.append((index, mapping))
        }
        let hasIdentity = mappings.contains { if case .identity = $0.target { true } else { false } }
        guard hasIdentity else {
            throw CommandFailure(.usage, "no column is mapped to an identity; add --map COLUMN=identityMap.NAMESPACE")
        }
        let hasID = mappings.contains { $0.target == .attribute(path: ["_id"], kind: .text) }
        self.columns = columns
        self.eventIDPrefix = hasID ? nil : eventIDPrefix
        width = header.count
    }

    /// The entity of a row.
    func entity(_ fields: [String], row: Int64) throws(Refused) -> JSONValue {
        guard fields.count == width else {
            throw Refused(
                code: "CSV_WIDTH",
                message: "the row has \(fields.count) fields; the file has \(width) columns"
            )
        }
        var entity: JSONValue = .object(JSONObject())
        var identities = JSONObject()
        if let eventIDPrefix { entity["_id"] = .string("\(eventIDPrefix)-\(row)") }
        for (index, mapping) in columns where !fields[index].isEmpty {
            switch mapping.target {
            case .identity(let namespace):
                let identity: JSONValue = ["id": .string(fields[index]), "primary": .bool(identities.isEmpty)]
                identities[namespace] = .array((identities[namespace]?.array ?? []) + [identity])
            case .attribute(let path, let kind):
                guard let value = kind.value(of: fields[index]) else {
                    throw Refused(
                        code: "CSV_VALUE",
                        message: "column \"\(mapping.column)\" does not hold a \(kind.rawValue)"
                    )
                }
                entity.set(value, at: path[...])
            }
        }
        guard !identities.isEmpty else {
            throw Refused(code: "IDENTITY_MISSING", message: "all identity columns of the row are empty")
        }
        entity["identityMap"] = .object(identities)
        return entity
    }
}

extension JSONValue {
    /// Puts a value at a path, making the objects on the way.
    fileprivate mutating func set(_ value: JSONValue, at path: ArraySlice<String>) {
        guard let key = path.first else { return }
        if path.count == 1 {
            self[key] = value
        } else {
            var inner = self[key] ?? .object(JSONObject())
            if inner.object == nil { inner = .object(JSONObject()) }
            inner.set(value, at: path.dropFirst())
            self[key] = inner
        }
    }
}
