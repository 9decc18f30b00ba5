import ActivationCore

/// Makes XDM entities of a CSV file's rows.
struct RowMapping {
    /// Why a row is not sent.
    struct Refused: Error, Equatable {
        var code: String
        /// What was found and what to do; never the content.
        var message: String
        /// The cell that is wrong, from 0; nil when it is the row.
        var cell: Int?
    }

    private let columns: [(index: Int, mapping: ColumnMapping)]
    private let header: [String]
    /// Whether the columns' names come from the file.
    let hasNames: Bool
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
    ///   - header: The columns' names.
    ///   - hasNames: Whether they come from the file.
    /// - Throws: When a column is not in the file or not to be told from another, two write the same, or none is an
    ///   identity.
    init(
        _ mappings: [ColumnMapping],
        header: [String],
        hasNames: Bool = true
    ) throws(CommandFailure) {
        try ColumnMapping.refuseOverlaps(mappings, code: .usage)
        var columns: [(Int, ColumnMapping)] = []
        for mapping in mappings {
            let indices = header.indices.filter { header[$0].hasSameBytes(as: mapping.column) }
            guard !indices.isEmpty else { throw RowMapping.missing(mapping.column, header, hasNames) }
            guard indices.count == 1 || mapping.isIdentity else { throw RowMapping.repeated(mapping.column, indices) }
            columns += indices.map { ($0, mapping) }
        }
        guard mappings.contains(where: \.isIdentity) else {
            throw CommandFailure(.usage, "no column is mapped to an identity; add --map COLUMN=identityMap.NAMESPACE")
        }
        let mapped = Set(columns.map(\.0))
        let unmapped = header.indices.filter { !mapped.contains($0) }.map { header[$0] }
        self.init(columns, header, hasNames: hasNames, unmapped: unmapped, unnamed: [])
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
        var columns: [(Int, ColumnMapping)] = []
        for (index, column) in header.enumerated() where !column.isEmpty {
            columns.append((index, try ColumnMapping(header: column)))
        }
        let mappings = columns.map(\.1)
        for mapping in mappings where !mapping.isIdentity {
            let indices = header.indices.filter { header[$0].hasSameBytes(as: mapping.column) }
            guard indices.count == 1 else { throw RowMapping.repeated(mapping.column, indices) }
        }
        try ColumnMapping.refuseOverlaps(mappings, code: .noInput)
        let unnamed = header.indices.filter { header[$0].isEmpty }
        self.init(columns, header, hasNames: true, unmapped: [], unnamed: unnamed)
    }

    private init(
        _ columns: [(Int, ColumnMapping)],
        _ header: [String],
        hasNames: Bool,
        unmapped: [String],
        unnamed: [Int]
    ) {
        hasID = columns.contains { column in
            if case .attribute(["_id"], _) = column.1.target { true } else { false }
        }
        self.columns = columns
        self.header = header
        self.hasNames = hasNames
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
        for column in columns { try column.mapping.refuseUnread(in: kind, code: code) }
    }

    /// The mapping as one text, to see whether it is still the same.
    var spelling: String { columns.map { "\($0.index + 1)/\($0.mapping.spelling)" }.joined(separator: " ") }

    /// The entity of a row.
    ///
    /// - Parameters:
    ///   - cells: The row.
    ///   - id: What becomes its `_id`; nil leaves it to the columns.
    /// - Returns: The entity.
    /// - Throws: When the row is not to be sent.
    func entity(_ cells: [String], id: String? = nil) throws(Refused) -> JSONValue {
        try check(cells)
        var entity: JSONValue = .object(JSONObject())
        var identities = JSONObject()
        if let id { entity["_id"] = .string(id) }
        for (index, mapping) in columns where !cells[index].isEmpty {
            if let reason = CellDamage.reason(cells[index], isIdentity: mapping.isIdentity) {
                throw Refused(code: "CSV_VALUE", message: "column \(name(index)) \(reason)", cell: index)
            }
            switch mapping.target {
            case .identity(let namespace):
                let identity: JSONValue = ["id": .string(cells[index]), "primary": .bool(identities.isEmpty)]
                identities[namespace] = .array((identities[namespace]?.array ?? []) + [identity])
            case .attribute(let path, let kind):
                guard let value = kind.value(of: cells[index]) else {
                    throw Refused(
                        code: "CSV_VALUE",
                        message: "column \(name(index)) does not hold a \(kind.rawValue); \(kind.accepted)",
                        cell: index
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

    /// Whether an identity of a row begins or ends with something that nobody sees.
    func hasIdentityBlanks(_ cells: [String]) -> Bool {
        columns.contains { column in
            column.mapping.isIdentity && column.index < cells.count && ColumnName.hasBlanksAround(cells[column.index])
                && !ColumnName.trimmed(cells[column.index]).isEmpty
        }
    }

    private func check(_ cells: [String]) throws(Refused) {
        if let index = markedCell(cells) {
            throw Refused(code: CSVRecord.joined.code, message: CSVRecord.joined.message, cell: index)
        }
        if hasNames, cells.count == header.count, zip(cells, header).allSatisfy({ $0.hasSameBytes(as: $1) }) {
            throw Refused(code: CSVRecord.joined.code, message: "the row is the header once more; remove it", cell: 0)
        }
        guard cells.count == header.count else {
            let cure =
                cells.count > header.count
                ? "put cells that hold the delimiter in quotes; a delimiter at the line's end makes an empty cell"
                : "a delimiter or a line end inside a cell may be wrong; empty cells need their delimiters"
            throw Refused(
                code: "CSV_WIDTH",
                message: "the row has \(cells.count) cells, and the file has \(header.count) columns; \(cure)",
                cell: cells.count > header.count ? header.count : cells.indices.last
            )
        }
        for index in unnamed where !cells[index].isEmpty {
            throw Refused(
                code: "CSV_VALUE",
                message: "column \(index + 1) has no name and holds something; name it in the header",
                cell: index
            )
        }
    }

    /// The first cell with a byte order mark that no author has written: at the row's beginning, in an identity, or where
    /// the next file's header has made the row too long.
    private func markedCell(_ cells: [String]) -> Int? {
        if cells.first?.unicodeScalars.first == CSVRecord.mark { return 0 }
        let suspects =
            cells.count == header.count ? columns.filter(\.mapping.isIdentity).map(\.index) : Array(cells.indices)
        return suspects.first { cells[$0].unicodeScalars.contains(CSVRecord.mark) }
    }

    private func name(_ index: Int) -> String {
        hasNames ? ColumnName.shown(header[index]) : header[index]
    }

    private static func repeated(_ column: String, _ indices: [Int]) -> CommandFailure {
        let places = indices.map { "\($0 + 1)" }.joined(separator: " and ")
        return CommandFailure(
            .noInput,
            "the header has \(ColumnName.shown(column)) more than once (columns \(places)), and only identities may be; "
                + "rename all but one"
        )
    }

    private static func missing(_ column: String, _ header: [String], _ hasNames: Bool) -> CommandFailure {
        var message = "there is no column \(ColumnName.shown(column))"
        guard hasNames else {
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
