public import Crypto

/// AWS Signature Version 4 as a pure function of request, credentials, scope and time.
///
/// Follows the AWS General Reference, "Create a signed AWS API request". The path is encoded once more than it is on the
/// wire, as for every service but S3.
public enum SigV4 {
    /// What is signed.
    public struct Request: Sendable {
        /// The HTTP method, upper case.
        public var method: String
        /// The path as it stands on the wire, absolute.
        public var path: String
        /// The query's names and values, decoded.
        public var query: [(name: String, value: String)]
        /// The headers to sign; names in any case, `Host` among them, `X-Amz-Date` not.
        public var headers: [(name: String, value: String)]
        /// SHA-256 of the body.
        public var bodyHash: SHA256Digest

        /// Describes a request.
        ///
        /// - Parameters:
        ///   - method: The HTTP method, upper case.
        ///   - path: The path as it stands on the wire.
        ///   - query: The query's names and values, decoded.
        ///   - headers: The headers to sign.
        ///   - bodyHash: SHA-256 of the body.
        public init(
            method: String,
            path: String = "/",
            query: [(name: String, value: String)] = [],
            headers: [(name: String, value: String)],
            bodyHash: SHA256Digest
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.headers = headers
            self.bodyHash = bodyHash
        }
    }

    /// Where and when a signing key is valid.
    public struct Scope: Sendable, Hashable {
        /// `YYYYMMDD`.
        public var date: String
        /// Such as `eu-west-1`.
        public var region: String
        /// Such as `kinesis`.
        public var service: String

        /// Creates a scope.
        ///
        /// - Parameters:
        ///   - date: `YYYYMMDD`.
        ///   - region: The signing region.
        ///   - service: The signing name of the service.
        public init(date: String, region: String, service: String) {
            self.date = date
            self.region = region
            self.service = service
        }

        /// `date/region/service/aws4_request`.
        public var text: String { "\(date)/\(region)/\(service)/aws4_request" }
    }

    /// The headers that a signature adds to a request.
    public struct SignedHeaders: Sendable, Equatable {
        /// `X-Amz-Date`.
        public var date: String
        /// `X-Amz-Security-Token`, with temporary keys.
        public var securityToken: String?
        /// `Authorization`.
        public var authorization: String
    }

    /// Derives the key of a day, region and service from a secret key.
    ///
    /// - Parameters:
    ///   - secretAccessKey: The secret key.
    ///   - scope: The scope.
    /// - Returns: The key; the same for all requests of the scope.
    public static func signingKey(secretAccessKey: String, scope: Scope) -> SymmetricKey {
        var key = SymmetricKey(data: Array("AWS4\(secretAccessKey)".utf8))
        for part in [scope.date, scope.region, scope.service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        return key
    }

    /// Signs a request.
    ///
    /// - Parameters:
    ///   - request: The request without the headers that this function returns.
    ///   - credentials: The keys; a session token is signed too.
    ///   - region: The signing region.
    ///   - service: The signing name of the service.
    ///   - time: The time of the signature.
    /// - Returns: The headers to add.
    public static func sign(
        _ request: Request,
        credentials: KinesisCredentials,
        region: String,
        service: String,
        time: SigningTime
    ) -> SignedHeaders {
        let scope = Scope(date: time.date, region: region, service: service)
        let key = signingKey(secretAccessKey: credentials.secretAccessKey, scope: scope)
        return sign(request, credentials: credentials, key: key, scope: scope, time: time)
    }

    /// Signs a request with a key derived before.
    ///
    /// - Parameters:
    ///   - request: The request without the headers that this function returns.
    ///   - credentials: The keys; the secret one is not looked at.
    ///   - key: What ``signingKey(secretAccessKey:scope:)`` gave for the scope.
    ///   - scope: The scope.
    ///   - time: The time of the signature, on the scope's date.
    /// - Returns: The headers to add.
    public static func sign(
        _ request: Request,
        credentials: KinesisCredentials,
        key: SymmetricKey,
        scope: Scope,
        time: SigningTime
    ) -> SignedHeaders {
        var headers = request.headers
        headers.append((name: "x-amz-date", value: time.timestamp))
        if let token = credentials.sessionToken {
            headers.append((name: "x-amz-security-token", value: token))
        }
        var signed = request
        signed.headers = headers
        let canonical = canonicalRequest(signed)
        let signature = signature(
            canonicalRequest: canonical.text,
            key: key,
            scope: scope,
            timestamp: time.timestamp
        )
        return SignedHeaders(
            date: time.timestamp,
            securityToken: credentials.sessionToken,
            authorization: "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope.text), "
                + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)"
        )
    }

    /// The signature of a canonical request, lower-case hexadecimal; what a verifier recomputes.
    ///
    /// - Parameters:
    ///   - canonicalRequest: The text of ``canonicalRequest(_:)``.
    ///   - key: The signing key of the scope.
    ///   - scope: The scope.
    ///   - timestamp: The value of `X-Amz-Date`.
    /// - Returns: 64 hexadecimal digits.
    public static func signature(
        canonicalRequest: String,
        key: SymmetricKey,
        scope: Scope,
        timestamp: String
    ) -> String {
        let hash = hex(SHA256.hash(data: Array(canonicalRequest.utf8)))
        let text = "AWS4-HMAC-SHA256\n\(timestamp)\n\(scope.text)\n\(hash)"
        return hex(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    /// Lower-case hexadecimal digits of some bytes.
    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits: StaticString = "0123456789abcdef"
        return digits.withUTF8Buffer { digits in
            var text: [UInt8] = []
            text.reserveCapacity(64)
            for byte in bytes {
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
}
