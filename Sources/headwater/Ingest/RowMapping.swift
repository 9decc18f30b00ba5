import ActivationCore
import TextFiles

/// Makes XDM entities of a CSV file's rows.
struct RowMapping {
    private let mapped: [(index: Int, mapping: ColumnMapping)]
    private let columns: CSVColumns
    /// The columns that tell who somebody is.
    private let identities: [Int]
    /// Whether a column is mapped to `_id`.
    let hasID: Bool
    /// Columns without a name in a header that says what columns mean; nothing may stand in them.
    private let unnamed: [Int]

    /// The names of the columns that are not sent.
    let unmapped: [String]

    /// Binds the columns of a file to the mappings that the command line gives.
    ///
    /// - Parameters:
    ///   - mappings: What goes where; the first identity is the primary one.
    ///   - columns: The columns.
    /// - Throws: When a column is not in the file or not to be told from another, two write the same, or none is an
    ///   identity.
    init(_ mappings: [ColumnMapping], columns: CSVColumns) throws(CommandFailure) {
        try ColumnMapping.refuseOverlaps(mappings, code: .usage)
        let header = columns.names
        var mapped: [(Int, ColumnMapping)] = []
        for mapping in mappings {
            let indices = header.indices.filter { header[$0].hasSameBytes(as: mapping.column) }
            guard !indices.isEmpty else { throw RowMapping.missing(mapping.column, columns) }
            guard indices.count == 1 || mapping.isIdentity else { throw RowMapping.repeated(mapping.column, indices) }
            mapped += indices.map { ($0, mapping) }
        }
        guard mappings.contains(where: \.isIdentity) else {
            throw CommandFailure(.usage, "no column is mapped to an identity; add --map COLUMN=identityMap.NAMESPACE")
        }
        let taken = Set(mapped.map(\.0))
        let unmapped = header.indices.filter { !taken.contains($0) }.map { header[$0] }
        self.init(mapped, columns, unmapped: unmapped, unnamed: [])
    }

    /// Binds the columns of a file whose header says itself what they mean.
    ///
    /// - Parameter header: The columns' names, which are targets.
    /// - Throws: When a name is no target, two columns write the same, or none is an identity.
    init(header: [String]) throws(CommandFailure) {
        // Said first, and without the names: they may be the first row of a file that has no header.
        guard header.contains(where: { ColumnName.trimmed($0).hasPrefix("identityMap.") }) else {
            throw CommandFailure(
                .noInput,
                "no column of the header is an identity, such as identityMap.Email; "
                    + "say what the columns mean with --map COLUMN=PATH"
            )
        }
        var mapped: [(Int, ColumnMapping)] = []
        for (index, column) in header.enumerated() where !column.isEmpty {
            mapped.append((index, try ColumnMapping(header: column)))
        }
        let mappings = mapped.map(\.1)
        for mapping in mappings where !mapping.isIdentity {
            let indices = header.indices.filter { header[$0].hasSameBytes(as: mapping.column) }
            guard indices.count == 1 else { throw RowMapping.repeated(mapping.column, indices) }
        }
        try ColumnMapping.refuseOverlaps(mappings, code: .noInput)
        let unnamed = header.indices.filter { header[$0].isEmpty }
        self.init(mapped, CSVColumns(header), unmapped: [], unnamed: unnamed)
    }

    private init(
        _ mapped: [(Int, ColumnMapping)],
        _ columns: CSVColumns,
        unmapped: [String],
        unnamed: [Int]
    ) {
        hasID = mapped.contains { column in
            if case .attribute(["_id"], _) = column.1.target { true } else { false }
        }
        self.mapped = mapped
        self.columns = columns
        identities = mapped.filter(\.1.isIdentity).map(\.0)
        self.unmapped = unmapped
        self.unnamed = unnamed
    }

