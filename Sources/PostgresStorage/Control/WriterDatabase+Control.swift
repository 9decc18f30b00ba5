#if PostgreSQL
import ActivationCore
import ActivationEngine
import StorageCommon

extension WriterDatabase {
    /// See ``ControlStore/apply(_:history:scope:)``.
    func apply(
        _ changes: [ControlChange],
        history: [ConfigurationChange],
        scope: Scope
    ) throws(StorageError) {
        if changes.isEmpty && history.isEmpty { return }
        try transaction { () throws(StorageError) in
            ((), try change(changes, history: history, scope: scope))
        }
    }

    /// See ``SharedConfiguration/apply(_:history:scope:after:raisesCatalog:)``.
    func apply(
        _ changes: [ControlChange],
        history: [ConfigurationChange],
        scope: Scope,
        after version: ConfigurationVersion,
        raisesCatalog: Bool
    ) throws(StorageError) -> ConfigurationVersion {
        try transaction { () throws(StorageError) in
            // Before anything else of this transaction: plans wait for nothing that it has while it waits for them.
            if raisesCatalog { _ = try run(PostgresStatements.lockLanes) }
            _ = try run(
                PostgresStatements.raiseConfiguration,
                .int4(try scope.number),
                .int8(version.changes),
                .int8(raisesCatalog ? 1 : 0)
            )
            let raised = ConfigurationVersion(
                changes: version.changes + 1,
                catalog: version.catalog + (raisesCatalog ? 1 : 0)
            )
            return (raised, try change(changes, history: history, scope: scope))
        }
    }

    /// What changes of the configuration do.
    private func change(
        _ changes: [ControlChange],
        history: [ConfigurationChange],
        scope: Scope
    ) throws(StorageError) -> Change {
        var change = try Change(in: scope)
        for control in changes { perform(control, &change) }
        if !history.isEmpty {
            try enter(history, &change)
            try forgetHistory(for: history, &change)
        }
        return change
    }

    /// See ``SharedConfiguration/configurationVersion(scope:)``; a scope without one begins at 0.
    func configurationVersion(scope: Scope) throws(StorageError) -> ConfigurationVersion {
        let number = PostgresValue.int4(try scope.number)
        try makeReady()
        let rows = try connection.run([
            PostgresCall(PostgresStatements.beginConfiguration, number),
            PostgresCall(PostgresStatements.configurationVersion, number),
        ])
        guard let row = rows.last, row.count == 1 else {
            throw StorageError(.corrupt, "the database does not say how often the configuration has changed")
        }
        return ConfigurationVersion(changes: try row.tally(0, 0), catalog: try row.tally(0, 1))
    }

    private func perform(_ control: ControlChange, _ change: inout Change) {
        let scope = PostgresValue.int4(change.scopeNumber)
        switch control {
        case .insert(let object):
            change.calls.append(PostgresCall(PostgresStatements.insertObject, [scope] + object.values))
        case .update(let object, let expectedEtag):
            change.calls.append(
                PostgresCall(PostgresStatements.updateObject, [scope] + object.values + [.text(expectedEtag)])
            )
        case .delete(let kind, let id, let expectedEtag):
            change.add(PostgresStatements.deleteObject, scope, .text(kind), .text(id), .text(expectedEtag))
        }
    }

    /// Enters changes at the end of the chain.
    private func enter(_ history: [ConfigurationChange], _ change: inout Change) throws(StorageError) {
        let head = try run(PostgresStatements.chainHead)
        guard head.count == 1 else {
            throw StorageError(.corrupt, "the row that tells where the history ends is missing")
        }
        var (sequence, digest) = (try head.tally(0, 0), head.bytes(0, 1))
        guard sequence <= .max - Int64(history.count) else {
            throw StorageError(.corrupt, "the number of the last entry of the history cannot be")
        }
        let first = sequence + 1
        var digests: [[UInt8]] = []
        for entry in history {
            sequence += 1
            digest = HistoryChain.digest(
                of: HistoryChain.Entry(entry, sequence: sequence, scope: change.scope),
                after: digest
            )
            digests.append(digest)
        }
        change.add(
            PostgresStatements.enterChanges,
            .int4(change.scopeNumber),
            .int8s(Array(first...sequence)),
            .int8s(history.map(\.changedAt.milliseconds)),
            .texts(history.map(\.author.name)),
            .texts(history.map(\.author.way.rawValue)),
            .texts(history.map { $0.author.requestID ?? "" }),
            .texts(history.map(\.action.rawValue)),
            .texts(history.map(\.kind)),
            .texts(history.map(\.id)),
            .texts(history.map(\.name)),
            .byteses(history.map(\.difference)),
            .texts(history.map(\.outcome.rawValue)),
            .texts(history.map { $0.author.sender ?? "" }),
            .byteses(digests)
        )
        change.add(PostgresStatements.setChainHead, .int8(sequence), .bytes(digest))
    }

