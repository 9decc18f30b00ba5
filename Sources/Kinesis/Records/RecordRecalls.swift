/// Knows of records that must not be sent any more although a producer has taken them.
///
/// Asked whenever a request is about to be sent; what is on its way then is not called back. Who calls a record back calls back
/// what was handed over of its ordering key before, too: the order of the others would not hold without.
public protocol RecordRecalls: Sendable {
    /// Whether no record is called back; while none is, nothing else is asked.
    var isEmpty: Bool { get }

    /// Whether a record is called back.
    ///
    /// - Parameter token: ``KinesisRecord/token``.
    /// - Returns: True when it must not be sent.
    func contains(_ token: UInt64) -> Bool
}
