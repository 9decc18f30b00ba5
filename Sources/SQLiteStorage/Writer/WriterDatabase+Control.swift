import ActivationCore
import ActivationEngine

extension WriterDatabase {
    /// See ``ControlStore/apply(_:scope:)``.
    func apply(_ changes: [ControlChange], scope: Scope) throws(StorageError) {
        if changes.isEmpty { return }
        try write(in: scope) { _ throws(StorageError) in
            for change in changes { try perform(change, scope) }
        }
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
