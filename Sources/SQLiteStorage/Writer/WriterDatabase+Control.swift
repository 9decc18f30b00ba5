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
        try write(in: scope) { _ throws(StorageError) in
            for change in changes { try perform(change, scope) }
            try enter(history, scope)
            try forgetHistory(for: history)
        }
    }

    /// Enters changes at the end of the chain.
    private func enter(_ history: [ConfigurationChange], _ scope: Scope) throws(StorageError) {
        guard !history.isEmpty else { return }
        let head = statements.chainHead
        defer { head.reset() }
        guard try head.next() else {
            throw StorageError(
                .corrupt,
                "the row that tells where the history ends is missing; headwater doctor tells more"
            )
        }
        var (sequence, digest) = (head.integer(0), head.bytes(1))
        guard 0...Int64.max - Int64(history.count) ~= sequence else {
            throw StorageError(
                .corrupt,
                "the number of the last entry of the history cannot be; headwater doctor tells more"
            )
        }
        for change in history {
            sequence += 1
            let entry = HistoryChain.Entry(change, sequence: sequence, scope: scope)
            digest = HistoryChain.digest(of: entry, after: digest)
            try enter(change, scope, sequence, digest)
        }
        let end = statements.setChainHead
        end.bind(1, sequence)
        end.bind(2, digest)
        try end.run()
    }

    private func enter(
        _ change: ConfigurationChange,
        _ scope: Scope,
        _ sequence: Int64,
        _ digest: [UInt8]
    ) throws(StorageError) {
        let statement = statements.enterChange
        statement.bind(1, scope.rawValue)
        statement.bind(2, change.changedAt.milliseconds)
        statement.bind(3, bytesOf: change.author.name)
        statement.bind(4, bytesOf: change.author.way.rawValue)
        statement.bind(5, bytesOf: change.author.requestID ?? "")
        statement.bind(6, bytesOf: change.action.rawValue)
        statement.bind(7, bytesOf: change.kind)
        statement.bind(8, bytesOf: change.id)
        statement.bind(9, bytesOf: change.name)
        statement.bind(10, change.difference)
        statement.bind(11, sequence)
        statement.bind(12, digest)
        statement.bind(13, bytesOf: change.outcome.rawValue)
        statement.bind(14, bytesOf: change.author.sender ?? "")
        try statement.run()
    }

    /// Lets go of some changes whose time is over, when there are new ones.
    private func forgetHistory(for new: [ConfigurationChange]) throws(StorageError) {
        guard let now = new.last?.changedAt else { return }
        // From the oldest on, so that the rest is a chain: one of a clock that was ahead keeps those after it a while longer.
        let oldest = ConfigurationChange.oldest(keptAt: now).milliseconds
        let rows = statements.oldestChanges
        rows.bind(1, Int64(ConfigurationChange.forgotten(with: new.count)))
        var last: HistoryChain.Base?
        while try rows.next(), rows.integer(1) < oldest {
            last = HistoryChain.Base(sequence: rows.integer(0), digest: rows.bytes(2), changedAt: rows.integer(1))
        }
        rows.reset()
        guard let last else { return }
        statements.setChainBase.bind(1, last.sequence)
        statements.setChainBase.bind(2, last.digest)
        statements.setChainBase.bind(3, last.changedAt)
        statements.setChainBase.bind(4, last.seal)
        try statements.setChainBase.run()
        statements.forgetChanges.bind(1, last.sequence)
        try statements.forgetChanges.run()
    }

    private func perform(_ change: ControlChange, _ scope: Scope) throws(StorageError) {
        let statement: Statement
        let kind: String
        let id: String
        switch change {
        case .insert(let object):
            statement = statements.insertObject
            (kind, id) = (object.kind, object.id)
            bind(object, to: statement)
        case .update(let object, let expectedEtag):
            statement = statements.updateObject
            (kind, id) = (object.kind, object.id)
            bind(object, to: statement)
            statement.bind(8, bytesOf: expectedEtag)
        case .delete(let deletedKind, let deletedID, let expectedEtag):
            statement = statements.deleteObject
            (kind, id) = (deletedKind, deletedID)
            statement.bind(4, bytesOf: expectedEtag)
        }
        statement.bind(1, scope.rawValue)
        statement.bind(2, bytesOf: kind)
        statement.bind(3, bytesOf: id)
        try statement.run()
        guard connection.changes == 1 else {
            throw StorageError(.conflict, "\(kind) \(id) is not stored in the expected version; read it again")
        }
    }

    private func bind(_ object: ControlObject, to statement: Statement) {
        statement.bind(4, bytesOf: object.etag)
        statement.bind(5, object.createdAt.milliseconds)
        statement.bind(6, object.updatedAt.milliseconds)
        statement.bind(7, object.body)
    }
}
