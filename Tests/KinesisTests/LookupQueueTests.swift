import Dispatch
import Synchronization
import Testing

@testable import Kinesis

struct LookupQueueTests {
    /// Lookups that block until they are released.
    private final class Blocked: Sendable {
        private let silence = DispatchSemaphore(value: 0)
        private let running = Mutex((now: 0, most: 0))
        private let begins = AsyncStream.makeStream(of: Void.self)
        private let ends = AsyncStream.makeStream(of: Void.self)

        var most: Int { running.withLock { $0.most } }

        func lookUp() {
            running.withLock { running in
                running.now += 1
                running.most = max(running.most, running.now)
            }
            begins.continuation.yield()
            silence.wait()
            running.withLock { $0.now -= 1 }
            ends.continuation.yield()
        }

        func begun(_ count: Int) async {
            var iterator = begins.stream.makeAsyncIterator()
            for _ in 0..<count { await iterator.next() }
        }

        func release(_ count: Int) async {
            for _ in 0..<count { silence.signal() }
            var iterator = ends.stream.makeAsyncIterator()
            for _ in 0..<count { await iterator.next() }
        }
    }

    @Test(arguments: [(false, LookupQueue.runningMax), (true, LookupQueue.slowMax)])
    func `few run at a time, few wait, and one more is refused`(_ isSlow: Bool, _ threads: Int) async {
        let queue = LookupQueue()
        let blocked = Blocked()
        let room = threads + LookupQueue.waitingMax

        for _ in 0..<room { #expect(queue.add(isSlow: isSlow) { blocked.lookUp() }) }
        #expect(!queue.add(isSlow: isSlow) { blocked.lookUp() })
        await blocked.begun(threads)
        await blocked.release(room)

        #expect(blocked.most == threads)
        #expect(queue.add(isSlow: isSlow) {})
    }

    @Test func `slow names leave threads to others, and those that wait are passed`() async {
        let queue = LookupQueue()
        let blocked = Blocked()
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        for _ in 0..<(2 * LookupQueue.slowMax) { #expect(queue.add(isSlow: true) { blocked.lookUp() }) }

        await blocked.begun(LookupQueue.slowMax)
        #expect(queue.add(isSlow: false) { end.yield() })
        var iterator = ended.makeAsyncIterator()
        await iterator.next()

        await blocked.release(2 * LookupQueue.slowMax)
        #expect(blocked.most == LookupQueue.slowMax)
    }
}
