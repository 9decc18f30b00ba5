public import ActivationCore

/// A record on its way to a destination.
public struct SinkRecord: Sendable {
    /// The relay's number of the record; comes back in the report.
    public var token: Int64
    /// Records with the same key must arrive in the order in which they were submitted (I4).
    public var orderingKey: Profile.ID
    /// The destination's routing key.
    public var partitionKey: String
    /// The bytes to deliver.
    public var payload: [UInt8]

    /// Creates a record.
    public init(token: Int64, orderingKey: Profile.ID, partitionKey: String, payload: [UInt8]) {
        self.token = token
        self.orderingKey = orderingKey
        self.partitionKey = partitionKey
        self.payload = payload
    }
}
