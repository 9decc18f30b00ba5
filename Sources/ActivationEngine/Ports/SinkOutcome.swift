/// What became of a submitted record; every record is reported exactly once.
public enum SinkOutcome: Sendable {
    /// The destination acknowledged this very record, and no other copy of it can arrive; the receipt means something only to the destination's own tools.
    case delivered(receipt: String)
    /// Not delivered, may be tried again; all later records of the same ordering key are reported so too.
    case transient(code: String, message: String)
    /// The destination will never take this record; later ones of the key go on.
    case recordRejected(code: String, message: String)
    /// The destination finds fault with this record, unless it does with every record; later ones of the key go on. Whose fault it
    /// is shows by whether it takes another.
    case recordRefused(code: String, message: String)
    /// Its row was taken out of the outbox before it was sent (``RecalledRows``); no copy of it can arrive any more, but the
    /// destination may have one of an attempt whose fate is unknown.
    case recalled(mayHaveArrived: Bool)
    /// The destination refuses everything until a person acts; all submitted records are reported so.
    case destinationFailed(code: String, message: String)
}
