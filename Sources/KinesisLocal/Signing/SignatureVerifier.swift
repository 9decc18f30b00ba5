import Crypto
import Kinesis

/// Checks the SigV4 signature of a request as it was received.
///
/// Follows the AWS General Reference, "Create a signed AWS API request"; any region may stand in the scope.
struct SignatureVerifier: Sendable {
    /// What the signature covers.
    struct Request {
        var method: String
        /// The target of the request line, query included.
        var uri: String
        /// All headers as received.
        var headers: [(name: String, value: String)]
        var body: UnsafeRawBufferPointer

        func values(_ name: String) -> [String] {
            headers.filter { $0.name.lowercased() == name }.map(\.value)
        }
    }

    private let credentials: [String: KinesisLocalServer.Configuration.Credential]

    init(_ credentials: [KinesisLocalServer.Configuration.Credential]) {
        self.credentials = Dictionary(credentials.map { ($0.accessKey, $0) }, uniquingKeysWith: { $1 })
    }

    /// Accepts the request, or says as the service does why not; without configured keys everything is accepted.
    func verify(_ request: Request, now: Int64) throws(ServiceError) {
        guard !credentials.isEmpty else { return }
        guard let text = request.values("authorization").first else {
            throw ServiceError(.missingAuthentication, "Missing Authentication Token")
        }
        let authorization = try Authorization(text)
        guard let timestamp = request.values("x-amz-date").first else {
            throw ServiceError(
                .incompleteSignature,
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
            )
        }
        guard let credential = credentials[authorization.accessKey],
            constantTimeEqual(
                (credential.sessionToken ?? "").utf8,
                (request.values("x-amz-security-token").first ?? "").utf8
            )
        else {
            throw ServiceError(.unrecognizedClient, "The security token included in the request is invalid.")
        }
        try checkTime(timestamp, scope: authorization.scope, now: now)
        try checkSignature(request, authorization, timestamp: timestamp, secretKey: credential.secretKey)
    }

    private func checkTime(_ timestamp: String, scope: SigV4.Scope, now: Int64) throws(ServiceError) {
        guard let signedAt = UTCDate.milliseconds(basic: timestamp) else {
            throw ServiceError(
                .incompleteSignature,
                "Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601"
            )
        }
        guard scope.date == timestamp.prefix(8) else {
            throw ServiceError(
                .invalidSignature,
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP."
            )
        }
        let ours = UTCDate(milliseconds: now).basicText
        if signedAt < now - LocalLimits.clockSkewMax {
            let limit = UTCDate(milliseconds: now - LocalLimits.clockSkewMax).basicText
            throw ServiceError(
                .invalidSignature,
                "Signature expired: \(timestamp) is now earlier than \(limit) (\(ours) - 5 min.)"
            )
        }
        if signedAt > now + LocalLimits.clockSkewMax {
            let limit = UTCDate(milliseconds: now + LocalLimits.clockSkewMax).basicText
            throw ServiceError(
                .invalidSignature,
                "Signature not yet current: \(timestamp) is still later than \(limit) (\(ours) + 5 min.)"
            )
        }
    }

    private func checkSignature(
        _ request: Request,
        _ authorization: Authorization,
        timestamp: String,
        secretKey: String
    ) throws(ServiceError) {
        // What decides the meaning of a request has to be covered.
        let required =
            ["host", "x-amz-date"] + ["x-amz-target", "x-amz-security-token"].filter { !request.values($0).isEmpty }
        for name in required where !authorization.signedHeaders.contains(name) {
            throw ServiceError(.invalidSignature, "'\(name)' must be a 'SignedHeader' in the AWS Authorization.")
        }
        var hasher = SHA256()
        hasher.update(bufferPointer: request.body)
        let parts = request.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let canonical = SigV4.canonicalRequest(
            SigV4.Request(
                method: request.method,
                path: String(parts.first ?? "/"),
                query: parts.count > 1 ? Self.query(parts[1]) : [],
                headers: request.headers.filter { authorization.signedHeaders.contains($0.name.lowercased()) },
                bodyHash: hasher.finalize()
            )
        )
        let expected = SigV4.signature(
            canonicalRequest: canonical.text,
            key: SigV4.signingKey(secretAccessKey: secretKey, scope: authorization.scope),
            scope: authorization.scope,
            timestamp: timestamp
        )
        guard canonical.signedHeaders == authorization.signedHeaders.sorted().joined(separator: ";"),
            constantTimeEqual(expected.utf8, authorization.signature.utf8)
        else {
            throw ServiceError(
                .invalidSignature,
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                    + "Access Key and signing method. Consult the service documentation for details."
            )
        }
    }

    private static func query(_ text: Substring) -> [(name: String, value: String)] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (percentDecoded(parts[0]), parts.count > 1 ? percentDecoded(parts[1]) : "")
        }
    }

    private static func percentDecoded(_ text: Substring) -> String {
        var decoded: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            let digits = String(decoding: bytes.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                decoded.append(value)
                bytes = bytes.dropFirst(2)
            } else {
                decoded.append(byte)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}

/// The parts of an `Authorization` header.
struct Authorization: Equatable {
    var accessKey: String
    var scope: SigV4.Scope
    var signedHeaders: [String]
    var signature: String

    static let algorithm = "AWS4-HMAC-SHA256"

    init(_ text: String) throws(ServiceError) {
        guard text.hasPrefix(Self.algorithm + " ") else {
            throw ServiceError(.incompleteSignature, "Authorization header must begin with '\(Self.algorithm)'.")
        }
        var fields: [String: String] = [:]
        for part in text.dropFirst(Self.algorithm.count).split(whereSeparator: { $0 == "," || $0 == " " }) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { fields[String(pair[0])] = String(pair[1]) }
        }
        guard let credential = fields["Credential"], let signedHeaders = fields["SignedHeaders"],
            let signature = fields["Signature"]
        else {
            let missing = ["Credential", "Signature", "SignedHeaders"].filter { fields[$0] == nil }
            throw ServiceError(
                .incompleteSignature,
                missing.map { "Authorization header requires '\($0)' parameter." }.joined(separator: " ")
            )
        }
        let parts = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[3] == "kinesis", parts[4] == "aws4_request" else {
            throw ServiceError(
                .invalidSignature,
                "Credential should be scoped as <key>/<date>/<region>/kinesis/aws4_request."
            )
        }
        accessKey = parts[0]
        scope = SigV4.Scope(date: parts[1], region: parts[2], service: parts[3])
        self.signedHeaders = signedHeaders.split(separator: ";").map { $0.lowercased() }
        self.signature = signature
    }
}
