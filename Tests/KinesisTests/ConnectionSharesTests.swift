import Testing

@testable import Kinesis

/// Who has one of few connections.
struct ConnectionSharesTests {
    private var shares: ConnectionShares
    private var tickets: UInt64 = 0
    private var asked: [ConnectionShares.Ticket: String] = [:]

    init() {
        shares = ConnectionShares(connectionsMax: 8, perEndpointMax: 3)
    }

    @discardableResult
    private mutating func ask(_ endpoint: String, times: Int = 1) -> [ConnectionShares.Ticket] {
        (0..<times).map { _ in
            tickets += 1
            let ticket = ConnectionShares.Ticket(number: tickets)
            asked[ticket] = endpoint
            shares.ask(for: endpoint, ticket)
            return ticket
        }
    }

    /// Gives out what is free.
    private mutating func serve() -> [(endpoint: String, share: ConnectionShares.Share)] {
        var served: [(String, ConnectionShares.Share)] = []
        while let next = shares.next() { served.append((asked[next.ticket] ?? "", next.share)) }
        return served
    }

    private mutating func hear(_ endpoint: String, isAnswered: Bool) {
        ask(endpoint)
        for (_, share) in serve() { shares.end(share, isAnswered: isAnswered) }
    }

    @Test mutating func `endpoints that are silent leave those that answer their half`() {
        hear("works", isAnswered: true)
        for number in 0..<20 { hear("dead\(number)", isAnswered: false) }
        for number in 0..<20 { ask("dead\(number)", times: 3) }
        let dead = serve()
        ask("works", times: 2)
        let works = serve()

        #expect(dead.count == 4)
        #expect(works.map(\.endpoint) == ["works", "works"])
        #expect(shares.inUse == 6)
    }

    @Test mutating func `what was never tried goes before what was silent`() {
        for number in 0..<4 { hear("dead\(number)", isAnswered: false) }
        for number in 0..<4 { ask("dead\(number)") }
        let held = serve()
        ask("dead0")
        ask("new")
        shares.end(held[0].share, isAnswered: false)

        #expect(held.count == 4)
        #expect(serve().map(\.endpoint) == ["new"])
    }

    @Test mutating func `while connections are short an endpoint has longer each time it was silent`() {
        for _ in 0..<4 { hear("slow", isAnswered: false) }
        let others = ask("b", times: 2) + ask("c")
        let first = serve()
        ask("slow")
        let last = serve()

        #expect(others.count == first.count)
        #expect(first.map(\.share.patience) == [nil, nil, .seconds(1)])
        #expect(last.map(\.share.patience) == [.seconds(4)])
    }

    @Test mutating func `the endpoint with the fewest is first, and then who waited longest`() {
        for name in ["a", "b", "c"] { hear(name, isAnswered: true) }
        ask("a", times: 5)
        ask("b", times: 2)
        ask("c")
        let served = serve()

        #expect(served.map(\.endpoint) == ["a", "b", "c", "a"])
        // Two more of the one endpoint would be one too many for it.
        shares.end(served[1].share, isAnswered: true)
        #expect(serve().map(\.endpoint) == ["b"])
        shares.end(served[2].share, isAnswered: true)
        #expect(serve().map(\.endpoint) == ["a"])
        for index in [0, 3] { shares.end(served[index].share, isAnswered: true) }
        #expect(serve().map(\.endpoint) == ["a", "a"])
        #expect(serve().isEmpty)
    }

    @Test mutating func `an endpoint never has more than its bound`() {
        ask("a", times: 9)

        #expect(serve().count == 3)
    }

    @Test mutating func `an endpoint that answers again has its share again`() {
        hear("a", isAnswered: false)
        for number in 0..<8 { ask("dead\(number)") }
        let dead = serve()
        ask("a")
        #expect(serve().isEmpty)
        // Everybody who was never tried is first; then it is its turn.
        for (_, share) in dead { shares.end(share, isAnswered: false) }
        let rest = serve()
        #expect(rest.count == 4 && !rest.contains { $0.endpoint == "a" })
        shares.end(rest[0].share, isAnswered: false)
        let again = serve()
        #expect(again.map(\.endpoint) == ["a"])
        for (_, share) in again { shares.end(share, isAnswered: true) }
        ask("a")
        #expect(serve().map(\.endpoint) == ["a"], "the other half has room")
    }

    @Test mutating func `who left is not served`() {
        let held = ask("a", times: 4)
        for ticket in held { shares.leave(ticket) }

        #expect(serve().isEmpty)
        #expect(shares.inUse == 0)
    }

    @Test mutating func `random comings and goings never exceed a bound and never lose a connection`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("connection shares seed \(seed)")
        var generator = SplitMix64(seed: seed)
        var held: [(endpoint: String, share: ConnectionShares.Share)] = []
        for _ in 0..<20_000 {
            switch generator.next() % 3 {
            case 0: ask("e\(generator.next() % 7)")
            case 1 where !held.isEmpty:
                let index = Int(generator.next() % UInt64(held.count))
                shares.end(held.remove(at: index).share, isAnswered: [true, false, nil][Int(generator.next() % 3)])
            default: break
            }
            held += serve()
            let most = Dictionary(grouping: held, by: \.endpoint).values.map(\.count).max() ?? 0
            #expect(held.count == shares.inUse && held.count <= 8 && most <= 3, "seed \(seed)")
        }
        while !held.isEmpty {
            for (_, share) in held { shares.end(share, isAnswered: nil) }
            held = serve()
        }
        #expect(shares.inUse == 0)
    }
}
