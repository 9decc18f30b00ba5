import Testing

@testable import ActivationCore

/// Which leaves an event is offered to.
@Suite struct EventLeafIndexTests {
    private func leaf(_ text: String) throws -> EventLeaf {
        try #require(EventExpression(text).program.eventLeaves.first)
    }

    @Test func `an event is offered to those who ask for its kind`() throws {
        let leaves = try (0..<500).map { try leaf(#"xEvent[kind = "k\#($0)" and amount > 3].count() > 2"#) }
        let index = EventLeafIndex(leaves)

        #expect(index.candidates(for: try .of("e", at: 0, #""kind":"k7""#)) == [7])
        #expect(index.candidates(for: try .of("e", at: 0, #""kind":"k""#)).isEmpty)
        #expect(index.candidates(for: try .of("e", at: 0, #""kind":7"#)).isEmpty)
        #expect(index.candidates(for: try .of("e", at: 0, "")).isEmpty)
        #expect(index.candidates(for: try .of("e", at: 0, #""kind":["k7"]"#)).count == 500)
    }

    @Test func `no event is kept from a leaf that it matters to`() throws {
        let texts = [
            #"xEvent[kind = "a"].count()"#, #"xEvent["b" = kind and amount > 1].sum(amount)"#,
            #"xEvent[kind != "a"].count()"#,
            #"xEvent[kind in ["a", "c"]].count()"#, #"xEvent[kind notIn ["a"]].count()"#,
            #"xEvent[not (kind = "a")].count()"#,
            #"xEvent[web.page.name = "a"].count()"#, #"xEvent[web.page.name in ["a", 1]].count()"#, "xEvent.count()",
            #"xEvent[kind = "a" or kind = "b"].count()"#, #"xEvent[kind.equals("A", false)].count()"#,
            #"exists E from xEvent where E.`odd key` = "a""#, #"xEvent[lines.sku = "a"].count()"#,
        ]
        let leaves = try texts.map(leaf)
        let index = EventLeafIndex(leaves)
        let values = [
            #""a""#, #""b""#, #""\u0061""#, "1", "null", "true", #"["a","b"]"#, #"{"name":"a"}"#, #"{"name":["a"]}"#,
            #"[{"name":"a"}]"#, #"{"page":{"name":"a"}}"#, #"{"page":[{"name":"a"}]}"#, #"[{"sku":"a"},{"sku":"b"}]"#,
        ]

        for key in ["kind", "web", "odd key", "lines", "other"] {
            for value in values {
                let event = try ProfileEvent.of("e", at: 0, #""\#(key)":\#(value),"amount":2"#)
                let candidates = index.candidates(for: event)
                for (place, leaf) in leaves.enumerated() where leaf.contribution(of: event) != nil {
                    #expect(candidates.contains(place), "\(texts[place]) and \(key) \(value)")
                }
            }
        }
    }
}
