import ActivationCore
import ActivationEngine
import StorageCommon

extension ReaderDatabase {
    /// See ``ControlStore/history(_:)``.
    func history(_ request: ConfigurationChangesRequest) throws(StorageError) -> [ConfigurationChange] {
        try HistorySearch.changes(request) { object throws(StorageError) in try page(of: request, about: object) }
    }

    private func page(
        of request: ConfigurationChangesRequest,
        about object: ConfigurationChange.Object?
    ) throws(StorageError) -> [ConfigurationChange] {
        let rows = try connection.prepare(Self.query(request, about: object))
        rows.bind(1, request.scope.rawValue)
        rows.bind(2, request.before ?? .max)
        rows.bind(3, Int64(request.limit))
        var index: Int32 = 4
        for text in [object?.id, object?.kind, request.kind, request.author].compactMap({ $0 }) {
            rows.bind(index, bytesOf: text)
            index += 1
        }
        var changes: [ConfigurationChange] = []
        while try rows.next() { changes.append(try rows.configurationChange()) }
        return changes
    }

    /// A page by the index that has the wanted rows in the order of their sequence, so that no others are sorted.
    static func query(_ request: ConfigurationChangesRequest, about object: ConfigurationChange.Object?) -> String {
        let isOfChanges = request.actions == ConfigurationChange.Action.changes
        let isOfOne = request.actions?.count == 1
        let index =
            switch (object, request.author, request.kind) {
            case (.some, _, _): "INDEXED BY configuration_change_object"
            case (nil, .some, .some): "INDEXED BY configuration_change_author_kind"
            case (nil, .some, nil): "INDEXED BY configuration_change_\(isOfChanges ? "author" : "actor")"
            case (nil, nil, .some): "INDEXED BY configuration_change_kind"
            case (nil, nil, nil) where isOfChanges: "INDEXED BY configuration_change_made"
            case (nil, nil, nil) where isOfOne: "INDEXED BY configuration_change_action"
            case (nil, nil, nil): "NOT INDEXED"
            }
        let conditions = [
            (object?.id, "object"), (object?.kind, "kind"), (request.kind, "kind"), (request.author, "author"),
        ]
        let columns = conditions.filter { $0.0 != nil }.map(\.1).enumerated()
        let wanted = columns.map { " AND \($0.element) = ?\($0.offset + 4)" }.joined()
        return """
            SELECT sequence, changed_at, author, way, request, action, kind, object, name, difference, outcome, sender
            FROM configuration_change \(index)
            WHERE scope = ?1 AND sequence < ?2\(wanted)\(actions(request)) ORDER BY sequence DESC LIMIT ?3
            """
    }

    /// The actions by their bytes and in their order, as the partial indexes have them.
    private static func actions(_ request: ConfigurationChangesRequest) -> String {
        guard let actions = request.actions else { return "" }
        let words = actions.map { "x'\($0.rawValue.utf8.map { hexadecimal($0) }.joined())'" }
        return actions.count == 1 ? " AND action = \(words[0])" : " AND action IN (\(words.joined(separator: ", ")))"
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    /// See ``ControlStore/historyStart(at:)``.
    func historyStart(at instant: Timestamp) throws(StorageError) -> Int64 {
        let first = try connection.integer("SELECT ifnull(min(sequence), 1) FROM configuration_change")
        let last = try connection.integer("SELECT ifnull(max(sequence), 0) FROM configuration_change")
        let next = try connection.prepare(
            "SELECT sequence, changed_at FROM configuration_change WHERE sequence >= ?1 ORDER BY sequence LIMIT 1"
        )
        return try HistorySearch.start(at: instant, among: (first, last)) { number throws(StorageError) in
            next.bind(1, number)
            defer { next.reset() }
            return try next.next() ? (next.integer(0), next.integer(1)) : nil
        }
    }
}

extension Statement {
    fileprivate func configurationChange() throws(StorageError) -> ConfigurationChange {
        let sequence = integer(0)
        let request = try text(4)
        guard
            let way = ConfigurationChange.Way(rawValue: try text(3)),
            let action = ConfigurationChange.Action(rawValue: try text(5)),
            let outcome = try outcome(10)
        else {
            throw StorageError(
                .corrupt,
                "entry \(sequence) of the history has a way, an action or an outcome that does not exist"
            )
        }
        let sender = try text(11)
        return ConfigurationChange(
            sequence: sequence,
            changedAt: Timestamp(milliseconds: integer(1)),
            author: ConfigurationChange.Author(
                name: try text(2),
                way: way,
                requestID: request.isEmpty ? nil : request,
                sender: sender.isEmpty ? nil : sender
            ),
            action: action,
            outcome: outcome,
            kind: try text(6),
            id: try text(7),
            name: try text(8),
            difference: bytes(9)
        )
    }

    /// What came of it: entries of before there were outcomes were allowed; nil for a word that is none.
    private func outcome(_ column: Int32) throws(StorageError) -> ConfigurationChange.Outcome? {
        let word = try text(column)
        return word.isEmpty ? .allowed : ConfigurationChange.Outcome(rawValue: word)
    }
}
