import AsyncHTTPClient
import Crypto
import NIOCore
import NIOHTTP1
import Synchronization

/// Speaks to one endpoint as one identity: signs, sends and classifies, one request per call and no retries.
///
/// There are two exceptions. After a refused signature whose time is off the service's clock is adopted, and after keys that
/// have expired or are unknown others are asked for; each time the request is sent once more. Many clients can share one
/// ``AddressedHTTPClient``, which the caller shuts down.
public final class KinesisClient: Sendable {
    /// Where requests go.
    public let endpoint: KinesisEndpoint
    /// The encoding of requests.
    public let wire: KinesisWire
    /// How long a request may take in all before its fate is given up as unknown.
    public let requestTimeout: Duration

    private let httpClient: AddressedHTTPClient
    private let budget: ConnectionBudget?
    private let credentials: any CredentialsProvider
    private let signingKeys = SigningKeyCache()
    private let secondsSinceEpoch: @Sendable () -> Int64
    /// What the service's clock is ahead of ours, in seconds.
    private let clockOffset = Atomic<Int64>(0)

    /// Creates a client with keys that stay; nothing is sent.
    ///
    /// - Parameters:
    ///   - httpClient: What connects; many clients may share it.
    ///   - budget: The budget of its configuration, if that has one.
    ///   - endpoint: Where requests go.
    ///   - credentials: The keys.
    ///   - wire: The encoding of requests.
    ///   - requestTimeout: How long a request may take in all.
    ///   - secondsSinceEpoch: The time of day; the system's by default.
    /// - Throws: ``KinesisError`` with `invalidCredentials` for keys that no request can carry.
    public convenience init(
        httpClient: AddressedHTTPClient,
        budget: ConnectionBudget? = nil,
        endpoint: KinesisEndpoint,
        credentials: KinesisCredentials,
        wire: KinesisWire = .json,
        requestTimeout: Duration = .seconds(10),
        secondsSinceEpoch: (@Sendable () -> Int64)? = nil
    ) throws(KinesisError) {
        self.init(
            httpClient: httpClient,
            budget: budget,
            endpoint: endpoint,
            provider: try StaticCredentials(credentials),
            wire: wire,
            requestTimeout: requestTimeout,
            secondsSinceEpoch: secondsSinceEpoch
        )
    }

    /// Creates a client; nothing is sent and nobody is asked for keys.
    ///
    /// - Parameters:
    ///   - httpClient: What connects; many clients may share it.
    ///   - budget: The budget of its configuration, if that has one.
    ///   - endpoint: Where requests go.
    ///   - provider: Knows the keys; many clients may share it.
    ///   - wire: The encoding of requests.
    ///   - requestTimeout: How long a request may take in all, waiting for keys included.
    ///   - secondsSinceEpoch: The time of day; the system's by default.
    public init(
        httpClient: AddressedHTTPClient,
        budget: ConnectionBudget? = nil,
        endpoint: KinesisEndpoint,
        provider: any CredentialsProvider,
        wire: KinesisWire = .json,
        requestTimeout: Duration = .seconds(10),
        secondsSinceEpoch: (@Sendable () -> Int64)? = nil
    ) {
        self.httpClient = httpClient
        self.budget = budget
        self.endpoint = endpoint
        credentials = provider
        self.wire = wire
        self.requestTimeout = requestTimeout
        self.secondsSinceEpoch = secondsSinceEpoch ?? WallClock.secondsSinceEpoch
    }

    /// How the keys stand; nil when they have no end that is known.
    public var credentialsStanding: CredentialsStanding? { credentials.standing }

    /// The loops on which answers arrive; timers may run there too.
    var eventLoopGroup: any EventLoopGroup { httpClient.eventLoopGroup }

    /// Sends one request and returns the successful answer.
    ///
    /// - Parameters:
    ///   - operation: The name of the operation.
    ///   - body: The encoded request.
    ///   - wire: What it is encoded in.
    ///   - traceparent: Its place in a trace; AWS takes no notice of the header, and it is not signed.
    ///   - deadline: When its fate is given up as unknown, further attempts included; by default after the request timeout.
    ///   - mayGo: Asked before each attempt, when the keys are there; what it throws is thrown, and nothing is sent.
    /// - Returns: The answer.
    /// - Throws: What the service or the way to it said.
    func perform(
        _ operation: String,
        body: ByteBuffer,
        wire: KinesisWire,
        traceparent: String? = nil,
        deadline: NIODeadline? = nil,
        mayGo: @Sendable () throws(KinesisError) -> Void = {}
    ) async throws(KinesisError) -> HTTPAnswer {
        let deadline = deadline ?? .now() + TimeAmount(requestTimeout)
        let bodyHash = body.withUnsafeReadableBytes { SHA256.hash(data: $0) }
        var mayCorrectTime = true
        var mayRenewKeys = true
        while true {
            let keys = try await credentials.credentials(within: .nanoseconds((deadline - .now()).nanoseconds))
            try mayGo()
            let (answer, offset) = try await attempt(
                operation,
                body,
                bodyHash,
                wire,
                traceparent,
                keys,
                until: deadline
            )
            guard answer.status != 200 else { return answer }
            let error = error(of: answer, wire)
            if mayCorrectTime, error.isAboutTime, let corrected = serviceClockOffset(answer),
                abs(corrected - offset) > 60
            {
                clockOffset.store(corrected, ordering: .relaxed)
                mayCorrectTime = false
            } else if mayRenewKeys, error.isAboutKeys, credentials.refuse(keys) {
                mayRenewKeys = false
            } else {
                throw error
            }
        }
    }

