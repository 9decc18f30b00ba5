import ActivationCore
import Testing

extension ReferenceModelTests {
    /// Two persons of whom the younger is a member; identities alone call for no record.
    private struct Pair {
        var model = ReferenceModelTests.model()
        let flow = ReferenceCatalog.flow(2)

        init(unmapping: Bool = false, triggers: TriggerReasons = .membership) {
            _ = admit([("CRM", "c")])
            _ = admit([("Email", "m")])
            var catalog = model.catalog
            catalog.flows[1].options.triggers = triggers
            catalog.flows[1].options.emitsUnmapping = true
            let id = catalog.id(.reachable)
            let gone = unmapping ? catalog.flows[1].mappings.filter { $0.audience == id } : []
            catalog.flows[1].mappings.removeAll { gone.contains($0) }
            catalog.backfills = [ReferenceBackfill(number: 1, flow: flow, unmapped: gone)]
            model.order(catalog.backfills, clock: ReferenceModelTests.start)
            model.use(catalog)
        }

        mutating func admit(_ identities: [(String, String)]) -> [ReferenceRow] {
            let before = model.rows[flow]?.count ?? 0
            _ = model.admit(ReferenceModelTests.record(identities, ""), clock: ReferenceModelTests.start)
            return Array(model.rows[flow]?.dropFirst(before) ?? [])
        }

        mutating func merge() -> [ReferenceRow] { admit([("CRM", "c"), ("Email", "m")]) }

        mutating func turn(_ person: Int) -> Int {
            model.takeTurn(of: person, in: 1, clock: ReferenceModelTests.start + 5)
        }

        mutating func owedTurn(_ person: Int) -> Int? {
            model.takeOwedTurn(of: person, in: 1, clock: ReferenceModelTests.start + 5).map {
                $0.isDone ? $0.records : -1
            }
        }
    }

    @Test func `who becomes one with another whose turn is over is told of at once`() {
        var member = Pair()
        #expect(member.turn(1) == 0)
        let rows = member.merge()
        #expect(rows.map(\.reasons) == [.backfill] && rows.map(\.lane) == [.backfill] && rows.map(\.revision) == [2])
        #expect(member.model.owed.isEmpty)

        var exit = Pair(unmapping: true)
        _ = exit.turn(1)
        let exits = exit.merge()
        #expect(exits.map(\.reasons) == [.unmapped] && exits.map(\.revision) == [3])

        // What the message itself calls for is enough.
        var live = Pair(triggers: [.membership, .identity])
        _ = live.turn(1)
        #expect(live.merge().map(\.reasons) == [.identity])
    }

    @Test func `who becomes one with another whose turn is to come has it then, or at the end`() {
        for walks in [true, false] {
            var pair = Pair()
            #expect(pair.merge().isEmpty)
            #expect(pair.owedTurn(1) == -1)
            if !walks { pair.model.endBackfill(1) }
            #expect((walks ? pair.turn(1) : pair.owedTurn(1)) == 1)
            #expect(pair.owedTurn(1) == nil)
        }
    }

    @Test func `a backfill that has ended owes nothing, nor one of whom nobody is a member`() {
        var ended = Pair()
        ended.model.endBackfill(1)
        #expect(ended.merge().isEmpty && ended.model.owed.isEmpty)
        var strangers = Pair()
        _ = strangers.admit([("Phone", "1")])
        _ = strangers.admit([("CRM", "c"), ("Phone", "1")])
        #expect(strangers.model.owed.isEmpty)
    }

    @Test func `a disabled dataflow is told of it when it is enabled`() {
        var pair = Pair()
        _ = pair.turn(1)
        for isEnabled in [false, true] {
            var catalog = pair.model.catalog
            catalog.flows[1].isEnabled = isEnabled
            pair.model.use(catalog)
            if !isEnabled { #expect(pair.merge().isEmpty) }
            #expect(pair.owedTurn(1) == (isEnabled ? 1 : -1))
        }
    }
}
