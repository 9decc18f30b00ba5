import ActivationCore
import Hummingbird
import NIOCore

extension UploadDesk {
    /// Takes the bytes of a request's body that follow on those that are there.
    ///
    /// - Parameters:
    ///   - id: The upload.
    ///   - offset: Where the bytes stand in the file.
    ///   - request: The request.
    /// - Returns: The upload, all bytes durable.
    /// - Throws: What ``receive(_:at:_:)`` throws.
    func receive(_ id: String, at offset: Int64, bodyOf request: Request) async throws(APIError) -> Upload {
        let source = BodySource(try DecodedBody(request))
        return try await receive(id, at: offset) { try await UploadDesk.piece(of: source) }
    }

    /// The next piece of a body; a sender that drips bytes does not stay for ever.
    private static func piece(of source: BodySource) async throws -> ByteBuffer? {
        let piece = await withTaskGroup(of: Result<ByteBuffer?, any Error>?.self) { group in
            group.addTask { await source.next() }
            group.addTask {
                // Cancelled as soon as the piece is there; then nobody looks at this result.
                try? await Task.sleep(for: IngestionLimits.lineTime)
                return nil
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? nil
        }
        guard let piece else { throw APIError(.bodyTooSlow, "no bytes came for a minute; send on from received") }
        return try piece.get()
    }
}