    private func error(of answer: HTTPAnswer, _ wire: KinesisWire) -> KinesisError {
        .response(
            status: answer.status,
            body: answer.body,
            wire: answer.wire(requested: wire),
            errorTypeHeader: answer.headers.first(name: "x-amzn-errortype"),
            location: answer.headers.first(name: "location"),
            requestID: answer.requestID
        )
    }

    private func serviceClockOffset(_ answer: HTTPAnswer) -> Int64? {
        answer.headers.first(name: "date")
            .flatMap(SigningTime.secondsSinceEpoch(httpDate:))
            .map { $0 - secondsSinceEpoch() }
    }

    /// Signs, sends and waits; the second result is the clock offset that the signature used.
    private func attempt(
        _ operation: String,
        _ body: ByteBuffer,
        _ bodyHash: SHA256Digest,
        _ wire: KinesisWire,
        _ traceparent: String?,
        _ keys: KinesisCredentials,
        until deadline: NIODeadline
    ) async throws(KinesisError) -> (HTTPAnswer, Int64) {
        let offset = clockOffset.load(ordering: .relaxed)
        var request = HTTPClientRequest(url: endpoint.url + "/")
        request.method = .POST
        request.headers = headers(operation, bodyHash, wire, keys, seconds: secondsSinceEpoch() + offset)
        if let traceparent { request.headers.add(name: "traceparent", value: traceparent) }
        request.body = .bytes(body)
        do {
            return (try await send(request, until: deadline), offset)
        } catch let error as KinesisError {
            throw error
        } catch {
            throw .transport(error, endpoint: endpoint)
        }
    }

    /// Sends a request; looking the name up takes no share of the connections.
    private func send(_ request: HTTPClientRequest, until deadline: NIODeadline) async throws -> HTTPAnswer {
        try await httpClient.withClient(for: endpoint, until: deadline) { http in
            guard let budget else { return try await http.answer(to: request, until: deadline) }
            return try await budget.send(to: endpoint, until: deadline) { deadline, isLast in
                var request = request
                if isLast { request.headers.replaceOrAdd(name: "connection", value: "close") }
                return try await http.answer(to: request, until: deadline)
            }
        }
    }

    private func headers(
        _ operation: String,
        _ bodyHash: SHA256Digest,
        _ wire: KinesisWire,
        _ keys: KinesisCredentials,
        seconds: Int64
    ) -> HTTPHeaders {
        let time = SigningTime(secondsSinceEpoch: seconds)
        let scope = SigV4.Scope(date: time.date, region: endpoint.signingRegion, service: "kinesis")
        let target = "Kinesis_20131202.\(operation)"
        let signed = SigV4.sign(
            SigV4.Request(
                method: "POST",
                headers: [
                    (name: "content-type", value: wire.contentType),
                    (name: "host", value: endpoint.hostHeader),
                    (name: "x-amz-target", value: target),
                ],
                bodyHash: bodyHash
            ),
            credentials: keys,
            key: signingKeys.key(of: keys, for: scope),
            scope: scope,
            time: time
        )
        var headers: HTTPHeaders = [
            "host": endpoint.hostHeader,
            "content-type": wire.contentType,
            "x-amz-target": target,
            "x-amz-date": signed.date,
            "authorization": signed.authorization,
        ]
        if let token = signed.securityToken { headers.add(name: "x-amz-security-token", value: token) }
        return headers
    }
}

extension KinesisError {
    /// The signature was refused, perhaps only for its time.
    fileprivate var isAboutTime: Bool {
        switch code.rawValue {
        case "InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired": true
        default: false
        }
    }

    /// The keys were refused, and others may be taken.
    var isAboutKeys: Bool {
        switch code.rawValue {
        case "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId": true
        default: false
        }
    }
}
