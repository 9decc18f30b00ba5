import AsyncHTTPClient
import Crypto
import NIOCore
import NIOHTTP1

/// AWS's Security Token Service in a region: gives the keys of roles.
public struct SecurityTokenService: Sendable {
    /// Where requests go.
    public let endpoint: KinesisEndpoint
    private let http: AddressedHTTPClient

    /// Creates a client; nothing is sent.
    ///
    /// - Parameters:
    ///   - endpoint: Where requests go; see ``KinesisEndpoint/securityTokenService(region:isFIPS:override:)``.
    ///   - http: A client that follows the endpoint's rule about peers.
    public init(endpoint: KinesisEndpoint, http: AddressedHTTPClient) {
        self.endpoint = endpoint
        self.http = http
    }

    /// What a role is asked for with.
    struct RoleSession: Sendable, Hashable {
        var role: RoleARN
        /// 2 to 64 letters, digits and `_+=,.@-`; shown in the log of the role's account.
        var name: String
        /// What the role's owner wants to be told.
        var externalID: String?
        /// How long the keys are to live.
        var seconds = 3_600
    }

    /// Keys of a role, for one who may assume it.
    func assumeRole(
        _ session: RoleSession,
        as base: KinesisCredentials,
        within limit: Duration
    ) async throws(KinesisError) -> IssuedCredentials {
        var form = form("AssumeRole", session)
        if let externalID = session.externalID { form.append(("ExternalId", externalID)) }
        return try await ask(form, session, as: base, within: limit)
    }

    /// Keys of a role, for one who shows the token of an identity provider.
    func assumeRole(
        _ session: RoleSession,
        withWebIdentity token: String,
        within limit: Duration
    ) async throws(KinesisError) -> IssuedCredentials {
        let form = form("AssumeRoleWithWebIdentity", session) + [("WebIdentityToken", token)]
        return try await ask(form, session, as: nil, within: limit)
    }

    /// Whom a role's trust policy has to name to let in whoever holds keys: the user, or the AWS account of a role, whose own
    /// name an answer does not tell in full.
    ///
    /// - Parameters:
    ///   - provider: Knows the keys.
    ///   - limit: How long it may take.
    /// - Returns: An ARN.
    /// - Throws: ``KinesisError`` when there are no keys, or the service does not answer.
    public func callerPrincipal(
        as provider: any CredentialsProvider,
        within limit: Duration
    ) async throws(KinesisError) -> String {
        let deadline = NIODeadline.now() + TimeAmount(limit)
        let keys = try await provider.credentials(within: limit)
        let body = "Action=GetCallerIdentity&Version=2011-06-15"
        let answer = try await send(body, as: keys, clockOffset: 0, until: deadline)
        let arn = SecurityTokenAnswer(answer.body)["Arn"] ?? ""
        guard answer.status == 200,
            let match = arn.wholeMatch(of: /(arn:aws[a-z-]{0,20}):(?:iam|sts)::([0-9]{12}):([\x21-\x7E]{1,600})/)
        else {
            throw KinesisError(
                .credentialsUnavailable,
                "\(endpoint.url) does not say whose the keys are (HTTP \(answer.status))",
                httpStatus: answer.status
            )
        }
        return "\(match.1):iam::\(match.2):\(match.3.hasPrefix("user/") ? match.3 : "root")"
    }

    private func form(_ action: String, _ session: RoleSession) -> [(String, String)] {
        [
            ("Action", action), ("Version", "2011-06-15"), ("RoleArn", session.role.text),
            ("RoleSessionName", session.name), ("DurationSeconds", "\(session.seconds)"),
        ]
    }

