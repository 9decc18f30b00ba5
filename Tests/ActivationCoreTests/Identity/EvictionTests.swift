import Testing

@testable import ActivationCore

/// Which identities a profile keeps when it has too many (BEHAVIOUR 4.3).
@Suite struct EvictionTests {
    private var world = World()

    private func ecid(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "7", count: 38 - digits.count) + digits
    }

    private func kept(_ namespace: String) throws -> [String] {
        let stored = try #require(world.profiles.values.first)
        let state = try ProfileValue.decode(stored, paths: world.paths, datasets: world.datasets)
        return state.identities.map(\.identity).filter { $0.namespace == namespace }.map(\.value)
    }

    @Test mutating func `an e-mail stays while fifty browsers come and go`() throws {
        for number in 0..<50 {
            try world.send(
                world.record(
                    #"{"identityMap":{"Email":[{"id":"m@example.org","primary":true}],"ECID":[{"id":"\#(ecid(number))"}]}}"#
                )
            )
        }
        try world.send(world.record(#"{"identityMap":{"Email":[{"id":"m@example.org"}]}}"#))

        #expect(world.profiles.count == 1)
        #expect(try kept("Email") == ["m@example.org"])
        #expect(try kept("ECID") == (1..<50).map(ecid))
    }

    @Test mutating func `what the message names stays, though others say more`() throws {
        let phones = (0..<49).map { #"{"id":"+\#($0)"}"# }
        for start in stride(from: 0, to: 49, by: 10) {
            let list = phones[start..<min(start + 10, 49)].joined(separator: ",")
            try world.send(world.record(#"{"identityMap":{"CRM":[{"id":"c"}],"Phone":[\#(list)]}}"#))
        }

        try world.send(world.record(#"{"identityMap":{"CRM":[{"id":"c"}],"ECID":[{"id":"\#(ecid(1))"}]}}"#))

        #expect(try kept("CRM") == ["c"])
        #expect(try kept("ECID") == [ecid(1)])
        #expect(try kept("Phone").first == "+1")
        #expect(try kept("Phone").count == 48)
    }

    @Test mutating func `a merge over the cap keeps by the same order`() throws {
        for person in 0..<2 {
            for number in 0..<30 {
                try world.send(
                    world.record(
                        #"{"identityMap":{"Phone":[{"id":"+\#(person)"}],"ECID":[{"id":"\#(ecid(person * 100 + number))"}]}}"#
                    )
                )
            }
        }

        try world.send(world.record(#"{"identityMap":{"Phone":[{"id":"+0"},{"id":"+1"}]}}"#))

        #expect(world.profiles.count == 1)
        #expect(try kept("Phone") == ["+0", "+1"])
        #expect(try kept("ECID") == (12..<30).map(ecid) + (100..<130).map(ecid))
        #expect(world.owners.values.count == 50)
    }

    @Test(arguments: [true, false]) func `the oldest of one instant is the one admitted first`(atOnce: Bool) throws {
        var world = World()
        func message(_ phone: String?, _ email: String?, _ ecids: Range<Int>) throws -> Message {
            let lists = [
                phone.map { #""Phone":[{"id":"\#($0)"}]"# }, email.map { #""Email":[{"id":"\#($0)"}]"# },
                ecids.isEmpty
                    ? nil : #""ECID":["# + ecids.map { #"{"id":"\#(ecid($0))"}"# }.joined(separator: ",") + "]",
            ]
            return try world.record(#"{"identityMap":{"# + lists.compactMap(\.self).joined(separator: ",") + "}}")
        }
        let messages = try [
            message("+1", nil, 100..<101), message(nil, "e@x.org", 200..<219), message("+1", nil, 101..<120),
            message("+1", nil, 120..<139), message("+1", "e@x.org", 0..<0),
        ]

        if atOnce { try world.decide(messages) } else { for message in messages { try world.send(message) } }

        let evicted = Set((100..<139).map(ecid) + (200..<219).map(ecid))
            .subtracting(world.owners.keys.filter { $0.namespace == "ECID" }.map(\.value))
        #expect(evicted == Set([ecid(100)] + (200..<209).map(ecid)))
    }

    @Test mutating func `what a dropped identity stated stays`() throws {
        for number in 0..<51 {
            try world.send(
                world.record(
                    #"{"identityMap":{"Email":[{"id":"m@example.org"}],"ECID":[{"id":"\#(ecid(number))","primary":true}]},"n\#(number)":1}"#
                )
            )
        }

        let stored = try #require(world.profiles.values.first)
        let snapshot = try ProfileSnapshot(
            stored,
            policy: World.policy,
            at: Timestamp(milliseconds: 0),
            paths: world.paths,
            datasets: world.datasets
        )
        #expect(try JSONDocument(parsing: snapshot.entity).root["n0"]?.int64 == 1)
    }
}
