import Hummingbird
import NIOCore

/// A request body as its sender had it before any `Content-Encoding`, read piece by piece.
///
/// Reading one piece more is what lets the sender send more, so a slow reader slows the sender down.
struct DecodedBody {
    private var chunks: RequestBody.AsyncIterator
    private let inflater: GzipInflater?
    private var isInflaterDry = true
    /// Bytes that the sender announced and that have not come yet, where it announced any.
    private var bytesMissing: Int?

    /// Reads the body of a request.
    ///
    /// - Throws: `CONTENT_ENCODING` for an encoding that is not known.
    init(
        _ request: Request,
        expandedBytesMax: Int = IngestionLimits.expandedBytesMax
    ) throws(APIError) {
        switch try ContentEncoding(request) {
        case .identity: inflater = nil
        case .gzip:
            do throws(GzipError) {
                inflater = try GzipInflater(expandedBytesMax: expandedBytesMax)
            } catch {
                throw APIError(gzip: error)
            }
        }
        chunks = request.body.makeAsyncIterator()
        bytesMissing = request.headers[.contentLength].flatMap { Int($0) }
    }

    /// The next piece, or nil at the end.
    ///
    /// - Throws: ``GzipError``, `BODY_INCOMPLETE`, or whatever broke the connection.
    mutating func next() async throws -> ByteBuffer? {
        guard let inflater else { return try await nextChunk() }
        while true {
            if !isInflaterDry {
                let piece = try inflater.pull(bytesMax: IngestionLimits.expandedPieceBytes)
                if !piece.isEmpty { return ByteBuffer(bytes: piece) }
                isInflaterDry = true
            }
            guard let chunk = try await nextChunk() else {
                try inflater.finish()
                return nil
            }
            inflater.push(Array(chunk.readableBytesView))
            isInflaterDry = false
        }
    }

    /// A closed connection ends a body like its last chunk does, so announced bytes are counted.
    private mutating func nextChunk() async throws -> ByteBuffer? {
        let chunk = try await chunks.next()
        if let missing = bytesMissing {
            bytesMissing = missing - (chunk?.readableBytes ?? 0)
            if chunk == nil, missing > 0 {
                throw APIError(.bodyIncomplete, "the connection ended \(missing) bytes before the end of the body")
            }
        }
        return chunk
    }
}
