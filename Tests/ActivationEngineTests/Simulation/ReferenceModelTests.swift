import ActivationCore
import TestSupport
import Testing

/// The model that the engine is compared with: each rule once, written out by hand.
@Suite struct ReferenceModelTests {
    static let start: Int64 = 1_772_000_000_000

    static func model(eventsMax: Int = 5_000) -> ReferenceModel {
        var model = ReferenceModel(eventsMax: eventsMax)
        model.use(.first(at: 1_700_000_000_000))
        return model
    }

    static func identity(_ symbol: String, _ value: String) -> Identity {
        Identity(namespace: symbol, value: value)
    }

    private static func map(_ identities: [(String, String)]) -> String {
        let members = identities.map { #""\#($0.0)":[{"id":"\#($0.1)"}]"# }
        return #""identityMap":{\#(members.joined(separator: ","))}"#
    }

    static func record(_ identities: [(String, String)], _ fields: String, dataset: String = "web")
        -> ReferenceMessage
    {
        let rest = fields.isEmpty ? "" : ",\(fields)"
        return ReferenceMessage(
            kind: .record,
            dataset: dataset,
            text: "{\(map(identities))\(rest)}",
            hasSourceTime: true
        )
    }

    private static func event(_ identities: [(String, String)], id: String, amount: Int = 0, at second: Int64 = 0)
        -> ReferenceMessage
    {
        let time = ReferenceJSON.instant(start + second * 1_000)
        return ReferenceMessage(
            kind: .event,
            dataset: "shop",
            text: #"{\#(map(identities)),"_id":"\#(id)","timestamp":"\#(time)","kind":"buy","amount":\#(amount)}"#
        )
    }

    static func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }

    private static func written(_ instant: Int64) -> String {
        #""extSourceSystemAudit":{"lastUpdatedDate":"\#(ReferenceJSON.instant(start + instant * 1_000))"}"#
    }

    @Test func `an instant is written in whole seconds`() {
        #expect(ReferenceJSON.instant(0) == "1970-01-01T00:00:00Z")
        #expect(ReferenceJSON.instant(951_827_696_999) == "2000-02-29T12:34:56Z")
        #expect(ReferenceJSON.instant(1_772_000_000_000) == "2026-02-25T06:13:20Z")
        #expect(Timestamp(rfc3339: ReferenceJSON.instant(Self.start))?.milliseconds == Self.start)
    }

    /// What datasets say of one attribute at which second, and what shows.
    struct Story: Sendable, CustomTestStringConvertible {
        var facts: [(dataset: String, second: Int64, fields: String)]
        var attribute: String
        var shown: String?

        var testDescription: String { facts.map { "\($0.dataset) \($0.second) \($0.fields)" }.joined(separator: " · ") }

