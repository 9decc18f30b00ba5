import ActivationCore
import ActivationEngine
import AsyncHTTPClient
import Kinesis

/// Tries a Kinesis destination before it is stored (SPEC 10.6).
struct KinesisDestinationProbe: DestinationProbe {
    let http: HTTPClient
    let allowsInsecureEndpoints: Bool
    /// A passing failure is tried again after this, and once more after twice as long.
    var retryDelay = Duration.milliseconds(250)
    /// Who stores a destination waits for the answer, so a dead one is told within two seconds.
    var requestTimeout = Duration.milliseconds(1_700)

    func checkConnection(_ credentials: DestinationCredentials) async throws(DestinationProbeError) {
        let client = try client(credentials, region: nil)
        _ = try await attempt("ListStreams", client) { () async throws(KinesisError) in
            try await client.listStreams(limit: 1)
        }
    }

    func checkStream(
        _ credentials: DestinationCredentials,
        stream: String,
        region: String?
    ) async throws(DestinationProbeError) {
        let client = try client(credentials, region: region)
        let reference: StreamReference
        do throws(KinesisError) {
            reference = try StreamReference(name: stream)
        } catch {
            throw DestinationProbeError(code: "CFG-001", step: "stream", message: error.message)
        }
        let summary: StreamSummary
        do throws(KinesisError) {
            summary = try await retrying { () async throws(KinesisError) in
                try await client.describeStreamSummary(reference)
            }
        } catch  where error.code == .accessDenied {
            // A key for writing alone may still list (RULINGS 30).
            return try await find(stream, with: client)
        } catch {
            throw DestinationProbeError(error, step: "DescribeStreamSummary", client)
        }
        guard summary.status == "ACTIVE" || summary.status == "UPDATING" else {
            throw DestinationProbeError(
                code: "AWS-409",
                step: "DescribeStreamSummary",
                message: "stream \(stream) is \(summary.status); wait until it is ACTIVE"
            )
        }
    }

    private func find(_ stream: String, with client: KinesisClient) async throws(DestinationProbeError) {
        var last: String?
        while true {
            let start = last
            let page = try await attempt("ListStreams", client) { () async throws(KinesisError) in
                try await client.listStreams(limit: 1_000, exclusiveStart: start)
            }
            if page.names.contains(where: { $0.hasSameBytes(as: stream) }) { return }
            // An endpoint that gives the same page again would be asked for ever.
            guard page.hasMore, let end = page.names.last, end != last else { break }
            last = end
        }
        throw DestinationProbeError(
            code: "AWS-404",
            step: "ListStreams",
            message:
                "there is no stream \(stream) at \(client.endpoint.url) for this account; create it or correct the name"
        )
    }

    private func client(
        _ credentials: DestinationCredentials,
        region: String?
    ) throws(DestinationProbeError) -> KinesisClient {
        do throws(KinesisError) {
            return try KinesisClient(
                http,
                credentials,
                region: region,
                allowsInsecure: allowsInsecureEndpoints,
                requestTimeout: requestTimeout
            )
        } catch {
            throw DestinationProbeError(code: "CFG-001", step: "endpoint", message: error.message)
        }
    }

    private func attempt<Value>(
        _ step: String,
        _ client: KinesisClient,
        _ request: () async throws(KinesisError) -> Value
    ) async throws(DestinationProbeError) -> Value {
        do throws(KinesisError) {
            return try await retrying(request)
        } catch {
            throw DestinationProbeError(error, step: step, client)
        }
    }

    private func retrying<Value>(
        _ request: () async throws(KinesisError) -> Value
    ) async throws(KinesisError) -> Value {
        var delay = retryDelay
        for _ in 0..<2 {
            do throws(KinesisError) {
                return try await request()
            } catch  where error.isRetriable && error.code != .connectionFailed && error.code != .requestTimeout {
                // A cancelled sleep only makes the next attempt come sooner.
                try? await Task.sleep(for: delay)
                delay *= 2
            } catch {
                throw error
            }
        }
        return try await request()
    }
}

extension DestinationProbeError {
    /// Translates an answer of the service into the codes of SPEC 10.6.
    init(_ error: KinesisError, step: String, _ client: KinesisClient) {
        let place = "\(client.endpoint.url) (signing region \(client.endpoint.signingRegion))"
        switch error.code.rawValue {
        case "AccessDeniedException", "AccessDenied":
            self.init(
                code: "AWS-403",
                step: step,
                message: "the key lacks kinesis:\(step) at \(place); add it to the key's policy"
            )
        case "ResourceNotFoundException":
            self.init(
                code: "AWS-404",
                step: step,
                message: "there is no such stream at \(place) for this account; create it or correct name and region"
            )
        case "ConnectionFailed", "ConnectionLost", "RequestTimeout", "InvalidResponse":
            self.init(code: "NET-001", step: step, message: "\(place) cannot be used: \(error.message)")
        case _ where error.needsOperator:
            self.init(
                code: "AWS-401",
                step: step,
                message:
                    "\(place) refused the access key or secret (\(error.code.rawValue)); check both, and the region"
            )
        default:
            self.init(
                code: "NET-001",
                step: step,
                message: "\(place) answered \(error.code.rawValue): \(error.message); try again"
            )
        }
    }
}
