import ActivationCore
import Testing

@testable import ActivationServer

@Suite(.timeLimit(.minutes(1))) struct BodyPermitsTests {
    private let loud = ByteKey("loud")
    private let calm = ByteKey("calm")

    @Test func `a permit that is given back goes to who has the fewest`() async throws {
        let permits = BodyPermits(3)
        for _ in 0..<3 { #expect(await permits.take(for: loud)) }
        let (granted, grants) = AsyncStream.makeStream(of: ByteKey.self)

        await withTaskGroup(of: Void.self) { group in
            for (number, sender) in [loud, loud, calm].enumerated() {
                group.addTask { if await permits.take(for: sender) { grants.yield(sender) } }
                while permits.waitingCount <= number { await Task.yield() }
            }
            var order: [ByteKey] = []
            for await sender in granted.prefix(0) { order.append(sender) }
            for _ in 0..<3 {
                permits.give(from: loud)
                var next = granted.makeAsyncIterator()
                if let sender = await next.next() { order.append(sender) }
            }

            #expect(order == [calm, loud, loud])
            #expect(permits.waitingCount == 0)
        }
    }

    @Test func `who gives up waiting leaves the permit to others`() async throws {
        let permits = BodyPermits(1)
        #expect(await permits.take(for: loud))
        let waiting = Task { await permits.take(for: calm) }
        while permits.waitingCount == 0 { await Task.yield() }

        waiting.cancel()
        let isTaken = await waiting.value
        permits.give(from: loud)

        #expect(!isTaken)
        #expect(permits.waitingCount == 0)
        #expect(await permits.take(for: loud))
    }

    @Test func `a task that is cancelled before it waits takes nothing`() async throws {
        let permits = BodyPermits(1)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await permits.take(for: calm)
        }
        task.cancel()

        #expect(await task.value == false)
        #expect(await permits.take(for: loud))
    }
}