        static let all = [
            Story(facts: [("web", 1, gold), ("crm", 2, #""loyalty":null"#)], attribute: "loyalty"),
            Story(facts: [("web", 1, gold), ("crm", 2, #""loyalty":[]"#)], attribute: "loyalty", shown: "[]"),
            Story(facts: [("web", 3, gold), ("crm", 2, #""loyalty":null"#)], attribute: "loyalty", shown: tier),
            Story(facts: [("web", 1, gold), ("web", 2, #""loyalty":{"tier":null}"#)], attribute: "loyalty"),
            Story(facts: [("web", 1, none), ("crm", 2, #""loyalty":{"tier":null}"#)], attribute: "loyalty"),
            Story(facts: [("web", 2, none), ("crm", 1, gold)], attribute: "loyalty", shown: #""none""#),
            Story(facts: [("web", 1, gold), ("crm", 2, #""loyalty":{}"#)], attribute: "loyalty", shown: tier),
            Story(
                facts: [("web", 1, gold), ("crm", 2, #""loyalty":null"#), ("crm", 3, #""loyalty":{}"#)],
                attribute: "loyalty",
                shown: "{}"
            ),
            Story(
                facts: [("web", 1, #""a":{"b":{"c":1}}"#), ("crm", 2, #""a":{"b":7}"#), ("web", 3, #""a":{"d":2}"#)],
                attribute: "a",
                shown: #"{"b":7,"d":2}"#
            ),
        ]

        private static let gold = #""loyalty":{"tier":"gold"}"#
        private static let tier = #"{"tier":"gold"}"#
        private static let none = #""loyalty":"none""#
    }

    @Test(arguments: Story.all) func `the latest fact decides, whoever said it and in whatever order it came`(
        story: Story
    ) {
        for order in permutations(story.facts) {
            var model = Self.model()
            for (dataset, second, fields) in order {
                let message = Self.record([("Phone", "1")], fields + "," + Self.written(second), dataset: dataset)
                #expect(model.admit(message, clock: Self.start + 10_000) == .accepted)
            }
            let view = model.person(Self.identity("Phone", "1"))?.view(ReferencePolicy(number: 2))
            #expect(view?.json(at: ReferencePath(story.attribute)).map(Self.text) == story.shown)
        }
    }

    private func permutations<Element>(_ items: [Element]) -> [[Element]] {
        guard items.count > 1 else { return [items] }
        return items.indices.flatMap { index in
            var rest = items
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }

    @Test func `of two facts of one instant the one admitted later counts`() {
        var model = Self.model()
        #expect(model.admit(Self.record([("Phone", "1")], #""city":"Riga""#), clock: Self.start) == .accepted)
        #expect(model.admit(Self.record([("Email", "e")], #""city":"Oslo""#), clock: Self.start) == .accepted)
        #expect(model.admit(Self.record([("Phone", "1"), ("Email", "e")], ""), clock: Self.start) == .accepted)
        #expect(model.person(Self.identity("Phone", "1"))?.view(ReferencePolicy(number: 2)).text("city") == #""Oslo""#)
    }

    @Test func `the oldest person survives with the highest revision, and waiting rows follow`() {
        var model = Self.model()
        for _ in 0..<3 { _ = model.admit(Self.record([("Email", "young")], ""), clock: Self.start + 1) }
        #expect(model.persons.count == 1)
        var other = Self.model()
        _ = other.admit(Self.record([("Phone", "1")], #""visits":1"#), clock: Self.start)
        for _ in 0..<3 { _ = other.admit(Self.record([("Email", "young")], #""visits":9"#), clock: Self.start) }
        let flow = ReferenceCatalog.flow(2)
        let before = other.rows[flow] ?? []
        #expect(before.map(\.person) == before.map { _ in 2 })
        #expect(!before.isEmpty)

        _ = other.admit(Self.record([("Email", "young"), ("Phone", "1")], ""), clock: Self.start + 5)

        #expect(other.persons.keys.sorted() == [1])
        #expect(other.persons[1]?.revision == 4)
        let after = other.rows[flow] ?? []
        #expect(after.allSatisfy { $0.person == 1 })
        #expect(after.prefix(before.count).map(\.maker) == before.map(\.maker))
        #expect(after.last?.reasons.contains(.identity) == true)
    }

    @Test func `the cap takes cookies first and never what the message names while another can go`() {
        var model = Self.model()
        for number in 0..<60 {
            let cookie = String(repeating: "1", count: 36) + String(10 + number)
            _ = model.admit(Self.record([("Email", "mail"), ("ECID", cookie)], ""), clock: Self.start + Int64(number))
        }
        let person = model.person(Self.identity("Email", "mail"))
        #expect(person?.members.count == 50)
        #expect(model.persons.count == 1)
        #expect(person?.identities.last?.value.hasSuffix("69") == true)
        #expect(model.person(Self.identity("ECID", String(repeating: "1", count: 36) + "20")) == nil)
        #expect(model.person(Self.identity("ECID", String(repeating: "1", count: 36) + "21")) != nil)
    }

    @Test func `an event counts once, by the bytes of its id, also after a merge`() {
        var model = Self.model()
        #expect(model.admit(Self.event([("Phone", "1")], id: "e"), clock: Self.start) == .accepted)
        #expect(model.admit(Self.event([("Phone", "1"), ("Email", "m")], id: "e"), clock: Self.start) == .duplicate)
        #expect(model.person(Self.identity("Email", "m")) == nil)
        #expect(model.admit(Self.event([("Email", "m")], id: "e"), clock: Self.start) == .accepted)
        #expect(
            model.admit(Self.event([("Phone", "1"), ("Email", "m")], id: "\u{e9}"), clock: Self.start) == .accepted
        )
        #expect(model.admit(Self.event([("Phone", "1")], id: "e\u{301}"), clock: Self.start) == .accepted)
        #expect(model.person(Self.identity("Email", "m"))?.events.count == 3)
    }

    @Test func `over the cap the oldest event goes, and its id may come again`() {
        var model = Self.model(eventsMax: 2)
        for second in [3, 1, 2] as [Int64] {
            _ = model.admit(Self.event([("Phone", "1")], id: "e\(second)", at: second), clock: Self.start)
        }
        #expect(model.person(Self.identity("Phone", "1"))?.events.map(\.id) == ["e2", "e3"])
        #expect(model.admit(Self.event([("Phone", "1")], id: "e1", at: 9), clock: Self.start) == .accepted)
    }

    @Test func `a refused message leaves nothing behind`() {
        var model = Self.model()
        model.otherPaths = model.pathsMax - model.paths.count - 2
        let before = model.paths
        #expect(model.admit(Self.record([("Phone", "1")], #""a":{"b":1,"c":1}"#), clock: Self.start) == .refused)
        #expect(model.admit(Self.record([("Phone", "null")], #""a":1"#), clock: Self.start) == .refused)
        #expect(model.admit(Self.record([("ECID", "12")], #""a":1"#), clock: Self.start) == .refused)
        #expect(model.paths == before)
        #expect(model.persons.isEmpty)
        #expect(model.admit(Self.record([("Phone", "1")], #""a":{"b":1}"#), clock: Self.start) == .accepted)
    }

    @Test func `a membership chain over both kinds of reference becomes one row with its reasons`() {
        var model = Self.model()
        let phone = [("Phone", "1")]
        _ = model.admit(Self.record(phone, #""loyalty":{"tier":"gold"}"#), clock: Self.start)
        _ = model.admit(Self.event(phone, id: "e", amount: 101), clock: Self.start + 1_000)

        let rows = model.rows[ReferenceCatalog.flow(3)] ?? []
        #expect(rows.map(\.reasons) == [.membership])
        let id = model.catalog.id(.reader).uuid
        let others = [ReferenceAudience.Rule.spender, .today, .buyer].map {
            #""\#(model.catalog.id($0).uuid)":{"lastQualificationTime":"2026-02-25T06:13:21Z","status":"realized"}"#
        }.joined(separator: ",")
        #expect(
            Self.text(rows.first?.payload) == """
                {"loyalty":{"tier":"gold"},"segmentMembership":{"ups":{\
                "\(id)":{"lastQualificationTime":"2026-02-25T06:13:21Z","status":"realized"},\
                \(others)}},"identityMap":{"phone":[{"id":"1"}]}}
                """
        )
        #expect(model.memberCount(model.catalog.id(.chained)) == 1)
    }

    @Test func `a disabled dataflow makes no rows and counts them`() {
        var model = Self.model()
        var catalog = model.catalog
        catalog.flows[1].isEnabled = false
        model.use(catalog)
        _ = model.admit(Self.record([("Email", "m")], ""), clock: Self.start)
        #expect(model.rows[ReferenceCatalog.flow(2)] == nil)
        #expect(
            model.books[ReferenceCatalog.flow(2)] == DataflowCounters(triggered: 1, suppressedDisabled: 1)
        )
    }

    @Test func `an instant never goes back`() {
        var model = Self.model()
        _ = model.admit(Self.record([("Phone", "1")], #""visits":1"#), clock: Self.start)
        _ = model.admit(Self.record([("Phone", "1")], #""visits":2"#), clock: Self.start - 86_400_000)
        #expect(model.now == Self.start)
        #expect(model.person(Self.identity("Phone", "1"))?.view(ReferencePolicy(number: 2)).text("visits") == "2")
    }

    // MARK: What happens to persons and dataflows

    static func text(_ model: ReferenceModel, _ flow: Int) -> [String] {
        (model.rows[ReferenceCatalog.flow(flow)] ?? []).map { text($0.payload) }
    }

    private static let (email, phone) = (identity("Email", "m"), identity("Phone", "1"))

    @Test func `an unlinked part takes what it stated and what happened to it along`() {
        var model = Self.model()
        let both = [("Email", "m"), ("Phone", "1")]
        _ = model.admit(Self.record([("Phone", "1")], #""visits":3"#), clock: Self.start)
        _ = model.admit(Self.record(both, #""city":"Riga""#), clock: Self.start + 1)
        _ = model.admit(Self.event([("Email", "m")], id: "e"), clock: Self.start + 2)
        let revision = model.person(Self.phone)?.revision ?? 0

        guard case .split(let rest, let part) = model.perform(.unlink(Self.email, Self.phone), clock: Self.start + 3)
        else {
            Issue.record("the person is one still")
            return
        }

        #expect(rest.identities == [Self.phone] && part.identities == [Self.email])
        #expect(rest.revision == revision + 1 && part.revision == revision + 1)
        let policy = ReferencePolicy(number: 2)
        #expect(model.person(Self.phone)?.view(policy).text("visits") == "3")
        #expect(model.person(Self.email)?.view(policy).text("city") == #""Riga""#)
        #expect(model.person(Self.phone)?.events.isEmpty == true)
        #expect(model.person(Self.email)?.events.count == 1)
        #expect(model.perform(.unlink(Self.email, Self.phone), clock: Self.start) == .notLinked)
    }

    @Test func `with a person go the records that wait, and a last one comes where it is wanted`() {
        var model = Self.model()
        var catalog = model.catalog
        catalog.flows[1].options.emitsDeletes = true
        catalog.flows[1].showsTimestamps = false
        model.use(catalog)
        _ = model.admit(Self.record([("Email", "m")], #""city":"Riga""#), clock: Self.start)
        #expect(model.rows[ReferenceCatalog.flow(2)]?.count == 1)

        _ = model.perform(.removal(Self.email), clock: Self.start + 1_000)

        #expect(model.persons.isEmpty)
        let id = model.catalog.id(.reachable).uuid
        #expect(
            Self.text(model, 2) == [
                """
                {"segmentMembership":{"ups":{"\(id)":{"lastQualificationTime":"2026-02-25T06:13:21Z",\
                "status":"exited"}}},"identityMap":{"email":[{"id":"m"}]}}
                """
            ]
        )
        #expect(model.books[ReferenceCatalog.flow(2)] == DataflowCounters(triggered: 2, suppressedDeleted: 1))
    }

    @Test func `an envelope tells what changed, from what, and where it stands`() {
        var model = Self.model()
        var catalog = model.catalog
        catalog.flows[2].options.envelope = .cloudEvents
        catalog.flows[2].options.membershipScope = .changed
        catalog.flows[2].attributes = [ReferenceFlow.Attribute("loyalty.tier", destination: "level")]
        model.use(catalog)
        _ = model.admit(Self.event([("Phone", "1")], id: "e", amount: 101), clock: Self.start)
        _ = model.admit(Self.record([("Phone", "1")], #""loyalty":{"tier":"gold"}"#), clock: Self.start + 1_234)

        let (flow, reader) = (ReferenceCatalog.flow(3).uuid, model.catalog.id(.reader).uuid)
        let policy = ReferencePolicy(number: 1).id.uuid
        #expect(
            Self.text(model, 3) == [
                """
                {"specversion":"1.0","id":"\(flow):\(policy):<the profile>:2","source":"/v1/dataflows/\(flow)",\
                "type":"headwater.profile.exported","subject":"<the profile>","time":"2026-02-25T06:13:21.234Z",\
                "datacontenttype":"application/json","data":{"mergePolicyId":"\(policy)","revision":2,\
                "reasons":["membership","attribute"],\
                "changedAudiences":[{"id":"\(reader)","status":"realized","previousStatus":null}],\
                "changedPaths":["level"],"profile":{"level":"gold","segmentMembership":{"ups":{\
                "\(reader)":{"lastQualificationTime":"2026-02-25T06:13:21Z","status":"realized"}}},\
                "identityMap":{"phone":[{"id":"1"}]}}}}
                """
            ]
        )
    }

    @Test func `datasets are laid over each other, the first on top`() {
        var model = Self.model()
        for (second, dataset, fields) in [
            (1, "web", #""a":{"b":1,"c":1},"d":{}"#), (2, "crm", #""a":{"b":2},"d":{"e":2}"#),
            (3, "app", #""a":3,"f":3"#),
            (4, "web", #""a":{"c":null}"#), (5, "crm", #""a":{"c":5}"#),
        ] {
            let message = Self.record([("Phone", "1")], fields + "," + Self.written(Int64(second)), dataset: dataset)
            #expect(model.admit(message, clock: Self.start + 10_000) == .accepted)
        }
        var policy = ReferencePolicy(number: 1)
        func shown(_ order: [String]) -> String {
            policy.order = order
            let view = model.person(Self.phone)?.view(policy)
            return ["a", "d", "f"].map { Self.text(view?.json(at: ReferencePath($0))) }.joined(separator: " ")
        }
        #expect(shown(["web", "crm"]) == #"{"b":1,"c":5} {"e":2} "#)
        #expect(shown(["crm", "web"]) == #"{"b":2,"c":5} {"e":2} "#)
        #expect(shown(["app", "web"]) == "3 {} 3")
        #expect(shown(["web", "app"]) == #"{"b":1} {} 3"#)
    }

    @Test func `what a disabled dataflow left undone becomes one record, unless another comes first`() {
        var model = Self.model()
        let flow = ReferenceCatalog.flow(2)
        var catalog = model.catalog
        catalog.flows[1].isEnabled = false
        model.use(catalog)
        _ = model.admit(Self.record([("Email", "m")], ""), clock: Self.start)
        _ = model.admit(Self.record([("Email", "n")], ""), clock: Self.start)
        _ = model.admit(Self.record([("Email", "m")], #""city":"Riga""#), clock: Self.start)
        catalog.flows[1].isEnabled = true
        model.use(catalog)
        let marks = (model.marks[flow] ?? [:]).keys.sorted { $0.person < $1.person }
        #expect(marks.map(\.person) == [1, 2])
        _ = model.admit(Self.record([("Email", "n")], #""city":"Oslo""#), clock: Self.start)

        #expect(marks.map { model.makeUp(for: $0, of: flow, clock: Self.start + 1) } == [true, false])

        #expect(model.rows[flow]?.map(\.lane) == [.live, .backfill])
        #expect(model.rows[flow]?.last?.reasons == [.membership, .identity, .attribute])
        #expect(model.marks[flow]?.isEmpty == true)
    }

    @Test func `an identity too many is left out, or its message is refused`() {
        for drops in [true, false] {
            var model = Self.model()
            var catalog = model.catalog
            catalog.namespaceRules["Email"] = ReferenceNamespaceRules(
                pattern: .anythingButX,
                personMax: 1,
                drops: drops
            )
            model.use(catalog)
            _ = model.admit(Self.record([("CRM", "1"), ("Email", "m")], ""), clock: Self.start)
            let expected = drops ? ReferenceModel.Outcome.accepted : .refused
            #expect(model.admit(Self.record([("CRM", "1"), ("Email", "n")], ""), clock: Self.start) == expected)
            #expect(model.admit(Self.record([("CRM", "1"), ("Email", "x")], ""), clock: Self.start) == expected)
            #expect(model.admit(Self.record([("Email", "x")], ""), clock: Self.start) == .refused)
            #expect(model.persons.values.map(\.members.count) == [2])
            // By itself it is somebody.
            #expect(model.admit(Self.record([("Email", "n")], ""), clock: Self.start) == .accepted)
        }
    }
}