    /// Lets go of some changes whose time is over, when there are new ones.
    private func forgetHistory(
        for new: [ConfigurationChange],
        _ change: inout Change
    ) throws(StorageError) {
        guard let now = new.last?.changedAt else { return }
        // From the oldest on, so that the rest is a chain: one of a clock that was ahead keeps those after it a while longer.
        let oldest = ConfigurationChange.oldest(keptAt: now).milliseconds
        let limit = Int64(ConfigurationChange.forgotten(with: new.count))
        let rows = try run(PostgresStatements.oldestChanges, .int8(limit))
        var last: HistoryChain.Base?
        for index in 0..<rows.count {
            let changedAt = try rows.int8(index, 1)
            guard changedAt < oldest else { break }
            last = HistoryChain.Base(
                sequence: try rows.int8(index, 0),
                digest: rows.bytes(index, 2),
                changedAt: changedAt
            )
        }
        guard let last else { return }
        change.add(
            PostgresStatements.setChainBase,
            .int8(last.sequence),
            .bytes(last.digest),
            .int8(last.changedAt),
            .bytes(last.seal)
        )
        change.add(PostgresStatements.forgetChanges, .int8(last.sequence))
    }

    // MARK: Alerts

    /// See ``AlertStore/apply(_:scope:)``.
    func apply(_ alerts: AlertChange, scope: Scope) throws(StorageError) {
        if alerts.isEmpty { return }
        try transaction { () throws(StorageError) in
            var change = try Change(in: scope)
            put(alerts, &change)
            forget(alerts, &change)
            return ((), change)
        }
    }

    private func put(_ alerts: AlertChange, _ change: inout Change) {
        let scope = PostgresValue.int4(change.scopeNumber)
        if !alerts.standings.isEmpty {
            // The last of several of one id counts.
            let standings = Dictionary(alerts.standings.map { ($0.id, $0.body) }) { _, last in last }
                .sorted { $0.key < $1.key }
            change.add(
                PostgresStatements.putAlertStandings,
                scope,
                .texts(standings.map(\.key)),
                .byteses(standings.map(\.value))
            )
        }
        if !alerts.gone.isEmpty { change.add(PostgresStatements.removeAlertStandings, scope, .texts(alerts.gone)) }
        let (entries, deliveries) = (alerts.entries, alerts.deliveries)
        if !entries.isEmpty || !deliveries.isEmpty {
            change.add(
                PostgresStatements.raiseAlertCounter,
                scope,
                .int8(Int64(entries.count)),
                .int8(Int64(deliveries.count))
            )
        }
        if !entries.isEmpty {
            change.add(
                PostgresStatements.enterAlertEntries,
                scope,
                .int8s(entries.indices.map { Int64(entries.count - 1 - $0) }),
                .int8s(entries.map(\.at.milliseconds)),
                .texts(entries.map(\.subject)),
                .byteses(entries.map(\.body))
            )
        }
        if !deliveries.isEmpty {
            change.add(
                PostgresStatements.enterAlertDeliveries,
                scope,
                .int8s(deliveries.indices.map { Int64(deliveries.count - 1 - $0) }),
                .int8s(deliveries.map(\.at.milliseconds)),
                .texts(deliveries.map(\.channel)),
                .int8sOrNull(deliveries.map(\.due?.milliseconds)),
                .byteses(deliveries.map(\.body))
            )
        }
        guard !alerts.attempts.isEmpty else { return }
        change.add(
            PostgresStatements.noteAlertAttempts,
            scope,
            .int8s(alerts.attempts.map(\.sequence)),
            .int8sOrNull(alerts.attempts.map(\.due?.milliseconds)),
            .byteses(alerts.attempts.map(\.body))
        )
    }

    /// Lets some of the oldest go whose time is over; what is still to be told stays.
    private func forget(_ alerts: AlertChange, _ change: inout Change) {
        let scope = PostgresValue.int4(change.scopeNumber)
        let limit = PostgresValue.int8(Int64(AlertChange.forgottenAtOnce))
        if let instant = alerts.forgetsEntriesBefore {
            change.add(PostgresStatements.forgetAlertEntries, scope, .int8(instant.milliseconds), limit)
        }
        if let instant = alerts.forgetsDeliveriesBefore {
            change.add(PostgresStatements.forgetAlertDeliveries, scope, .int8(instant.milliseconds), limit)
        }
    }
}

extension ControlObject {
    /// Kind, id, version, instants and body.
    fileprivate var values: [PostgresValue] {
        [
            .text(kind), .text(id), .text(etag), .int8(createdAt.milliseconds), .int8(updatedAt.milliseconds),
            .bytes(body),
        ]
    }
}
#endif
