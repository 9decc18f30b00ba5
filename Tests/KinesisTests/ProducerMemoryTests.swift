import Testing

@testable import Kinesis

@Suite struct ProducerMemoryTests {
    private static func state(_ memory: ProducerMemory, bytesMax: Int = 64 << 20) -> ProducerState {
        var options = ProducerOptions()
        options.memory = memory
        options.heldBytesMax = bytesMax
        return ProducerState(machine: ProducerStateMachine(options: options, requestTimeout: .seconds(10), seed: 1))
    }

    /// Fills a producer whose destination takes nothing; returns the bytes that it holds then.
    private static func fill(_ state: inout ProducerState) -> Int {
        let records = (0..<1_000).map { number in
            KinesisRecord(
                token: UInt64(number),
                orderingKey: OrderingKey(high: UInt64(number), low: 0),
                partitionKey: "key",
                data: [UInt8](repeating: 0, count: 1_000)
            )
        }
        let hashes = records.map { HashKey.prefix($0.partitionKey) }
        while state.take(records, hashes: hashes, 0..<records.count, now: .start) > 0 {
            _ = state.act(now: .start)
        }
        return state.statistics.heldBytes
    }

    @Test func `the producers of dead destinations never hold more than there is`() {
        let memory = ProducerMemory(bytesMax: 8_000_000)
        var states = (0..<40).map { _ in Self.state(memory) }
        var shares: [Int] = []
        for index in states.indices { shares.append(Self.fill(&states[index])) }

        #expect(shares[0] > 3_000_000, "one alone gets about half")
        #expect(shares.allSatisfy { $0 > 0 }, "there is room for each")
        #expect(memory.held == shares.reduce(0, +))
        // Above what is free a producer takes one record, and each may go over by one.
        #expect(memory.held <= memory.bytesMax + 2 * 40 * 1_163)
    }

    @Test func `a producer's own bound holds where there is more`() {
        let memory = ProducerMemory(bytesMax: 1 << 30)
        var state = Self.state(memory, bytesMax: 1_000_000)

        #expect((1_000_000...1_001_200).contains(Self.fill(&state)))
    }

    @Test func `what an ended producer held is free again`() {
        let memory = ProducerMemory(bytesMax: 8_000_000)
        var state = Self.state(memory)
        #expect(Self.fill(&state) > 0)

        state.end(now: .start)

        #expect(memory.held == 0)
    }
}
