import Dispatch
import NIOCore
import Synchronization
import Testing

@testable import Kinesis

struct LookupQueueTests {
    private static let later = ContinuousClock.now + .seconds(3_600)

    @Test func `few run at a time, few wait, and one more is refused`() async throws {
        let queue = LookupQueue()
        let silence = DispatchSemaphore(value: 0)
        let running = Mutex((now: 0, most: 0))
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let lookup: LookupQueue.Lookup = {
            running.withLock { running in
                running.now += 1
                running.most = max(running.most, running.now)
            }
            begin.yield()
            silence.wait()
            running.withLock { $0.now -= 1 }
            end.yield()
        }
        let room = LookupQueue.runningMax + LookupQueue.waitingMax

        for _ in 0..<room { #expect(queue.add(until: Self.later, lookup)) }
        #expect(!queue.add(until: Self.later, lookup))
        let endpoint = try KinesisEndpoint.resolve(
            connectionURL: "https://kinesis.example",
            baseRegion: "eu-west-1",
            targetRegion: nil,
            allowsInsecure: false
        )
        let full = HostResolver(queue: queue) { _ in [] }
        let error = await #expect(throws: KinesisError.self) {
            try await endpoint.checkAddresses(within: .seconds(3_600), using: full)
        }
        var beginnings = begun.makeAsyncIterator()
        for _ in 0..<LookupQueue.runningMax { await beginnings.next() }
        for _ in 0..<room { silence.signal() }
        var iterator = ended.makeAsyncIterator()
        for _ in 0..<room { await iterator.next() }

        #expect(error?.code == .hostUnknown)
        #expect(error?.message.contains("too many names") == true)
        #expect(running.withLock { $0.most } == LookupQueue.runningMax)
        #expect(queue.add(until: Self.later) {})
    }

    @Test func `those that nobody waits for any more make room and do not run`() async {
        let queue = LookupQueue()
        let silence = DispatchSemaphore(value: 0)
        let hasRun = Mutex(false)
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        for _ in 0..<LookupQueue.runningMax { #expect(queue.add(until: Self.later) { silence.wait() }) }

        for _ in 0..<LookupQueue.waitingMax {
            #expect(queue.add(until: .now) { hasRun.withLock { $0 = true } })
        }
        #expect(queue.add(until: Self.later) { end.yield() })
        for _ in 0..<LookupQueue.runningMax { silence.signal() }
        var iterator = ended.makeAsyncIterator()
        await iterator.next()

        #expect(!hasRun.withLock { $0 })
    }
}
