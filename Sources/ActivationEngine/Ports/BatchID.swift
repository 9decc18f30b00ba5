/// A batch under way.
///
/// What was loaded for it stays as it is until it ends: by a commit, by ``Storage/abandon(_:)``, or by itself when its time is over.
public struct BatchID: Hashable, Sendable {
    /// Who began it.
    public var writer: Int16
    /// Which of the writer's batches it is.
    public var number: Int64

    /// Names a batch.
    public init(writer: Int16, number: Int64) {
        self.writer = writer
        self.number = number
    }
}
