public import ActivationCore
public import ActivationEngine

/// All that opening a dataflow's destination needs, secrets decrypted; never logged.
public struct SinkParameters: Sendable {
    /// How to reach and sign in to the destination.
    public var credentials: DestinationCredentials
    /// The stream to write to.
    public var stream: String
    /// The target's own region, over the connection's (RULINGS 30).
    public var region: String?
    /// `json` or `cbor` when the target says so (`params.wire`).
    public var wire: String?
    /// How often a failing record is tried again before it is parked (`params.retries`); nil = without limit.
    public var retries: Int?
}

extension ControlPlane {
    /// What a dataflow's destination is opened with, as configured now.
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
            let stream = target.body["params"]?["stream"]?.string
        else {
            throw SinkFactoryError(
                code: "TARGET_UNKNOWN",
                message: "flow \(dataflow.uuid) lacks its target connection or base connection"
            )
        }
        guard let credentials = ConnectionSecrets.credentials(of: base, secrets: secrets) else {
            throw SinkFactoryError(
                code: "SECRET_UNREADABLE",
                message: "the secret of connection \(base.id) does not open with this data key; restore data.key or "
                    + "HEADWATER_DATA_KEY, or give the connection its credentials again"
            )
        }
        let params = target.body["params"]
        return SinkParameters(
            credentials: credentials,
            stream: stream,
            region: params?["region"]?.string,
            wire: params?["wire"]?.string,
            retries: params?["retries"]?.int64.flatMap { Int(exactly: $0) }
        )
    }
}
