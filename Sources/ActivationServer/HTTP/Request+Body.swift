import ActivationCore
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTP1

extension Request {
    /// The whole body of a request that must not be encoded; see ``encodedBytes(limit:within:)``.
    ///
    /// - Throws: Also `CONTENT_ENCODING`.
    func bytes(
        limit: Int = Limits.apiBytesMax,
        within deadline: Duration = ServerLimits.bodyDeadline
    ) async throws(APIError) -> [UInt8] {
        try ContentEncoding.refuse(self)
        return try await encodedBytes(limit: limit, within: deadline)
    }

    /// The whole body as it came, refused as soon as it is known to be too large or comes too slowly.
    ///
    /// - Parameters:
    ///   - limit: The most bytes accepted.
    ///   - deadline: How long a client may take to send it.
    /// - Returns: The bytes.
    /// - Throws: `BODY_TOO_LARGE`, `BODY_TOO_SLOW`, `BODY_INCOMPLETE`.
    func encodedBytes(
        limit: Int = Limits.apiBytesMax,
        within deadline: Duration = ServerLimits.bodyDeadline
    ) async throws(APIError) -> [UInt8] {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw APIError(.bodyTooLarge, "the body has \(length) bytes; at most \(limit) are accepted")
        }
        let body = body
        let outcome = await withTaskGroup(of: Result<[UInt8], APIError>.self) { group in
            group.addTask { await Request.collect(body, limit: limit) }
            group.addTask {
                // Cancelled as soon as the body is there; then nobody looks at this result.
                try? await Task.sleep(for: deadline)
                return .failure(
                    APIError(.bodyTooSlow, "the body did not arrive within \(deadline.components.seconds) seconds")
                )
            }
            let first = await group.next()
            group.cancelAll()
            return first
        }
        guard let outcome else { throw APIError(.bodyIncomplete, "the body could not be read") }
        return try outcome.get()
    }

    private static func collect(_ body: RequestBody, limit: Int) async -> Result<[UInt8], APIError> {
        var bytes: [UInt8] = []
        do {
            for try await chunk in body {
                guard bytes.count + chunk.readableBytes <= limit else {
                    return .failure(APIError(.bodyTooLarge, "the body has more than \(limit) bytes"))
                }
                bytes.append(contentsOf: chunk.readableBytesView)
            }
        } catch {
            return .failure(APIError(reading: error))
        }
        return .success(bytes)
    }

    /// The body as JSON, after the check of Content-Type (BEHAVIOUR 1.1).
    ///
    /// - Throws: `CONTENT_TYPE`, `BODY_TOO_LARGE`, `1405-400` when empty, `BODY_NOT_JSON`.
    func json(limit: Int = Limits.apiBytesMax) async throws(APIError) -> JSONValue {
        try requireContentType(["application/json", "application/json-patch+json"])
        return try JSONValue(body: await bytes(limit: limit))
    }

    /// Refuses bodies that do not say they are one of these types.
    func requireContentType(_ accepted: [String]) throws(APIError) {
        let name = mediaType
        guard let name, accepted.contains(name) else {
            let found = name == nil ? "none" : "another one"
            throw APIError(
                .contentTypeUnsupported,
                "Content-Type must be \(accepted.joined(separator: " or ")); found \(found)"
            )
        }
    }

    /// The media type of the body without parameters, in lower case.
    var mediaType: String? {
        headers[.contentType]?.split(separator: ";").first.map { part in
            part.filter { $0 != " " && $0 != "\t" }.lowercased()
        }
    }
}

extension APIError {
    /// A body that was not read to its end.
    init(reading error: any Error) {
        if error is HTTPParserError {
            self.init(
                .bodyMalformed,
                "the body is not sent as HTTP/1.1 says: the size of a chunk, the end of one or a trailer field is wrong"
            )
        } else {
            self.init(.bodyIncomplete, "the connection ended before the body was complete")
        }
    }
}

extension JSONValue {
    /// Parses a request body.
    ///
    /// - Throws: `1405-400` when empty, `BODY_NOT_JSON` with the place of the mistake.
    init(body bytes: [UInt8]) throws(APIError) {
        guard !bytes.isEmpty else { throw APIError(.bodyEmpty, "the request needs a JSON body") }
        do throws(JSONError) {
            try self.init(parsing: bytes)
        } catch {
            throw APIError(
                .bodyNotJSON,
                "byte \(error.offset): found \(error.found), expected \(error.expected)"
            )
        }
    }
}
