import ActivationCore
import ActivationServer
import Synchronization
import Testing

@testable import headwater

/// A key that may list and write but not describe, as Adobe's own permission list has it.
@Suite struct DeniedDescriptionTests {
    /// Runs against a service that answers ListStreams with pages in turn, the last one for ever, and denies the rest.
    private func probing(
        _ pages: [String],
        _ check: (KinesisDestination, JSONObject) async throws -> Void
    ) async throws {
        let served = RequestCount()
        let service = try await AnsweringService.start { operation in
            guard operation == "ListStreams", !pages.isEmpty else {
                return .init(status: 400, body: #"{"__type":"AccessDeniedException","message":"no"}"#)
            }
            return .init(body: pages[min(served.next(), pages.count - 1)])
        }
        do {
            try await KinesisDestination.forTesting { destination in
                try await check(destination, KinesisDestination.account("http://127.0.0.1:\(service.port)"))
            }
        } catch {
            try await service.stop()
            throw error
        }
        try await service.stop()
    }

    @Test func `the stream is looked for page by page`() async throws {
        let pages = [
            #"{"StreamNames":["a","b"],"HasMoreStreams":true}"#, #"{"StreamNames":["c"],"HasMoreStreams":false}"#,
        ]
        try await probing(pages) { destination, account in
            try await destination.probe(target: ["stream": "c"], account: account)
        }
    }

    @Test(
        arguments: [
            [#"{"StreamNames":["a"],"HasMoreStreams":false}"#],
            // A service that gives the same page for ever is asked only until it makes no progress.
            [#"{"StreamNames":["a"],"HasMoreStreams":true}"#],
        ]
    )
    func `a stream in no page is AWS-404`(pages: [String]) async throws {
        try await probing(pages) { destination, account in
            let error = await #expect(throws: DestinationProbeError.self) {
                try await destination.probe(target: ["stream": "c"], account: account)
            }

            #expect(error?.code == "AWS-404")
            #expect(error?.step == "ListStreams")
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a list of streams without end ends with the time of the check`() async throws {
        let served = RequestCount()
        let service = try await AnsweringService.start { operation in
            guard operation == "ListStreams" else {
                return .init(status: 400, body: #"{"__type":"AccessDeniedException","message":"no"}"#)
            }
            return .init(body: #"{"StreamNames":["s\#(served.next())"],"HasMoreStreams":true}"#)
        }
        try await KinesisDestination.forTesting { destination in
            var destination = destination
            destination.probeTimeout = .milliseconds(300)
            let account = KinesisDestination.account("http://127.0.0.1:\(service.port)")

            let error = try await probeError {
                try await destination.probe(target: ["stream": "c"], account: account)
            }

            #expect(error.code == "NET-001")
        }
        try await service.stop()
    }

    @Test(.timeLimit(.minutes(1))) func `nothing is tried again when no time is left for it`() async throws {
        let service = try await AnsweringService.start { _ in
            .init(status: 503, body: #"{"__type":"ServiceUnavailable","message":"no"}"#)
        }
        try await KinesisDestination.forTesting { destination in
            var destination = destination
            destination.probeTimeout = .seconds(30)
            destination.retryDelay = .seconds(3_600)
            let account = KinesisDestination.account("http://127.0.0.1:\(service.port)")

            for probe in [
                { try await destination.probe(account: account) },
                { try await destination.probe(target: ["stream": "c"], account: account) },
            ] as [() async throws -> Void] {
                let error = try await probeError(probe)
                #expect(error.message.contains("ServiceUnavailable"), "\(error)")
            }
        }
        try await service.stop()
    }

    @Test func `a state that no stream has is not repeated`() async throws {
        let service = try await AnsweringService.start { _ in
            .init(body: #"{"StreamDescriptionSummary":{"StreamName":"c","StreamStatus":"SECRET\nFAKE"}}"#)
        }
        try await KinesisDestination.forTesting { destination in
            let account = KinesisDestination.account("http://127.0.0.1:\(service.port)")

            let error = try await probeError {
                try await destination.probe(target: ["stream": "c"], account: account)
            }

            #expect(error.code == "NET-001")
            #expect(!error.message.contains("SECRET"))
        }
        try await service.stop()
    }

    @Test func `a key that may not list either is AWS-403`() async throws {
        try await probing([]) { destination, account in
            let error = await #expect(throws: DestinationProbeError.self) {
                try await destination.probe(target: ["stream": "c"], account: account)
            }

            #expect(error?.code == "AWS-403")
        }
    }
}

/// Counts requests over all connections.
private final class RequestCount: Sendable {
    private let count = Mutex(0)

    /// The number of the request, from 0.
    func next() -> Int {
        count.withLock { count in
            defer { count += 1 }
            return count
        }
    }
}
