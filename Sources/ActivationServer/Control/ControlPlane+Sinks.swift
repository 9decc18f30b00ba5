public import ActivationCore
public import ActivationEngine

extension ControlPlane {
    /// What the destination of a dataflow's oldest waiting records is opened with: a former one while records triggered
    /// before a move wait, else the one of now.
    ///
    /// - Throws: ``SinkFactoryError``: `FLOW_UNKNOWN`, `TARGET_UNKNOWN` or `SECRET_UNREADABLE` (another data key).
    public func sinkParameters(for dataflow: Dataflow.ID) throws(SinkFactoryError) -> SinkParameters {
        let snapshot = snapshot
        guard let flow = snapshot.entry(.flow, dataflow.uuid.description) else {
            throw SinkFactoryError(code: "FLOW_UNKNOWN", message: "flow \(dataflow.uuid) does not exist any more")
        }
        guard
            let target = flow.body["targetConnectionIds"]?[0]?.string.flatMap({ snapshot.entry(.targetConnection, $0) }
            ),
            let base = target.string("baseConnectionId").flatMap({ snapshot.entry(.connection, $0) }),
            let spec = base.body["connectionSpec"]?["id"]?.string
        else {
            throw SinkFactoryError(
                code: "TARGET_UNKNOWN",
                message: "flow \(dataflow.uuid) lacks its target connection or base connection"
            )
        }
        let former = snapshot.formerTargets(of: flow.id).first?.former
        var reached = base
        for (key, value) in former?.account ?? [:] { reached.body[key] = value }
        guard let account = ConnectionSecrets.account(of: reached, box: secrets) else {
            throw SinkFactoryError(
                code: "SECRET_UNREADABLE",
                message: "the secret of connection \(base.id) does not open with this data key; restore data.key or "
                    + "HEADWATER_DATA_KEY, or give the connection its credentials again"
            )
        }
        return SinkParameters(
            spec: spec,
            account: account,
            target: former?.params ?? target.body["params"]?.object ?? [:],
            through: former?.through
        )
    }
}
