import ActivationCore
import ActivationServer
import Kinesis

/// How a destination is tried before it is stored.
extension KinesisDestination {
    func probe(account: JSONObject) async throws(DestinationProbeError) {
        let end = ContinuousClock.now + probeTimeout
        let client = try await probingClient(account, region: nil, until: end)
        _ = try await attempt("ListStreams", client, until: end) { timeout async throws(KinesisError) in
            try await client.listStreams(limit: 1, timeout: timeout)
        }
    }

    func probe(target: JSONObject, account: JSONObject) async throws(DestinationProbeError) {
        let target = try read(in: "/params") { () throws(DestinationFieldError) in try KinesisTarget(target) }
        let end = ContinuousClock.now + probeTimeout
        let client = try await probingClient(account, region: target.region, until: end)
        _ = try await find(target.stream, with: client, until: end)
    }

    /// Looks for a stream that takes records.
    ///
    /// - Parameters:
    ///   - stream: The stream.
    ///   - client: Asks.
    ///   - end: When to give up.
    /// - Returns: What is known of it; nil for a key that may only list.
    /// - Throws: `AWS-404`, `AWS-409`, the codes of the answer.
    func find(
        _ stream: StreamReference,
        with client: KinesisClient,
        until end: ContinuousClock.Instant
    ) async throws(DestinationProbeError) -> StreamSummary? {
        let summary: StreamSummary
        do throws(KinesisError) {
            summary = try await retrying(until: end) { timeout async throws(KinesisError) in
                try await client.describeStreamSummary(stream, timeout: timeout)
            }
        } catch  where error.code == .accessDenied {
            // A key for writing alone may still list, if only streams of its own account.
            guard stream.arn == nil else {
                throw DestinationProbeError(error, step: "DescribeStreamSummary", client)
            }
            try await list(stream.name, with: client, until: end)
            return nil
        } catch {
            throw DestinationProbeError(error, step: "DescribeStreamSummary", client)
        }
        guard summary.status == "ACTIVE" || summary.status == "UPDATING" else {
            throw DestinationProbeError(
                code: "AWS-409",
                step: "DescribeStreamSummary",
                message: "stream \(stream.name) is \(summary.status); wait until it is ACTIVE"
            )
        }
        return summary
    }

    /// The names of streams, of the first page of a thousand.
    func targets(account: JSONObject) async throws(DestinationProbeError) -> [String] {
        let end = ContinuousClock.now + probeTimeout
        let client = try await probingClient(account, region: nil, until: end)
        return try await attempt("ListStreams", client, until: end) { timeout async throws(KinesisError) in
            try await client.listStreams(limit: 1_000, timeout: timeout)
        }.names
    }

    private func list(
        _ stream: String,
        with client: KinesisClient,
        until end: ContinuousClock.Instant
    ) async throws(DestinationProbeError) {
        var last: String?
        while true {
            let start = last
            let page = try await attempt("ListStreams", client, until: end) { timeout async throws(KinesisError) in
                try await client.listStreams(limit: 1_000, exclusiveStart: start, timeout: timeout)
            }
            if page.names.contains(where: { $0.hasSameBytes(as: stream) }) { return }
            // An endpoint that gives the same page again would be asked for ever.
            guard page.hasMore, let name = page.names.last, name != last else { break }
            last = name
        }
        throw DestinationProbeError(
            code: "AWS-404",
            step: "ListStreams",
            message:
                "there is no stream \(stream) at \(client.endpoint.url) for this account; create it or correct the name"
        )
    }

    /// A client whose host leads where it may.
    func probingClient(
        _ account: JSONObject,
        region: String?,
        until end: ContinuousClock.Instant
    ) async throws(DestinationProbeError) -> KinesisClient {
        let account = try read(in: "/auth/params") { () throws(DestinationFieldError) in try KinesisAccount(account) }
        let client: KinesisClient
        do throws(KinesisError) {
            client = try self.client(account, region: region, requestTimeout: probeTimeout)
        } catch {
            throw DestinationProbeError(code: "CFG-001", step: "endpoint", message: error.message)
        }
        do throws(KinesisError) {
            try await client.endpoint.checkAddresses(
                within: end - .now,
                using: connections.resolver,
                through: connections.proxy
            )
        } catch {
            throw DestinationProbeError(error, step: "resolve", client)
        }
        return client
    }

    func read<Value>(
        in pointer: String,
        _ value: () throws(DestinationFieldError) -> Value
    ) throws(DestinationProbeError) -> Value {
        do throws(DestinationFieldError) {
            return try value()
        } catch {
            throw DestinationProbeError(error, in: pointer)
        }
    }

    private func attempt<Value>(
        _ step: String,
        _ client: KinesisClient,
        until end: ContinuousClock.Instant,
        _ request: (_ timeout: Duration) async throws(KinesisError) -> Value
    ) async throws(DestinationProbeError) -> Value {
        do throws(KinesisError) {
            return try await retrying(until: end, request)
        } catch {
            throw DestinationProbeError(error, step: step, client)
        }
    }

    /// Tries again while there is time; each attempt gets what is left of it.
    private func retrying<Value>(
        until end: ContinuousClock.Instant,
        _ request: (_ timeout: Duration) async throws(KinesisError) -> Value
    ) async throws(KinesisError) -> Value {
        var delay = retryDelay
        for _ in 0..<2 {
            do throws(KinesisError) {
                return try await request(end - .now)
            } catch  where error.isWorthAnotherTry && delay < end - .now {
                // A cancelled sleep only makes the next attempt come sooner.
                try? await Task.sleep(for: delay)
                delay *= 2
            } catch {
                throw error
            }
        }
        return try await request(end - .now)
    }
}

extension KinesisError {
    /// Somebody is waiting: only an answer of passing trouble and a connection that broke may soon be different.
    fileprivate var isWorthAnotherTry: Bool {
        isRetriable && (code == .connectionLost || httpStatus.map { $0 != 200 } == true)
    }
}
