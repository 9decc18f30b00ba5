import ActivationCore
import ActivationEngine

extension ReaderDatabase {
    /// See ``ControlStore/history(_:)``.
    func history(_ request: ConfigurationChangesRequest) throws(StorageError) -> [ConfigurationChange] {
        guard let objects = request.objects else { return try page(of: request, about: nil) }
        // Each object's newest: among them are the newest of all.
        var found: [Int64: ConfigurationChange] = [:]
        for object in objects {
            for change in try page(of: request, about: object) { found[change.sequence] = change }
        }
        return found.values.sorted { $0.sequence > $1.sequence }.prefix(request.limit).map { $0 }
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
        let index =
            switch (object, request.author, request.kind) {
            case (.some, _, _): "INDEXED BY configuration_change_object"
            case (nil, .some, .some): "INDEXED BY configuration_change_author_kind"
            case (nil, .some, nil): "INDEXED BY configuration_change_author"
            case (nil, nil, .some): "INDEXED BY configuration_change_kind"
            case (nil, nil, nil): "NOT INDEXED"
            }
        let conditions = [
            (object?.id, "object"), (object?.kind, "kind"), (request.kind, "kind"), (request.author, "author"),
        ]
        let columns = conditions.filter { $0.0 != nil }.map(\.1).enumerated()
        let wanted = columns.map { " AND \($0.element) = ?\($0.offset + 4)" }.joined()
        return """
            SELECT sequence, changed_at, author, way, request, action, kind, object, name, difference
            FROM configuration_change \(index)
            WHERE scope = ?1 AND sequence < ?2\(wanted) ORDER BY sequence DESC LIMIT ?3
            """
    }
}

extension Statement {
    fileprivate func configurationChange() throws(StorageError) -> ConfigurationChange {
        let sequence = integer(0)
        let request = try text(4)
        guard
            let way = ConfigurationChange.Way(rawValue: try text(3)),
            let action = ConfigurationChange.Action(rawValue: try text(5))
        else {
            throw StorageError(.corrupt, "change \(sequence) of the history has a way or an action that does not exist")
        }
        return ConfigurationChange(
            sequence: sequence,
            changedAt: Timestamp(milliseconds: integer(1)),
            author: ConfigurationChange.Author(
                name: try text(2),
                way: way,
                requestID: request.isEmpty ? nil : request
            ),
            action: action,
            kind: try text(6),
            id: try text(7),
            name: try text(8),
            difference: bytes(9)
        )
    }
}
