import ActivationCore
import TestSupport
import Testing

/// The model's rules of policies that link nobody, written out by hand (BEHAVIOUR 4.4).
@Suite struct ReferenceSingleTests {
    private static let start: Int64 = 1_772_000_000_000
    private static let mail = Identity(namespace: "Email", value: "m")
    private static let phone = Identity(namespace: "Phone", value: "1")
    private static let flow = ReferenceCatalog.flow(2)

    /// The second dataflow shows `visitor` of a policy that links nobody, and nothing else.
    private static func model(emitsDeletes: Bool = false) -> ReferenceModel {
        var model = ReferenceModel()
        var catalog = ReferenceCatalog.first(at: 1_700_000_000_000)
        catalog.policies[2].linksNobody = true
        let visitor = catalog.id(.visitor)
        for place in catalog.audiences.indices where catalog.audiences[place].rule == .visitor {
            catalog.audiences[place].policy = catalog.policies[2].id
        }
        catalog.flows[1].mappings.removeAll { $0.audience != visitor }
        catalog.flows[1].showsTimestamps = false
        catalog.flows[1].options.emitsDeletes = emitsDeletes
        model.use(catalog)
        return model
    }

    private static func record(_ map: String, _ fields: String) -> ReferenceMessage {
        ReferenceMessage(kind: .record, dataset: "web", text: #"{"identityMap":{\#(map)}\#(fields)}"#)
    }

    /// The address states it; with the telephone that belongs to it too.
    private static func ofMail(_ fields: String, withPhone: Bool = false) -> ReferenceMessage {
        record(#""Email":[{"id":"m","primary":true}]\#(withPhone ? #","Phone":[{"id":"1"}]"# : "")"#, fields)
    }

    private static func ofPhone(_ fields: String) -> ReferenceMessage { record(#""Phone":[{"id":"1"}]"#, fields) }

    /// The values of the identities that each waiting record shows.
    private static func shown(_ model: ReferenceModel) -> [String] {
        (model.rows[flow] ?? []).map { row in
            let map = (try? JSONDocument(parsing: row.payload))?.root["identityMap"]
            return map.map { $0.members.flatMap { $1.items.map { $0["id"]?.string ?? "" } }.joined(separator: " ") }
                ?? ""
        }
    }

    private static func reasons(_ model: ReferenceModel) -> [TriggerReasons] {
        (model.rows[flow] ?? []).map(\.reasons)
    }

    private func members(_ model: ReferenceModel) -> Int { model.memberCount(model.catalog.id(.visitor)) }

    @Test func `an identity stands by itself and its record shows it alone`() {
        var model = Self.model()
        _ = model.admit(Self.ofMail(#","visits":5,"city":"Riga""#, withPhone: true), clock: Self.start)
        // The telephone stated nothing.
        #expect(Self.shown(model) == ["m"])
        #expect(Self.reasons(model) == [[.membership, .identity, .attribute]])
        _ = model.admit(Self.ofPhone(#","visits":6"#), clock: Self.start)
        #expect(Self.shown(model) == ["m", "1"])
        #expect(Self.reasons(model).last == [.membership])
        #expect(members(model) == 2)
        #expect(model.persons.count == 1)
    }

    @Test func `to become one or two changes nobody`() {
        var model = Self.model()
        _ = model.admit(Self.ofMail(#","visits":5"#), clock: Self.start)
        _ = model.admit(Self.ofPhone(#","visits":6"#), clock: Self.start)
        _ = model.admit(Self.ofMail("", withPhone: true), clock: Self.start)
        _ = model.perform(.unlink(Self.mail, Self.phone), clock: Self.start)
        #expect(model.persons.count == 2)
        #expect(Self.shown(model) == ["m", "1"])
        #expect(members(model) == 2)
    }

    @Test func `standings follow the graph of the policy`() {
        var model = Self.model()
        _ = model.admit(Self.ofMail(#","visits":5"#, withPhone: true), clock: Self.start)
        var catalog = model.catalog
        catalog.policies[2].linksNobody = false
        model.use(catalog)
        #expect(members(model) == 1)
        #expect(model.person(Self.phone)?.memberships[catalog.id(.visitor)]?.isRealized == true)
        catalog.policies[2].linksNobody = true
        model.use(catalog)
        // Where all stood together each stands until it is evaluated.
        #expect(members(model) == 2)
        model.evaluate(person: 1, clock: Self.start + 1)
        #expect(members(model) == 1)
        #expect(Self.shown(model) == ["m", "1"])
        #expect(Self.reasons(model).last == [.membership])
    }

    @Test func `an identity that leaves has a last record where it is wanted, and what it stated is the first one's`() {
        var model = Self.model(emitsDeletes: true)
        _ = model.admit(Self.ofPhone(#","visits":5"#), clock: Self.start)
        _ = model.admit(Self.ofMail("", withPhone: true), clock: Self.start)
        _ = model.perform(.removal(Self.phone), clock: Self.start)
        #expect(Self.shown(model) == ["1", "1", "m"])
        #expect(Self.reasons(model).suffix(2) == [.membership, .membership])
        let last = (model.rows[Self.flow] ?? []).dropFirst().first?.payload ?? []
        let text = String(decoding: last, as: UTF8.self)
        #expect(text.contains(#""status":"exited""#))
        #expect(members(model) == 1)
    }

    @Test func `of a person of whom something is missing every identity of interest is made up for`() {
        var model = Self.model()
        _ = model.admit(Self.ofMail(#","visits":5"#, withPhone: true), clock: Self.start)
        var catalog = model.catalog
        catalog.flows[1].isEnabled = false
        model.use(catalog)
        _ = model.admit(Self.ofPhone(#","visits":6"#), clock: Self.start)
        catalog.flows[1].isEnabled = true
        model.use(catalog)
        // A record of one identity does not take the place of the other's.
        _ = model.admit(Self.ofMail(#","city":"Riga""#), clock: Self.start)
        let mark = ReferenceMark(person: 1, policy: catalog.policies[2].id)
        let isMadeUp = model.makeUp(for: mark, of: Self.flow, clock: Self.start)
        #expect(isMadeUp)
        #expect(Self.shown(model) == ["m", "m", "m", "1"])
        #expect(model.marks[Self.flow]?.isEmpty == true)
    }
}
