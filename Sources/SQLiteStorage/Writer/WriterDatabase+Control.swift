import ActivationCore
import ActivationEngine

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
            for change in history { try enter(change, scope) }
            try forgetHistory(at: history.last?.changedAt)
        }
    }

    private func enter(_ change: ConfigurationChange, _ scope: Scope) throws(StorageError) {
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
        try statement.run()
    }

    /// Lets go of some changes whose time is over, when there are new ones.
    private func forgetHistory(at now: Timestamp?) throws(StorageError) {
        guard let now else { return }
        let statement = statements.forgetChanges
        statement.bind(1, ConfigurationChange.oldest(keptAt: now).milliseconds)
        statement.bind(2, Int64(ConfigurationChange.forgottenAtOnce))
        try statement.run()
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
