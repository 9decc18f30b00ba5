import Testing

@testable import ActivationCore

/// Events that go when their time is over (BEHAVIOUR 4.8).
@Suite struct EventExpiryTests {
    private static let hour: Int64 = 3_600_000
    private static let day = 24 * hour
    /// 2026-02-25T06:00:00Z.
    private static let start: Int64 = 1_771_999_200_000

    private static func instant(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: start + milliseconds) }

    private var world = EventExpiryTests.world(["web": 1])

    private static func expirations(_ days: [String: Int]) -> EventExpirations {
        EventExpirations(days.mapValues { .init(days: $0, since: .earliest) })
    }

    private static func world(_ days: [String: Int]) -> World {
        var world = World()
        world.now = instant(0)
        world.definition.eventExpirations = expirations(days)
        return world
    }

    private func purchase(
        _ id: String,
        at milliseconds: Int64,
        amount: Int = 1,
        dataset: String = "web",
        emails: [String] = ["m"]
    ) throws -> Message {
        var text: [UInt8] = []
        EventExpiryTests.instant(milliseconds).appendRFC3339Milliseconds(to: &text)
        let map = emails.map { #"{"id":"\#($0)@example.org"}"# }.joined(separator: ",")
        return try world.event(
            """
            {"identityMap":{"Email":[\(map)]},"_id":"\(id)","timestamp":"\(String(decoding: text, as: UTF8.self))",\
            "amount":\(amount)}
            """,
            dataset: dataset
        )
    }

    private var heldEvents: [String] { world.events.values.joined().map(\.id).sorted() }

    @Test func `an event goes at the first full hour at which it is too old`() throws {
        let expirations = EventExpirations(["web": .init(days: 1, since: .earliest)])
        for (timestamp, end): (Int64, Int64) in [
            (0, Self.day), (1, Self.day + Self.hour), (-1, Self.day), (Self.hour - 1, Self.day + Self.hour),
            (-Self.start - 1, Self.day - Self.start), (-Self.start - Self.hour, Self.day - Self.start - Self.hour),
        ] {
            let event = Self.instant(timestamp)
            #expect(expirations.end(of: event, in: "web") == Self.instant(end))
            let before = try #require(expirations.lastGone(of: "web", at: Self.instant(end - 1)))
            let after = try #require(expirations.lastGone(of: "web", at: Self.instant(end)))
            #expect(before < event && event <= after)
        }
        #expect(expirations.end(of: Self.instant(0), in: "crm") == nil)
        for damaged in [Int64.min, .max] {
            #expect(expirations.end(of: Timestamp(milliseconds: damaged), in: "web") == nil)
        }
        #expect(expirations.lastGone(of: "crm", at: Self.instant(0)) == nil)
    }

    @Test mutating func `a profile is due when its first event goes, and leaves audiences at that instant`() throws {
        let buyers = try world.audience("buyers", "xEvent.sum(amount) > 10")
        world.dataflow([buyers], timestamps: true)
        try world.send(
            purchase("kept", at: 0, amount: 9, dataset: "crm"),
            purchase("old", at: -Self.hour, amount: 5),
            purchase("new", at: 10, amount: 5)
        )
        let profile = try #require(world.profiles.keys.first)
        #expect(world.profiles[profile]?.due == Self.instant(Self.day - Self.hour))

        let late = Self.instant(Self.day)
        #expect(try world.decide([Input(cause: .clock(profile), now: late)]).rows.isEmpty)
        #expect(heldEvents == ["kept", "new"])
        #expect(world.profiles[profile]?.due == Self.instant(Self.day + Self.hour))
        #expect(world.members[buyers] == 1)

        let later = Self.instant(2 * Self.day)
        let rows = try world.decide([Input(cause: .clock(profile), now: later)]).rows
        #expect(rows.map { $0.status(of: buyers) } == ["exited"])
        #expect(rows.first?.text.contains("2026-02-26T07:00:00") == true)
        #expect(heldEvents == ["kept"])
        #expect(world.profiles[profile]?.due == nil)
        #expect(world.members[buyers] == 0)
    }

    @Test mutating func `events go before a message of that instant, and their ids may come again`() throws {
        try world.send(purchase("1", at: 0), purchase("2", at: 3 * Self.hour))
        let now = Self.instant(Self.day)

        let again = try purchase("1", at: Self.day - 5)
        #expect(try world.decide([Input(cause: .message(again), now: now)]).results == [.accepted])

        #expect(heldEvents == ["1", "2"])
        #expect(world.events.values.first?.map(\.timestamp.milliseconds).max() == Self.start + Self.day - 5)
    }

    @Test mutating func `an event that is too old already is refused and nothing is stored`() throws {
        let result = try world.decide([purchase("1", at: -Self.day), purchase("2", at: 1 - Self.day)]).results

        guard case .refused(let error) = result[0] else {
            Issue.record("not refused")
            return
        }
        #expect(error.code == "EVENT_EXPIRED")
        #expect(result[1] == .accepted)
        #expect(heldEvents == ["2"])
    }

    @Test mutating func `a shorter time holds at once for a profile that is read, and for all when they are visited`()
        throws
    {
        world = Self.world([:])
        let buyers = try world.audience("buyers", "xEvent.max(amount) = 7")
        try world.send(purchase("old", at: -3 * Self.day, amount: 7), purchase("new", at: 0))
        #expect(world.members[buyers] == 1)
        #expect(world.profiles.values.first?.due == nil)

        world.definition.eventExpirations = EventExpirations(["web": .init(days: 30, since: world.now)])
        #expect(try world.evaluate([]).isEmpty)
        #expect(world.profiles.values.first?.due == Self.instant(27 * Self.day))
        #expect(world.profiles.values.first?.revision == 2)

        world.definition.eventExpirations = EventExpirations([
            "web": .init(days: 2, since: Timestamp(milliseconds: world.now.milliseconds + 1))
        ])
        let since = world.now.milliseconds + 1
        _ = try world.evaluate([])
        #expect(heldEvents == ["new"])
        let stored = try #require(world.profiles.values.first)
        let state = try ProfileValue.decode(stored, paths: world.paths, datasets: world.datasets)
        #expect(state.membership(in: buyers)?.lastQualificationTime.milliseconds == since)
        #expect(world.members[buyers] == 0)

        world.definition.eventExpirations = EventExpirations()
        _ = try world.evaluate([])
        #expect(world.profiles.values.first?.due == nil)
    }

    @Test mutating func `a profile that had too many events is evaluated again when enough of them are gone`() throws {
        world.options.eventCap = .exclude
        try world.decide(
            (0...Limits.profileEventsMax).map { try purchase("\($0)", at: $0 == 0 ? 0 : 5 * Self.hour) }
        )
        let many = try world.audience("many", "xEvent.count() > 4000")
        #expect(try world.evaluate([many]).isEmpty)
        #expect(world.members[many] == nil)

        let profile = try #require(world.profiles.keys.first)
        _ = try world.decide([Input(cause: .clock(profile), now: Self.instant(Self.day))])

        #expect(heldEvents.count == Limits.profileEventsMax)
        #expect(world.members[many] == 1)
    }

    /// A random history of a few people whose events come from three datasets, with the clock going on between.
    private func history(_ random: inout SplitMix64, from first: Int64) throws -> [Input] {
        var now = first
        return try (0..<60).map { index in
            now += [0, 1, 1_000, Self.hour / 3, 5 * Self.hour, 26 * Self.hour][Int(random.next() % 6)]
            let dataset = ["web", "app", "crm"][Int(random.next() % 3)]
            var emails = ["\(random.next() % 4)"]
            if random.next() % 8 == 0 { emails.append("\(random.next() % 4)") }
            let age = Int64(random.next() % 60) * Self.hour + Int64(random.next() % 3) - 1
            let message = try purchase(
                "e\(random.next() % 40)",
                at: now - age,
                amount: Int(random.next() % 9),
                dataset: dataset,
                emails: emails
            )
            return Input(cause: .message(message), now: Self.instant(now))
        }
    }

    private static func propertyWorld(_ expirations: EventExpirations) throws -> World {
        var world = World()
        world.definition.eventExpirations = expirations
        let audiences = try [
            "xEvent.sum(amount) > 12", "xEvent.max(amount) = 8", "xEvent.min(amount) = 0", "xEvent.count() >= 3",
            "xEvent.average(amount) > 4", "xEvent.count() = 0",
            "(select e from xEvent where e.amount > 3 and e.timestamp occurs < 30 hours before now).count() > 1",
            "chain(xEvent, timestamp, [A: WHAT(amount > 5), B: WHAT(amount < 3)])",
            "xEvent[timestamp occurs < 2 days before now].count() > 2",
        ].enumerated().map { try world.audience("a\($0)", $1) }
        world.dataflow(audiences, timestamps: true)
        return world
    }

    @Test(arguments: 0..<20) func `what goes is the same whatever the batches are, and what stays is right`(round: Int)
        throws
    {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        let expirations = Self.expirations(random.next() % 2 == 0 ? ["web": 1, "app": 2] : ["web": 1, "crm": 1])
        var one = try Self.propertyWorld(expirations)
        var other = one
        let inputs = try history(&random, from: 0)

        let (results, _) = try one.decide(inputs)
        var rest = inputs[...]
        var otherResults: [DecisionResult] = []
        while let now = rest.first?.now {
            // Some of those that are due are asked in time.
            let due = other.profiles.values.filter { $0.due.map { $0 <= now } ?? false && random.next() % 2 == 0 }
                .sorted { $0.row < $1.row }
            let clocks = due.map { Input(cause: .clock($0.id), now: now) }
            let size = min(rest.count, Int(random.next() % 4) + 1)
            otherResults += try other.decide(clocks + rest.prefix(size)).results.dropFirst(clocks.count)
            rest = rest.dropFirst(size)
        }
        // Who was due and is not named by a message has not been asked yet.
        let end = try #require(inputs.last?.now)
        try Self.settle(&one, at: end)
        try Self.settle(&other, at: end)

        #expect(results == otherResults, "seed \(seed)")
        #expect(one.profiles.mapValues(\.value) == other.profiles.mapValues(\.value), "seed \(seed)")
        #expect(one.profiles.mapValues(\.due) == other.profiles.mapValues(\.due), "seed \(seed)")
        #expect(one.outbox.map(\.text).sorted() == other.outbox.map(\.text).sorted(), "seed \(seed)")
        let (held, otherHeld) = (one.events.filter { !$1.isEmpty }, other.events.filter { !$1.isEmpty })
        #expect(held.mapValues { $0.map(\.id) } == otherHeld.mapValues { $0.map(\.id) }, "seed \(seed)")
        try expectRight(&one, at: end, expirations, seed)
    }

    /// Lets the clock do what it has to do until an instant.
    private static func settle(_ world: inout World, at now: Timestamp) throws {
        while true {
            let due = world.profiles.values.filter { $0.due.map { $0 <= now } ?? false }.sorted { $0.row < $1.row }
            if due.isEmpty { return }
            _ = try world.decide(due.map { Input(cause: .clock($0.id), now: now) })
        }
    }

    /// Whoever is asked once more, with nothing kept of the events, says the same; no event stays beyond its time.
    private func expectRight(_ world: inout World, at now: Timestamp, _ expirations: EventExpirations, _ seed: UInt64)
        throws
    {
        let ids = world.profiles.keys.sorted { $0.uuid < $1.uuid }
        _ = try world.decide(ids.map { Input(cause: .evaluation($0, audiences: []), now: now) })
        for event in world.events.values.joined() {
            let dataset = try #require(world.datasets.name(of: event.dataset))
            if let end = expirations.end(of: event.timestamp, in: dataset) { #expect(end > now, "seed \(seed)") }
        }
        let kept = world.members
        for (id, stored) in world.profiles {
            var state = try ProfileValue.decode(stored, paths: world.paths, datasets: world.datasets)
            state.forgetLeaves()
            world.profiles[id]?.value = ProfileValue.encode(state)
        }
        let rows = try world.decide(
            ids.map { Input(cause: .evaluation($0, audiences: world.definition.audiences.map(\.id)), now: now) }
        ).rows
        #expect(rows.isEmpty, "seed \(seed)")
        #expect(world.members == kept, "seed \(seed)")
    }
}