    /// Refuses targets that the server does not read in lines of a kind.
    ///
    /// - Parameters:
    ///   - kind: What the rows are.
    ///   - code: Whose mistake it is.
    /// - Throws: The first of them.
    func refuseUnread(in kind: IngestCommand.Kind, code: CommandFailure.Code) throws(CommandFailure) {
        for column in mapped { try column.mapping.refuseUnread(in: kind, code: code) }
    }

    /// The mapping as one text, to see whether it is still the same.
    var spelling: String { mapped.map { "\($0.index + 1)/\($0.mapping.spelling)" }.joined(separator: " ") }

    /// The entity of a row.
    ///
    /// - Parameters:
    ///   - cells: The row.
    ///   - id: What becomes its `_id`; nil leaves it to the columns.
    /// - Returns: The entity.
    /// - Throws: When the row is not to be sent.
    func entity(_ cells: [String], id: String? = nil) throws(RowFault) -> JSONValue {
        try check(cells)
        var entity: JSONValue = .object(JSONObject())
        var identities = JSONObject()
        if let id { entity["_id"] = .string(id) }
        for (index, mapping) in mapped where !cells[index].isEmpty {
            if let reason = CellDamage.reason(cells[index], isIdentity: mapping.isIdentity) {
                throw RowFault("CSV_VALUE", "column \(columns.shown(index)) \(reason)", cell: index)
            }
            switch mapping.target {
            case .identity(let namespace):
                let identity: JSONValue = ["id": .string(cells[index]), "primary": .bool(identities.isEmpty)]
                identities[namespace] = .array((identities[namespace]?.array ?? []) + [identity])
            case .attribute(let path, let kind):
                guard let value = kind.value(of: cells[index]) else {
                    throw RowFault(
                        "CSV_VALUE",
                        "column \(columns.shown(index)) does not hold a \(kind.rawValue); \(kind.accepted)",
                        cell: index
                    )
                }
                entity.set(value, at: path[...])
            }
        }
        guard !identities.isEmpty else {
            throw RowFault("IDENTITY_MISSING", "all identity columns of the row are empty")
        }
        entity["identityMap"] = .object(identities)
        return entity
    }

    /// Whether an identity of a row begins or ends with something that nobody sees.
    func hasIdentityBlanks(_ cells: [String]) -> Bool {
        identities.contains { index in
            index < cells.count && ColumnName.hasBlanksAround(cells[index])
                && !ColumnName.trimmed(cells[index]).isEmpty
        }
    }

    private func check(_ cells: [String]) throws(RowFault) {
        if let fault = columns.fault(of: cells, identities: identities) { throw fault }
        for index in unnamed where !cells[index].isEmpty {
            throw RowFault(
                "CSV_VALUE",
                "column \(index + 1) has no name and holds something; name it in the header",
                cell: index
            )
        }
    }

    private static func repeated(_ column: String, _ indices: [Int]) -> CommandFailure {
        let places = indices.map { "\($0 + 1)" }.joined(separator: " and ")
        return CommandFailure(
            .noInput,
            "the header has \(ColumnName.shown(column)) more than once (columns \(places)), and only identities may be; "
                + "rename all but one"
        )
    }

    private static func missing(_ column: String, _ columns: CSVColumns) -> CommandFailure {
        let header = columns.names
        var message = "there is no column \(ColumnName.shown(column))"
        guard columns.areNamed else {
            return CommandFailure(.noInput, "\(message); without a header they are 1 to \(header.count)")
        }
        if let near = header.first(where: { ColumnName.likeness($0) == ColumnName.likeness(column) }) {
            message += "; there is \(ColumnName.shown(near)), which is written differently (blanks and case count)"
        } else {
            // Never the others: they may be the first row of a file that has no header.
            message +=
                "; the first line has \(header.count) columns: if it is a header, take its names, "
                + "else give --no-header, and name columns 1, 2, 3"
        }
        return CommandFailure(.noInput, message)
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
            inner.set(value, at: path.dropFirst())
            self[key] = inner
        }
    }
}
