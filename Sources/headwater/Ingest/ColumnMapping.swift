import ActivationCore
import TextFiles

/// Where a CSV column's values go in an XDM entity: `COLUMN=identityMap.Email`, `COLUMN=person.name.firstName`,
/// `COLUMN=commerce.order.priceTotal:number`.
struct ColumnMapping: Equatable {
    /// The place in the entity.
    enum Target: Equatable {
        case identity(namespace: String)
        case attribute(path: [String], kind: CellKind)
    }

    /// The column's name.
    var column: String
    /// The place.
    var target: Target

    /// Keys of a path, at most; an entity goes no deeper.
    static let keysMax = Limits.jsonDepthMax - 1

    /// Whether the column tells who somebody is.
    var isIdentity: Bool { if case .identity = target { true } else { false } }

    /// Reads `COLUMN=TARGET`.
    init(parsing text: String) throws(CommandFailure) {
        guard let equals = text.utf8.lastIndex(of: UInt8(ascii: "=")), equals != text.startIndex else {
            throw CommandFailure(.usage, "--map \(text) is not COLUMN=PATH, such as email=identityMap.Email")
        }
        self = try ColumnMapping(
            column: String(text[..<equals]),
            target: String(text[text.utf8.index(after: equals)...]),
            code: .usage
        )
    }

    /// Reads a column's name that is a target itself.
    ///
    /// - Throws: When it is none, or has blanks around it that nobody meant.
    init(header column: String) throws(CommandFailure) {
        guard !ColumnName.hasBlanksAround(column) else {
            throw CommandFailure(
                .noInput,
                "column \(ColumnName.shown(column)) has a blank or an invisible character around its name; "
                    + "correct the header, or say what the columns mean with --map"
            )
        }
        self = try ColumnMapping(column: column, target: column, code: .noInput)
    }

    /// Reads a target: a path, `identityMap.` with a namespace, and `:` with a kind.
    private init(column: String, target text: String, code: CommandFailure.Code) throws(CommandFailure) {
        self.column = column
        var path = text[...]
        var kind = text == "timestamp" ? CellKind.timestamp : .text
        if let colon = text.lastIndex(of: ":") {
            guard let named = CellKind(rawValue: String(text[text.index(after: colon)...])) else {
                let kinds = CellKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure(
                    code,
                    "column \(ColumnName.shown(column)): there is no kind \(ColumnName.shown(String(text[colon...]))); "
                        + "kinds are \(kinds); a path with a colon needs its kind"
                )
            }
            kind = named
            path = text[..<colon]
        }
        let keys = path.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard !keys.contains(""), keys.count <= ColumnMapping.keysMax else {
            throw CommandFailure(
                code,
                "column \(ColumnName.shown(column)): \(ColumnName.shown(text)) is not a dotted path of at most "
                    + "\(ColumnMapping.keysMax) keys, such as person.name.firstName"
            )
        }
        guard keys[0].hasSameBytes(as: "identityMap") || keys[0].lowercased() != "identitymap" else {
            throw CommandFailure(
                code,
                "column \(ColumnName.shown(column)): \(ColumnName.shown(keys[0])) is written identityMap; case counts"
            )
        }
        guard keys[0].hasSameBytes(as: "identityMap") else {
            target = .attribute(path: keys, kind: kind)
            return
        }
        guard keys.count == 2, kind == .text else {
            throw CommandFailure(
                code,
                "column \(ColumnName.shown(column)): write identityMap. and one namespace, such as identityMap.Email"
            )
        }
        target = .identity(namespace: keys[1])
    }
}

extension ColumnMapping {
    /// The mapping as the command line has it.
    var spelling: String {
        switch target {
        case .identity(let namespace): "\(column)=identityMap.\(namespace)"
        case .attribute(let path, let kind): "\(column)=\(path.joined(separator: ".")):\(kind.rawValue)"
        }
    }

    /// Refuses a target that the server does not read: what a column held would be lost.
    ///
    /// - Parameters:
    ///   - kind: What the rows are.
    ///   - code: Whose mistake it is.
    /// - Throws: Why it is not read and what to do.
    func refuseUnread(in kind: IngestCommand.Kind, code: CommandFailure.Code) throws(CommandFailure) {
        guard case .attribute(let path, _) = target, let first = path.first else { return }
        let reason: String
        switch (kind, ByteKey(first)) {
        case (.profiles, ByteKey("timestamp")), (.profiles, ByteKey("_id")):
            reason = "belongs to events; give --as events if the rows are events, else map the column elsewhere"
        case (.profiles, ByteKey("segmentMembership")):
            reason = "is what the server decides itself, and is not taken from files; map the column elsewhere"
        case (.events, ByteKey("timestamp")) where path.count > 1, (.events, ByteKey("_id")) where path.count > 1:
            reason = "is one value, and nothing stands below it; map the column to \(first) itself or elsewhere"
        default: return
        }
        throw CommandFailure(code, "column \(ColumnName.shown(column)): \(first) \(reason)")
    }

    /// Refuses mappings of which one would overwrite what another has written.
    ///
    /// - Parameters:
    ///   - mappings: All mappings of a file.
    ///   - code: Whose mistake it is.
    /// - Throws: The first two that overlap.
    static func refuseOverlaps(_ mappings: [ColumnMapping], code: CommandFailure.Code) throws(CommandFailure) {
        let places = mappings.compactMap { mapping -> (keys: [ByteKey], column: String)? in
            guard case .attribute(let path, _) = mapping.target else { return nil }
            return (path.map { ByteKey($0) }, mapping.column)
        }.sorted { $0.keys.lexicographicallyPrecedes($1.keys) }
        // A path stands right before those that begin with it.
        for (first, second) in zip(places, places.dropFirst()) where second.keys.starts(with: first.keys) {
            throw CommandFailure(
                code,
                "columns \(ColumnName.shown(first.column)) and \(ColumnName.shown(second.column)) both write "
                    + "\(first.keys.map(\.string).joined(separator: ".")); map one of them elsewhere"
            )
        }
    }
}
