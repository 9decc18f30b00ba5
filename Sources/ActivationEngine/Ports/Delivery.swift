public import ActivationCore

/// A record that a destination has acknowledged, as the ledger keeps it: nothing of what was in it.
public struct Delivery: Sendable, Hashable {
    /// The dataflow that sent it.
    public var dataflow: Dataflow.ID
    /// ``OutboxRow/row``.
    public var row: Int64
    /// The profile's revision that it showed; 0 when it left after the profile was deleted.
    public var revision: Int64
    /// What the destination answered; it means something only to its own tools.
    public var receipt: String
    /// When that was.
    public var deliveredAt: Timestamp

    /// Creates a delivery.
    public init(dataflow: Dataflow.ID, row: Int64, revision: Int64, receipt: String, deliveredAt: Timestamp) {
        self.dataflow = dataflow
        self.row = row
        self.revision = revision
        self.receipt = receipt
        self.deliveredAt = deliveredAt
    }

    /// The delivery as receipts and disclosures show it.
    public var json: JSONValue {
        [
            "dataflowId": .string(dataflow.uuid.description), "row": .integer(row), "revision": .integer(revision),
            "receipt": .string(receipt), "deliveredAt": .string(deliveredAt.rfc3339),
        ]
    }
}
