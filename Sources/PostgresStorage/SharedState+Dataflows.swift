#if PostgreSQL
import ActivationCore
import ActivationEngine

extension SharedState {
    /// Dataflows as rows name them; those that another process has registered meanwhile are looked up.
    ///
    /// - Parameters:
    ///   - ids: Which.
    ///   - run: Runs statements.
    /// - Returns: Those that were ever registered.
    /// - Throws: When the database cannot be read.
    func dataflows(
        _ ids: some Collection<Dataflow.ID>,
        _ run: ([PostgresCall]) throws(StorageError) -> [PostgresRows]
    ) throws(StorageError) -> [Dataflow.ID: NumberedDataflow] {
        let wanted = Array(ids)
        var found = withKnown { known in
            var found: [Dataflow.ID: NumberedDataflow] = [:]
            for id in wanted { found[id] = known.dataflows[id] }
            return found
        }
        let missing = wanted.filter { found[$0] == nil }
        guard !missing.isEmpty else { return found }
        let call = PostgresCall(PostgresStatements.dataflowsNamed, .uuids(missing.map(\.uuid)))
        guard let rows = try run([call]).first else { return found }
        for index in 0..<rows.count { try rows.dataflow(index, into: &found) }
        let all = found
        withKnown { $0.dataflows.merge(all) { known, _ in known } }
        return found
    }

    /// A dataflow as rows name it; nil when it was never registered.
    func dataflow(
        _ id: Dataflow.ID,
        _ run: ([PostgresCall]) throws(StorageError) -> [PostgresRows]
    ) throws(StorageError) -> NumberedDataflow? {
        try dataflows([id], run)[id]
    }
}

extension PostgresRows {
    /// Enters a dataflow, whose columns are number, id and scope.
    func dataflow(
        _ index: Int,
        into dataflows: inout [Dataflow.ID: SharedState.NumberedDataflow]
    ) throws(StorageError) {
        dataflows[Dataflow.ID(uuid: try uuid(index, 1))] = SharedState.NumberedDataflow(
            number: try int4(index, 0),
            scope: Scope(rawValue: Int64(try int4(index, 2)))
        )
    }
}

extension WriterDatabase {
    /// A dataflow as rows name it; nil when it was never registered.
    func numbered(_ id: Dataflow.ID) throws(StorageError) -> SharedState.NumberedDataflow? {
        try shared.dataflow(id) { calls throws(StorageError) in try connection.run(calls) }
    }
}
#endif
