/// Several records in one, as the Kinesis Producer Library of AWS packs them (KINESIS 3).
///
/// Consumers read a stream in which plain records and aggregates stand beside each other:
///
/// ```swift
/// for record in page.records {
///     if let aggregate = KPLAggregate(record.data) {
///         for member in aggregate.members { handle(member.data) }
///     } else {
///         handle(record.data)
///     }
/// }
/// ```
public struct KPLAggregate: Sendable {
    /// One of the records inside.
    public struct Member: Sendable, Equatable {
        /// The record's own partition key.
        public var partitionKey: String
        /// The record's content.
        public var data: [UInt8]
    }

    /// The records inside, in order; the place of each, from 0, is its ``Receipt/subsequenceNumber``.
    public let members: [Member]

    /// Unpacks a record of a stream.
    ///
    /// Nil if it is a plain record: it does not begin as an aggregate does, its checksum is another, or it cannot be read.
    ///
    /// - Parameter data: The record's content.
    public init?(_ data: [UInt8]) {
        guard let layout = AggregateLayout(data.span) else { return nil }
        members = layout.members.map { member in
            Member(
                partitionKey: String(decoding: data[member.partitionKey], as: UTF8.self),
                data: Array(data[member.data])
            )
        }
    }
}

/// What stands at the ends of every aggregate.
enum AggregateFrame {
    /// How one begins.
    static let magic: [UInt8] = [0xF3, 0x89, 0x9A, 0xC2]
    /// How many bytes of MD5 it ends with.
    static let digestBytes = 16

    /// The tags of the message inside: field number and type of its content.
    enum Tag {
        static let partitionKey: UInt8 = 1 << 3 | 2
        static let record: UInt8 = 3 << 3 | 2
        static let partitionKeyIndex: UInt8 = 1 << 3 | 0
        static let data: UInt8 = 3 << 3 | 2
    }
}
