import ActivationCore
import Testing

struct JSONDifferenceTests {
    private static func parts(_ before: String, _ after: String, bytesWhole: Int = .max) throws -> [String] {
        let difference = JSONDifference(
            from: try JSONValue(parsing: before),
            to: try JSONValue(parsing: after),
            bytesWhole: bytesWhole
        )
        return difference.parts.map { part in
            "/\(part.place.joined(separator: "/")) \(part.before?.text ?? "-") \(part.after?.text ?? "-")"
        }
    }

    @Test(arguments: [
        (#"{"a":1,"b":{"c":2}}"#, #"{"b":{"c":2},"a":1}"#, []),
        (#"{"a":1,"b":{"c":2}}"#, #"{"a":1.0,"b":{"c":3}}"#, ["/b/c 2 3"]),
        (#"{"a":1}"#, #"{"b":{"c":[]}}"#, ["/a 1 -", #"/b - {"c":[]}"#]),
        (#"{"a":{"b":1}}"#, #"{"a":[1]}"#, [#"/a {"b":1} [1]"#]),
        (#"{"a":null}"#, #"{}"#, ["/a null -"]),
        (#"{"\u00e9":1}"#, #"{"e\u0301":1}"#, ["/\u{e9} 1 -", "/e\u{301} - 1"]),
    ])
    func `members are told by their keys`(before: String, after: String, parts: [String]) throws {
        #expect(try Self.parts(before, after) == parts)
    }

    @Test(arguments: [
        // What goes does not change what follows.
        (#"["a","b","c"]"#, #"["b","c"]"#, [#"/0 "a" -"#]),
        (#"["b","c"]"#, #"["a","b","c"]"#, [#"/0 - "a""#]),
        // By id, wherever it stands.
        (
            #"[{"id":"1","n":1},{"id":"2","n":2}]"#, #"[{"id":"2","n":3}]"#,
            [#"/0 {"id":"1","n":1} -"#, "/1/n 2 3"]
        ),
        (
            #"[{"type":"t","value":{"path":"p","on":1}}]"#,
            #"[{"type":"t","value":{"path":"q"}},{"type":"t","value":{"path":"p"}}]"#,
            [#"/0 - {"type":"t","value":{"path":"q"}}"#, "/0/value/on 1 -"]
        ),
        // The same name twice.
        (#"[{"type":"lag","n":1},{"type":"lag","n":2}]"#, #"[{"type":"lag","n":1}]"#, [#"/1 {"type":"lag","n":2} -"#]),
        ("[]", "[[]]", ["/0 - []"]),
        (#"[{"a":1,"b":2}]"#, #"[{"b":2,"a":1}]"#, []),
    ])
    func `items are told by what names them`(before: String, after: String, parts: [String]) throws {
        #expect(try Self.parts(before, after) == parts)
    }

    @Test func `what is large is told part by part`() throws {
        #expect(
            try Self.parts(#"{}"#, #"{"a":{"b":[1,2],"c":"x"}}"#, bytesWhole: 10)
                == ["/a - {}", "/a/b - [1,2]", #"/a/c - "x""#]
        )
        #expect(try Self.parts(#"{"a":[10,[20]]}"#, "{}", bytesWhole: 4) == ["/a [] -", "/a/0 10 -", "/a/1 [20] -"])
    }

    @Test func `two long arrays without anything in common differ as wholes`() throws {
        let before = JSONValue.array((0..<1_000).map { .integer(Int64($0)) })
        let after = JSONValue.array((1_000..<2_000).map { .integer(Int64($0)) })

        let difference = JSONDifference(from: ["a": before], to: ["a": after])

        #expect(difference.parts == [JSONDifference.Part(place: ["a"], before: before, after: after)])
        // Their common ends do not count.
        let longer = JSONValue.array((before.array ?? []) + [.null])
        #expect(JSONDifference(from: before, to: longer).parts.map(\.place) == [["1000"]])
    }

    @Test func `the difference applied to what was gives what is`() throws {
        var generator = JSONGenerator(random: TestSeed.generator())
        var differing = 0
        for round in 0..<4_000 {
            let before = generator.value(depth: 5)
            // Mostly relatives: a stranger differs as a whole.
            let after = round.isMultiple(of: 10) ? generator.value(depth: 5) : generator.relative(of: before)
            let bytesWhole = round.isMultiple(of: 3) ? 8 : Int.max
            let difference = JSONDifference(from: before, to: after, bytesWhole: bytesWhole)
            differing += difference.isEmpty ? 0 : 1
            try #require(
                difference.applied(to: before) == after,
                "round \(round): \(before.text) to \(after.text) by \(difference.parts)"
            )
            try #require(difference.isEmpty == (before == after))
        }
        #expect(differing > 1_000)
    }
}

extension JSONGenerator {
    /// A value that has much in common with another.
    fileprivate mutating func relative(of value: JSONValue) -> JSONValue {
        if random.oneIn(6) { return self.value(depth: 2) }
        switch value {
        case .array(let items):
            var items = items.map { relative(of: $0) }
            if !items.isEmpty, random.oneIn(2) { items.remove(at: Int.random(in: 0..<items.count, using: &random)) }
            if random.oneIn(2) {
                let name = Int64.random(in: 0...3, using: &random)
                let item: JSONValue = ["id": .string("\(name)"), "v": self.value(depth: 1)]
                items.insert(item, at: Int.random(in: 0...items.count, using: &random))
            }
            return .array(items)
        case .object(let members):
            var changed = JSONObject()
            for (key, member) in members where !random.oneIn(5) { changed[key] = relative(of: member) }
            if random.oneIn(4) { changed[string()] = self.value(depth: 1) }
            return .object(changed)
        default: return value
        }
    }
}

extension JSONDifference {
    /// What the difference makes of a value; nil when it does not fit.
    fileprivate func applied(to before: JSONValue) -> JSONValue? {
        var value: JSONValue? = before
        let changed = parts.filter { $0.before != nil && $0.after != nil }
        let gone = parts.filter { $0.after == nil }.reversed()
        let come = parts.filter { $0.before == nil }
        for part in changed { value = value?.edited(part.place[...]) { $0 == part.before ? part.after : nil } }
        for part in gone { value = value?.edited(part.place[...], removes: true) { $0 == part.before ? $0 : nil } }
        for part in come { value = value?.inserting(part.after, at: part.place[...]) }
        return value
    }
}

extension JSONValue {
    /// The value with the part at a place edited or taken out; nil when it is not there or the edit refuses.
    fileprivate func edited(
        _ place: ArraySlice<String>,
        removes: Bool = false,
        _ edit: (JSONValue) -> JSONValue?
    ) -> JSONValue? {
        guard let key = place.first else { return edit(self) }
        let rest = place.dropFirst()
        switch self {
        case .object(var members):
            guard let member = members[key], let new = member.edited(rest, removes: removes, edit) else { return nil }
            members[key] = new
            if removes && rest.isEmpty { members.removeValue(forKey: key) }
            return .object(members)
        case .array(var items):
            guard let index = Int(key), items.indices.contains(index),
                let new = items[index].edited(rest, removes: removes, edit)
            else { return nil }
            if removes && rest.isEmpty { items.remove(at: index) } else { items[index] = new }
            return .array(items)
        default: return nil
        }
    }

    fileprivate func inserting(_ new: JSONValue?, at place: ArraySlice<String>) -> JSONValue? {
        guard let key = place.first, let new else { return nil }
        let rest = place.dropFirst()
        switch self {
        case .object(var members):
            if rest.isEmpty {
                guard members[key] == nil else { return nil }
                members[key] = new
            } else {
                guard let member = members[key]?.inserting(new, at: rest) else { return nil }
                members[key] = member
            }
            return .object(members)
        case .array(var items):
            guard let index = Int(key) else { return nil }
            if rest.isEmpty {
                guard (0...items.count).contains(index) else { return nil }
                items.insert(new, at: index)
            } else {
                guard items.indices.contains(index), let item = items[index].inserting(new, at: rest) else {
                    return nil
                }
                items[index] = item
            }
            return .array(items)
        default: return nil
        }
    }
}
