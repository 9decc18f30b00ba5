public import AsyncHTTPClient
import Crypto
import NIOCore
import NIOHTTP1
import Synchronization

/// Speaks to one endpoint with one set of keys: signs, sends and classifies, one request per call and no retries.
///
/// The one exception is a refused signature whose time is off: the service's clock is adopted and the request sent once
/// more. Many clients can share one `HTTPClient`, which the caller shuts down.
public final class KinesisClient: Sendable {
    /// Where requests go.
    public let endpoint: KinesisEndpoint
    /// The encoding of requests.
    public let wire: KinesisWire
    /// How long a request may take in all before its fate is given up as unknown.
    public let requestTimeout: Duration

    private let httpClient: HTTPClient
    private let credentials: KinesisCredentials
    private let signingKeys: SigningKeyCache
    private let template: HTTPClient.Request
    private let secondsSinceEpoch: @Sendable () -> Int64
    /// What the service's clock is ahead of ours, in seconds.
    private let clockOffset = Atomic<Int64>(0)

    /// Creates a client; nothing is sent.
    ///
    /// - Parameters:
    ///   - httpClient: Configured by `HTTPClient.Configuration.kinesis`, on one event loop: with several, a request's
    ///     end can reach its connection a turn late, and AsyncHTTPClient stops the process when that one is closed by then.
    ///   - endpoint: Where requests go.
    ///   - credentials: The keys.
    ///   - wire: The encoding of requests.
    ///   - requestTimeout: How long a request may take in all.
    ///   - secondsSinceEpoch: The time of day; the system's by default.
    /// - Throws: ``KinesisError`` with `invalidEndpoint`.
    public init(
        httpClient: HTTPClient,
        endpoint: KinesisEndpoint,
        credentials: KinesisCredentials,
        wire: KinesisWire = .json,
        requestTimeout: Duration = .seconds(10),
        secondsSinceEpoch: (@Sendable () -> Int64)? = nil
    ) throws(KinesisError) {
        self.httpClient = httpClient
        self.endpoint = endpoint
        self.credentials = credentials
        self.wire = wire
        self.requestTimeout = requestTimeout
        self.secondsSinceEpoch = secondsSinceEpoch ?? WallClock.secondsSinceEpoch
        signingKeys = SigningKeyCache(secretAccessKey: credentials.secretAccessKey)
        do {
            template = try HTTPClient.Request(url: endpoint.url + "/", method: .POST)
        } catch {
            throw KinesisError(.invalidEndpoint, "\"\(endpoint.url)\" is no URL to send requests to")
        }
    }

    /// The loops on which answers arrive; timers may run there too.
    var eventLoopGroup: any EventLoopGroup { httpClient.eventLoopGroup }

    /// Sends one request and returns the successful answer.
    func perform(_ operation: String, body: ByteBuffer) async throws(KinesisError) -> HTTPAnswer {
        let bodyHash = body.withUnsafeReadableBytes { SHA256.hash(data: $0) }
        let (answer, offset) = try await attempt(operation, body: body, bodyHash: bodyHash)
        guard answer.status != 200 else { return answer }
        let error = self.error(of: answer)
        guard error.isAboutTime, let corrected = serviceClockOffset(answer), abs(corrected - offset) > 60 else {
            throw error
        }
        clockOffset.store(corrected, ordering: .relaxed)
        let (second, _) = try await attempt(operation, body: body, bodyHash: bodyHash)
        guard second.status == 200 else { throw self.error(of: second) }
        return second
    }

    private func error(of answer: HTTPAnswer) -> KinesisError {
        .response(
            status: answer.status,
            body: answer.body,
            wire: answer.wire(requested: wire),
            errorTypeHeader: answer.headers.first(name: "x-amzn-errortype"),
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
        body: ByteBuffer,
        bodyHash: SHA256Digest
    ) async throws(KinesisError) -> (HTTPAnswer, Int64) {
        let offset = clockOffset.load(ordering: .relaxed)
        var request = template
        request.headers = headers(operation, bodyHash: bodyHash, seconds: secondsSinceEpoch() + offset)
        request.body = .byteBuffer(body)
        let collector = HTTPAnswerCollector(bodyBytesMax: ProducerLimits.answerBytesMax)
        let task = httpClient.execute(
            request: request,
            delegate: collector,
            deadline: .now() + TimeAmount(requestTimeout)
        )
        do {
            let answer = try await withTaskCancellationHandler {
                try await task.futureResult.get()
            } onCancel: {
                task.cancel()
            }
            return (answer, offset)
        } catch {
            throw .transport(error, isHeadSent: collector.isHeadSent, endpoint: endpoint)
        }
    }

    private func headers(_ operation: String, bodyHash: SHA256Digest, seconds: Int64) -> HTTPHeaders {
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
            credentials: credentials,
            key: signingKeys.key(for: scope),
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

    /// Classifies a failure without an answer by whether anything had been sent.
    fileprivate static func transport(_ error: any Error, isHeadSent: Bool, endpoint: KinesisEndpoint) -> KinesisError {
        let found = "\(error)"
        guard isHeadSent else {
            return KinesisError(.connectionFailed, "no connection to \(endpoint.url): \(found)")
        }
        if let error = error as? HTTPClientError, error == .deadlineExceeded || error == .readTimeout {
            return KinesisError(.requestTimeout, "\(endpoint.url) did not answer in time")
        }
        if error is HTTPAnswerCollector.AnswerTooLarge {
            return KinesisError(.invalidResponse, "\(endpoint.url) answered with more than a Kinesis answer can hold")
        }
        return KinesisError(.connectionLost, "the connection to \(endpoint.url) ended before the answer: \(found)")
    }
}