    private func ask(
        _ form: [(String, String)],
        _ session: RoleSession,
        as base: KinesisCredentials?,
        within limit: Duration
    ) async throws(KinesisError) -> IssuedCredentials {
        let body = form.map { "\($0.0)=\(SigV4.percentEncoded($0.1))" }.joined(separator: "&")
        let deadline = NIODeadline.now() + TimeAmount(limit)
        var answer = try await send(body, as: base, clockOffset: 0, until: deadline)
        // The service knows the time better.
        if answer.status != 200, let offset = answer.clockOffset, abs(offset) > 60, base != nil {
            answer = try await send(body, as: base, clockOffset: offset, until: deadline)
        }
        guard answer.status == 200 else { throw refusal(answer, of: session, isSigned: base != nil) }
        let text = SecurityTokenAnswer(answer.body)
        guard let id = text["AccessKeyId"], let secret = text["SecretAccessKey"], let token = text["SessionToken"],
            let end = text["Expiration"].flatMap({ SigningTime.secondsSinceEpoch(rfc3339: $0) })
        else {
            throw KinesisError(
                .credentialsUnavailable,
                "\(endpoint.url) answers, but not as the Security Token Service does; correct the URL",
                httpStatus: 200
            )
        }
        return IssuedCredentials(
            KinesisCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token),
            life: .seconds(end - answer.serviceSeconds)
        )
    }

    private func send(
        _ body: String,
        as base: KinesisCredentials?,
        clockOffset: Int64,
        until deadline: NIODeadline
    ) async throws(KinesisError) -> HTTPAnswer {
        let bytes = Array(body.utf8)
        var request = HTTPClientRequest(url: endpoint.url + "/")
        request.method = .POST
        request.headers = [
            "host": endpoint.hostHeader, "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        ]
        request.body = .bytes(ByteBuffer(bytes: bytes))
        if let base {
            let signed = SigV4.sign(
                SigV4.Request(
                    method: "POST",
                    headers: request.headers.map { (name: $0.name, value: $0.value) },
                    bodyHash: SHA256.hash(data: bytes)
                ),
                credentials: base,
                region: endpoint.signingRegion,
                service: "sts",
                time: SigningTime(secondsSinceEpoch: WallClock.secondsSinceEpoch() + clockOffset)
            )
            request.headers.add(name: "x-amz-date", value: signed.date)
            if let token = signed.securityToken { request.headers.add(name: "x-amz-security-token", value: token) }
            request.headers.add(name: "authorization", value: signed.authorization)
        }
        do {
            return try await http.withClient(for: endpoint, until: deadline) { [request] http in
                try await http.answer(to: request, until: deadline, bytesMax: 256 << 10)
            }
        } catch {
            let found = KinesisError.transport(error, endpoint: endpoint)
            throw KinesisError(.credentialsUnavailable, "the Security Token Service: \(found.message)")
        }
    }

    /// What a refusal means; nothing of the service's text is repeated.
    private func refusal(_ answer: HTTPAnswer, of session: RoleSession, isSigned: Bool) -> KinesisError {
        let name = SecurityTokenAnswer(answer.body)["Code"].flatMap(KinesisError.Code.init(service:))?.rawValue
        let place = "\(endpoint.url) (signing region \(endpoint.signingRegion))"
        switch name {
        case "AccessDenied", "AccessDeniedException":
            return KinesisError(
                .roleRefused,
                isSigned
                    ? "this server may not assume \(session.role.text): the role's trust policy has to name this "
                        + "server's AWS identity\(session.externalID.map { " and the external id \($0)" } ?? ""), and the "
                        + "identity needs sts:AssumeRole on the role"
                    : "the web identity may not assume \(session.role.text); correct the role's trust policy",
                httpStatus: answer.status,
                requestID: answer.requestID
            )
        case "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
            "InvalidIdentityToken", "SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken",
            "RegionDisabledException", "IDPRejectedClaim", "ValidationError", "MalformedPolicyDocument":
            return KinesisError(
                KinesisError.Code(rawValue: name ?? ""),
                "\(place) refused to give keys of \(session.role.text) (\(name ?? "")); \(Self.cure(name ?? ""))",
                disposition: .stopDestination,
                httpStatus: answer.status,
                requestID: answer.requestID
            )
        default:
            let isPassing = answer.status >= 500 || answer.status == 429 || name.map(Self.isPassing) ?? false
            return KinesisError(
                .credentialsUnavailable,
                "\(place) gave no keys of \(session.role.text) (\(name ?? "HTTP \(answer.status)"))",
                disposition: isPassing ? .retry(isAmbiguous: false) : .stopDestination,
                httpStatus: answer.status,
                requestID: answer.requestID
            )
        }
    }

    private static func cure(_ name: String) -> String {
        switch name {
        case "RegionDisabledException": "the owner of this server's AWS account has to enable STS in the region"
        case "ValidationError": "correct the role's ARN and the life of its keys"
        case "InvalidIdentityToken", "IDPRejectedClaim": "the role's account does not trust who issued the token"
        default: "check this server's own AWS identity"
        }
    }

    private static func isPassing(_ name: String) -> Bool {
        ["Throttling", "ThrottlingException", "RequestLimitExceeded", "IDPCommunicationError", "InternalFailure"]
            .contains(name)
    }
}

extension HTTPAnswer {
    /// What the answerer's clock is ahead of ours, in seconds; nil when it tells no time.
    var clockOffset: Int64? {
        headers.first(name: "date").flatMap(SigningTime.secondsSinceEpoch(httpDate:))
            .map { $0 - WallClock.secondsSinceEpoch() }
    }

    /// The time of day of who answered, else ours: what it says of times is measured by its own clock.
    var serviceSeconds: Int64 { WallClock.secondsSinceEpoch() + (clockOffset ?? 0) }
}
