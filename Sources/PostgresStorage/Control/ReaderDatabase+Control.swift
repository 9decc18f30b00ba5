#if PostgreSQL
import ActivationCore
import ActivationEngine
import StorageCommon

extension ReaderDatabase {
    /// See ``ControlStore/objects(kind:scope:)``.
    func objects(kind: String, scope: Scope) throws(StorageError) -> [ControlObject] {
        let found = try rows(PostgresStatements.objects, .int4(try scope.number), .text(kind))
        var objects: [ControlObject] = []
        for index in 0..<found.count { objects.append(try found.object(index)) }
        return objects
    }

    /// See ``ControlStore/object(kind:id:scope:)``.
    func object(kind: String, id: String, scope: Scope) throws(StorageError) -> ControlObject? {
        let found = try rows(PostgresStatements.object, .int4(try scope.number), .text(kind), .text(id))
        return found.count == 0 ? nil : try found.object(0)
    }

    // MARK: History

    /// See ``ControlStore/history(_:)``.
    func history(_ request: ConfigurationChangesRequest) throws(StorageError) -> [ConfigurationChange] {
        try HistorySearch.changes(request) { object throws(StorageError) in try page(of: request, about: object) }
    }

    /// A page by the index that has the wanted rows in the order of their sequence.
    private func page(
        of request: ConfigurationChangesRequest,
        about object: ConfigurationChange.Object?
    ) throws(StorageError) -> [ConfigurationChange] {
        // An object of one kind and a wish for another: there is nothing.
        if let wanted = request.kind, let kind = object?.kind, kind != wanted { return [] }
        let kind = object?.kind ?? request.kind
        let (statement, by): (PostgresStatement, String?) =
            if let object {
                (PostgresStatements.changesOfObject, object.id)
            } else if let author = request.author {
                (PostgresStatements.changesByAuthor, author)
            } else if let kind {
                (PostgresStatements.changesOfKind, kind)
            } else {
                (PostgresStatements.changes, nil)
            }
        var values: [PostgresValue] = [
            .int4(try request.scope.number), .int8(request.before ?? .max), .int8(Int64(max(request.limit, 0))),
            request.actions.map { .texts($0.map(\.rawValue)) } ?? .null,
            kind.map { .text($0) } ?? .null, request.author.map { .text($0) } ?? .null,
        ]
        if let by { values.append(.text(by)) }
        let found = try connection.run(PostgresCall(statement, values))
        var changes: [ConfigurationChange] = []
        for index in 0..<found.count { changes.append(try found.configurationChange(index)) }
        return changes
    }

    /// See ``ControlStore/historyStart(at:)``.
    func historyStart(at instant: Timestamp) throws(StorageError) -> Int64 {
        let bounds = try rows(PostgresStatements.changeBounds)
        let numbers = (try bounds.int8(0, 0), try bounds.int8(0, 1))
        return try HistorySearch.start(at: instant, among: numbers) { number throws(StorageError) in
            let next = try rows(PostgresStatements.changeFrom, .int8(number))
            return next.count == 0 ? nil : (try next.int8(0, 0), try next.int8(0, 1))
        }
    }

    // MARK: Alerts

    /// See ``AlertStore/alertStandings(scope:)``.
    func alertStandings(scope: Scope) throws(StorageError) -> [AlertStanding] {
        let found = try rows(PostgresStatements.alertStandings, .int4(try scope.number))
        var standings: [AlertStanding] = []
        for index in 0..<found.count {
            standings.append(AlertStanding(id: try found.text(index, 0), body: found.bytes(index, 1)))
        }
        return standings
    }

    /// See ``AlertStore/alertEntries(about:before:limit:scope:)``.
    func alertEntries(
        about subject: String?,
        before sequence: Int64?,
        limit: Int,
        scope: Scope
    ) throws(StorageError) -> [AlertEntry] {
        var values: [PostgresValue] = [
            .int4(try scope.number), .int8(sequence ?? .max), .int8(Int64(max(limit, 0))),
        ]
        if let subject { values.append(.text(subject)) }
        let statement = subject == nil ? PostgresStatements.alertEntries : PostgresStatements.alertEntriesAbout
        let found = try connection.run(PostgresCall(statement, values))
        var entries: [AlertEntry] = []
        for index in 0..<found.count {
            entries.append(
                AlertEntry(
                    sequence: try found.int8(index, 0),
                    at: Timestamp(milliseconds: try found.int8(index, 1)),
                    subject: try found.text(index, 2),
                    body: found.bytes(index, 3)
                )
            )
        }
        return entries
    }

    /// See ``AlertStore/alertDeliveries(by:before:limit:scope:)``.
    func alertDeliveries(
        by channel: String?,
        before sequence: Int64?,
        limit: Int,
        scope: Scope
    ) throws(StorageError) -> [AlertDelivery] {
        var values: [PostgresValue] = [
            .int4(try scope.number), .int8(sequence ?? .max), .int8(Int64(max(limit, 0))),
        ]
        if let channel { values.append(.text(channel)) }
        let statement = channel == nil ? PostgresStatements.alertDeliveries : PostgresStatements.alertDeliveriesBy
        return try deliveries(try connection.run(PostgresCall(statement, values)))
    }

    /// See ``AlertStore/dueAlertDeliveries(at:limit:scope:)``.
    func dueAlertDeliveries(
        at instant: Timestamp,
        limit: Int,
        scope: Scope
    ) throws(StorageError) -> [AlertDelivery] {
        try deliveries(
            try rows(
                PostgresStatements.dueAlertDeliveries,
                .int4(try scope.number),
                .int8(instant.milliseconds),
                .int8(Int64(max(limit, 0)))
            )
        )
    }

    private func deliveries(_ found: PostgresRows) throws(StorageError) -> [AlertDelivery] {
        var deliveries: [AlertDelivery] = []
        for index in 0..<found.count {
            deliveries.append(
                AlertDelivery(
                    sequence: try found.int8(index, 0),
                    at: Timestamp(milliseconds: try found.int8(index, 1)),
                    channel: try found.text(index, 2),
                    due: try found.optionalInt8(index, 3).map { Timestamp(milliseconds: $0) },
                    body: found.bytes(index, 4)
                )
            )
        }
        return deliveries
    }
}

extension PostgresRows {
    /// An entry of the history.
    fileprivate func configurationChange(_ index: Int) throws(StorageError) -> ConfigurationChange {
        let sequence = try int8(index, 0)
        let (request, sender) = (try text(index, 4), try text(index, 11))
        guard
            let way = ConfigurationChange.Way(rawValue: try text(index, 3)),
            let action = ConfigurationChange.Action(rawValue: try text(index, 5)),
            let outcome = ConfigurationChange.Outcome(rawValue: try text(index, 10))
        else {
            throw StorageError(
                .corrupt,
                "entry \(sequence) of the history has a way, an action or an outcome that does not exist"
            )
        }
        return ConfigurationChange(
            sequence: sequence,
            changedAt: Timestamp(milliseconds: try int8(index, 1)),
            author: ConfigurationChange.Author(
                name: try text(index, 2),
                way: way,
                requestID: request.isEmpty ? nil : request,
                sender: sender.isEmpty ? nil : sender
            ),
            action: action,
            outcome: outcome,
            kind: try text(index, 6),
            id: try text(index, 7),
            name: try text(index, 8),
            difference: bytes(index, 9)
        )
    }
}
#endif
