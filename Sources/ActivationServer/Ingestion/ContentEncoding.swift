import ActivationCore
import Hummingbird

/// How a sender packed a body.
enum ContentEncoding {
    case identity
    case gzip

    /// Reads the header; several encodings on top of each other are not accepted.
    ///
    /// - Throws: `CONTENT_ENCODING`.
    init(_ request: Request) throws(APIError) {
        switch request.headers[.contentEncoding]?.lowercased() {
        case nil, "", "identity": self = .identity
        case "gzip", "x-gzip": self = .gzip
        default: throw APIError(encodingOtherThan: "gzip")
        }
    }

    /// Refuses a body that is packed at all.
    ///
    /// - Throws: `CONTENT_ENCODING`.
    static func refuse(_ request: Request) throws(APIError) {
        switch request.headers[.contentEncoding]?.lowercased() {
        case nil, "", "identity": return
        default: throw APIError(encodingOtherThan: "identity")
        }
    }
}

extension APIError {
    /// A body in an encoding that its resource does not read.
    fileprivate init(encodingOtherThan accepted: String) {
        self.init(
            .contentEncodingUnsupported,
            "Content-Encoding is \(accepted) or absent",
            headers: [.acceptEncoding: accepted]
        )
    }
}

extension Request {
    /// The bytes of a streaming ingestion request as the sender had them, at most 1 MB (BEHAVIOUR 6.1).
    func collectionBytes() async throws(APIError) -> [UInt8] {
        let encoding = try ContentEncoding(self)
        let limit = Limits.collectionBytesMax
        let bytes = try await encodedBytes(limit: limit)
        guard case .gzip = encoding else { return bytes }
        var expanded: [UInt8] = []
        do throws(GzipError) {
            let inflater = try GzipInflater(expandedBytesMax: limit)
            inflater.push(bytes)
            while true {
                let piece = try inflater.pull(bytesMax: IngestionLimits.expandedPieceBytes)
                if piece.isEmpty { break }
                expanded.append(contentsOf: piece)
            }
            try inflater.finish()
        } catch {
            throw APIError(gzip: error)
        }
        return expanded
    }
}

extension APIError {
    /// A compressed body that cannot be read.
    init(gzip error: GzipError) {
        switch error {
        case .malformed:
            self.init(
                .bodyNotGzip,
                "the body is not gzip, or it is damaged; send it again, or without Content-Encoding"
            )
        case .truncated:
            self.init(.bodyNotGzip, "the gzip body ends in the middle; send it again")
        case .expandsBeyond(let bytes):
            self.init(.bodyTooLarge, "the body expands to more than \(bytes) bytes; send it in parts")
        case .outOfMemory:
            self.init(.unavailable, "no memory to expand the body; retry later", retryAfterSeconds: 5)
        }
    }
}

extension APIErrorCode {
    static let bodyNotGzip = APIErrorCode("BODY_NOT_GZIP", status: 400, title: "Body cannot be expanded")
}
