import ActivationCore
import Testing

extension ReferenceModelTests {
    /// A member of an audience that is taken out of a dataflow and told of.
    private struct Unmapped {
        var model = ReferenceModelTests.model()
        let audience: Audience.ID
        let flow = ReferenceCatalog.flow(2)

        init() {
            var catalog = model.catalog
            audience = catalog.id(.reachable)
            catalog.flows[1].showsNames = true
            catalog.flows[1].showsTimestamps = false
            catalog.flows[1].options.membershipScope = .mapped
            catalog.flows[1].options.emitsUnmapping = true
            model.use(catalog)
            let message = ReferenceModelTests.record([("Email", "m"), ("Phone", "1")], "")
            _ = model.admit(message, clock: ReferenceModelTests.start)
            let gone = catalog.flows[1].mappings.filter { $0.audience == audience }
            catalog.flows[1].mappings.removeAll { $0.audience == audience }
            catalog.backfills = [ReferenceBackfill(number: 1, flow: flow, unmapped: gone)]
            model.order(catalog.backfills, clock: ReferenceModelTests.start + 1_000)
            model.use(catalog)
        }

        mutating func leave(_ second: Int64) {
            let mail = ReferenceModelTests.identity("Email", "m")
            _ = model.perform(.removal(mail), clock: ReferenceModelTests.start + second * 1_000)
        }

        mutating func map(_ second: Int64) {
            var catalog = model.catalog
            let instant = ReferenceModelTests.start + second * 1_000
            catalog.flows[1].mappings.append(
                ReferenceFlow.Mapping(audience: audience, createdAt: instant, updatedAt: instant)
            )
            model.use(catalog)
        }

        /// What the turn tells of the audience.
        mutating func turn(_ second: Int64) -> [String] {
            let before = model.rows[flow]?.count ?? 0
            _ = model.takeTurn(of: 1, in: 1, clock: ReferenceModelTests.start + second * 1_000)
            return Array(ReferenceModelTests.text(model, 2).dropFirst(before))
        }

        func exited(_ second: String, _ identities: String) -> String {
            let name = ReferenceModelTests.text(ReferenceJSON.string(model.catalog.audience(audience)?.name ?? ""))
            return
                #"{"segmentMembership":{"ups":{"\#(audience.uuid)":{"lastQualificationTime":"2026-02-25T06:13:\#(second)Z","#
                + #""status":"exited","name":\#(name)}}},"identityMap":{\#(identities)}}"#
        }
    }

    @Test func `a member of an unmapped audience is told of as exited from the moment of the turn`() {
        var world = Unmapped()
        #expect(world.turn(5) == [world.exited("25", #""email":[{"id":"m"}],"phone":[{"id":"1"}]"#)])
        #expect(world.model.rows[world.flow]?.last?.reasons == .unmapped)
        #expect(world.model.rows[world.flow]?.last?.lane == .backfill)
        // He is a member still.
        #expect(world.model.persons[1]?.isRealized(world.audience) == true)
        #expect(world.model.persons[1]?.revision == 2)
    }

    @Test func `who left an unmapped audience before the turn is told of with the time of that, for 30 days`() {
        var world = Unmapped()
        world.leave(3)
        var later = world
        #expect(world.turn(5) == [world.exited("23", #""phone":[{"id":"1"}]"#)])
        #expect(later.turn(31 * 86_400).isEmpty)
    }

    @Test func `of an audience that is mapped again those are told of who left it before that`() {
        var world = Unmapped()
        var left = world
        world.map(4)
        #expect(world.turn(5).isEmpty)
        left.leave(3)
        var late = left
        left.map(4)
        #expect(left.turn(5).count == 1)
        late.map(2)
        #expect(late.turn(5).isEmpty)
    }

    @Test func `an order that rests, or whose dataflow does, tells nothing yet`() {
        for rests in [true, false] {
            var world = Unmapped()
            var catalog = world.model.catalog
            catalog.backfills[0].wish = rests ? .paused : .running
            catalog.flows[1].isEnabled = rests
            world.model.use(catalog)
            #expect(world.turn(5).isEmpty)
            catalog.backfills[0].wish = .running
            catalog.flows[1].isEnabled = true
            world.model.use(catalog)
            #expect(world.turn(6).count == 1)
        }
    }
}
