import NIOCore

extension KinesisClient {
    /// Performs any operation of the service that answers a document, without retries.
    ///
    /// - Parameters:
    ///   - operation: The operation's name, such as `ListShards`.
    ///   - request: The request's members.
    ///   - timeout: How long it may take in all; nil = the request timeout.
    ///   - wire: The encoding; nil = the client's.
    /// - Returns: The answer.
    /// - Throws: ``KinesisError``.
    package func perform(
        _ operation: String,
        _ request: WireValue,
        timeout: Duration? = nil,
        wire: KinesisWire? = nil
    ) async throws(KinesisError) -> WireValue {
        let wire = wire ?? self.wire
        let answer = try await perform(
            operation,
            body: ByteBuffer(bytes: wire.encode(request)),
            wire: wire,
            deadline: timeout.map { .now() + TimeAmount($0) }
        )
        do {
            return try answer.wire(requested: wire).decode(answer.body)
        } catch {
            throw .foreignSuccess(answer)
        }
    }
}
