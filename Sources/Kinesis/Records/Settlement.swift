/// What became of a submitted record.
public enum Outcome: Sendable {
    /// The service acknowledged this very record.
    case delivered(Receipt)
    /// The record will never be taken; later ones of its ordering key go on.
    indirect case rejected(KinesisError)
    /// It was called back (``RecordRecalls``) before it was sent, or sent again; no copy of it can arrive any more.
    ///
    /// `mayBeWritten` tells that an earlier attempt failed ambiguously, so that the stream may hold the record.
    case recalled(mayBeWritten: Bool)
    /// Nothing gets through until a person acts; the record may be submitted again then, to a new producer.
    ///
    /// `mayBeWritten` tells that an earlier attempt failed ambiguously, so that the stream may hold the record.
    indirect case destinationFailed(KinesisError, mayBeWritten: Bool)
}

/// A record's number and its outcome; every record is settled at most once.
public struct Settlement: Sendable {
    /// ``KinesisRecord/token``.
    public let token: UInt64
    /// What became of it.
    public let outcome: Outcome
}
