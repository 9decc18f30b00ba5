@testable import ActivationCore

/// Makes expressions from the grammar, from the worked examples and by damaging either; and profiles to try them on.
struct PQLCorpus {
    private static let fields = [
        "a", "b", "a.b", "a.c", "d", "d.e", "d.e.f", "n", "s", "t", "flag", "list", "items", "items.k",
    ]

    mutating func expression(_ random: inout SplitMix64) -> String {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<6: return PQLCorpus.node(&random, depth: Int.random(in: 1...5, using: &random))
        case 6: return random.pick(examples.map(\.text))
        case 7: return PQLCorpus.damaged(random.pick(examples.map(\.text)), &random)
        default: return PQLCorpus.damaged(PQLCorpus.node(&random, depth: 3), &random)
        }
    }

    static func isDeep(_ expression: PQLExpression) -> Bool {
        expression.text.utf8.count { [40, 91, 123, 33, 45].contains($0) } + expression.text.utf8.count / 8 > 30
    }

    // MARK: Grammar

    private static func node(_ random: inout SplitMix64, depth: Int) -> String {
        if depth == 0 { return leaf(&random) }
        func sub(_ random: inout SplitMix64) -> String { node(&random, depth: depth - 1) }
        let arrays = ["list", "items", "xEvent", "d.list", "[1, \"x\", null]", "identityMap.get(\"Email\")"]
        switch Int.random(in: 0..<27, using: &random) {
        case 0, 1: return "\(path(&random)) \(random.pick(["=", "!=", "<", "<=", ">", ">="])) \(literal(&random))"
        case 2: return "\(leaf(&random)) \(random.pick(["=", "!=", "<", "<=", ">", ">="])) \(sub(&random))"
        case 3: return "(\(sub(&random)) \(random.pick(["and", "or", "AND", "Or"])) \(sub(&random)))"
        case 4: return "\(random.pick(["not ", "!"]))(\(sub(&random)))"
        case 5: return "(\(sub(&random)) \(random.pick(["+", "-", "*", "/", "%"])) \(sub(&random)))"
        case 6: return "-\(leaf(&random))"
        case 7: return "\(path(&random)) \(random.pick(["in", "notIn"])) [\(literal(&random)), \(literal(&random))]"
        case 8: return "(\(sub(&random))) \(random.pick(["in", "notIn", "like"])) (\(sub(&random)))"
        case 9: return "\(path(&random)).\(random.pick(textFunctions))(\(literal(&random)))"
        case 10:
            return "\(path(&random)).\(random.pick(textFunctions))(\(sub(&random)), \(random.pick(["true", "false"])))"
        case 11:
            return
                "\(path(&random)).\(random.pick(["isNull", "isNotNull", "head", "count", "sum", "distinct", "keys", "values", "max", "getYear"]))()"
        case 12:
            return
                "\(random.pick(arrays)).\(random.pick(["filter", "map", "groupBy", "sum", "min", "exists", "forall"]))(\(sub(&random)))"
        case 13:
            return
                "\(random.pick(arrays))[\(sub(&random))].\(random.pick(["k", "v", "count()", "head().k", "timestamp"]))"
        case 14:
            return
                "\(random.pick(["exists", "forall", "select"])) E from \(random.pick(arrays)) where (\(sub(&random)))"
        case 15:
            return
                "(exists E from \(random.pick(arrays)) : E.k = \(literal(&random)), L from E.v where \(sub(&random)))"
        case 16:
            return
                "(\(random.pick(["sum", "count", "average", "min", "max"])) \(leaf(&random)) over E from \(random.pick(arrays)))"
        case 17: return "let E = (\(sub(&random))) in (\(sub(&random)))"
        case 18: return "if(\(sub(&random)), \(sub(&random)), \(sub(&random)))"
        case 19:
            return
                "\(random.pick(arrays)).\(random.pick(["topN", "bottomN"]))(\(leaf(&random)), \(random.pick(["1", "2", "n"])))"
        case 20:
            return
                "\(random.pick(arrays)).\(random.pick(["intersects", "subsetOf", "supersetOf", "intersection", "includes"]))(\(sub(&random)))"
        case 21: return "\(path(&random)).\(random.pick(["matches(\"^a|1\")", "regexGroup(\"(.)x?\")", "matches(s)"]))"
        case 22: return "\(random.pick(arrays)).groupBy(k).map((K, G) => mapEntry(K, \(sub(&random))))"
        case 23: return "(\(leaf(&random))) occurs \(when(&random))"
        case 24: return chain(&random, depth: depth)
        case 25: return "[\(sub(&random)), \(sub(&random))]"
        default: return "{\"a\": \(sub(&random)), b: \(literal(&random))}"
        }
    }

    private static let textFunctions = [
        "equals", "notEqualTo", "startsWith", "endsWith", "contains", "doesNotStartWith", "doesNotEndWith",
        "doesNotContain",
    ]

    private static func path(_ random: inout SplitMix64) -> String { random.pick(fields) }

    private static func literal(_ random: inout SplitMix64) -> String {
        random.pick([
            "1", "0", "2.5", "-1", "\"x\"", "\"\"", "\"1\"", "true", "false", "9007199254740993", "\"2026-01-01\"",
            "\"é\"",
            "\"a\\\"b\"", "-0.0", "1.0",
        ])
    }

    private static func leaf(_ random: inout SplitMix64) -> String {
        switch Int.random(in: 0..<8, using: &random) {
        case 0..<3: path(&random)
        case 3, 4: literal(&random)
        case 5:
            random.pick([
                "E.k", "E.v", "E", "^k", "^^n", "this", "k", "v", "timestamp", "xEvent", "$1", "G", "identityMap",
            ])
        case 6:
            random.pick(["date(2026, 1, 1)", "now", "today", "[]", "{}", "inSegment(\"s\")", "currentYear()", "null"])
        default: random.pick(["`a`", "`in`.x", "a[\"b\"]", "d[\"e\"].f", "segmentMembership.ups", "$1.a.b", "this.s"])
        }
    }

    private static func when(_ random: inout SplitMix64) -> String {
        let times = [
            "now", "today", "date(2026, 1, 1)", "last week", "this year", "next century", "t", "\"2026-01-01\"",
        ]
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            return
                "\(random.pick(["<", "<=", ">", ">=", "=", "!=", ""])) 3 \(random.pick(["days", "months", "hours", "week", "millennia"])) \(random.pick(["before", "after", "from"])) \(random.pick(times))"
        case 1: return "\(random.pick(["before", "after", "from"])) \(random.pick(times))"
        case 2: return "between \(random.pick(times)) and \(random.pick(times))"
        default: return "\(random.pick(["on ", ""]))\(random.pick(times))"
        }
    }

    private static func chain(_ random: inout SplitMix64, depth: Int) -> String {
        let steps = (0..<Int.random(in: 1...3, using: &random)).map { index in
            var step = "\(random.chance(20) ? "not " : "")S\(index): WHAT(\(node(&random, depth: depth - 1)))"
            if random.chance(30) { step += " WHEN(\(random.chance(50) ? "< 2 days after S0" : when(&random)))" }
            if random.chance(30) { step += " WHERE(S\(index).k = S0.k)" }
            if random.chance(30) {
                step += " COUNT(\(random.pick(["1", "2", "<= 1", "= 0", "between 1 and 2", "> 0"])))"
            }
            return step
        }
        return "CHAIN(\(random.pick(["xEvent", "items"])), timestamp, [\(steps.joined(separator: ", "))])"
    }

    // MARK: Damage

    private static let splinters = [
        "(", ")", "[", "]", "{", "}", "\"", "\\", "^", ".", ",", "=>", "=", "!", "-", "over", " in ", " and ",
        "let x = ",
        "exists E from ", "`", "@", "$1", "é", "/*", "//", "\n", "1.5e3", "0", "\\u00e9", "not ", " where ", "sum ",
        "\u{0}", "😀",
    ]

    private static func damaged(_ text: String, _ random: inout SplitMix64) -> String {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...6, using: &random)))
            case 1: bytes.insert(contentsOf: random.pick(splinters).utf8, at: place)
            case 2:
                let end = min(bytes.count, place + 20)
                bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...place, using: &random))
            case 3: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
            default:
                let splinter = Array(random.pick(splinters).utf8)
                for _ in 0..<Int.random(in: 1...70, using: &random) { bytes.insert(contentsOf: splinter, at: place) }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Profiles

    static func profile(_ random: inout SplitMix64) throws -> PQLProfile {
        let events = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            "{\"k\": \(json(&random)), \"v\": \(json(&random)), \"n\": 1, \"timestamp\": \"2026-0\(Int.random(in: 1...3, using: &random))-01T00:00:00Z\"}"
        }
        let text = """
            {"a": \(json(&random)), "b": \(json(&random)), "d": {"e": \(json(&random)), "list": [1, 2]}, "n": \(json(&random)),
            "s": \(json(&random)), "t": "2026-02-01T00:00:00Z", "flag": true, "list": [\(json(&random)), \(json(&random))],
            "items": [{"k": \(json(&random)), "v": \(json(&random))}, {"k": 1, "v": [1, 2], "timestamp": "2026-01-01T00:00:00Z"}, null],
            "identityMap": {"Email": [{"id": "x"}, {"id": "y"}], "ECID": [{"id": "1"}]},
            "segmentMembership": {"ups": {"00000000-0000-0001-0000-000000000001": {"status": "realized"}}},
            "xEvent": [\(events.joined(separator: ","))]}
            """
        return try PQLProfile(fromXDM: JSONDocument(parsing: text), now: Timestamp(milliseconds: 1_770_000_000_000))
    }

    private static func json(_ random: inout SplitMix64) -> String {
        random.pick([
            "null", "true", "false", "0", "1", "-1", "2.5", "1.0", "-0.0", "1e400", "9007199254740993", "\"x\"", "\"\"",
            "\"a\\\"b\"",
            "\"2026-01-01\"", "\"é\"", "[]", "[1]", "[\"x\", null, 2.5]", "[[1], {\"b\": 1}]", "{}",
            "{\"b\": 1, \"c\": \"x\"}",
            "{\"b\": [1, \"x\"], \"k\": 1}", "[{\"b\": 1}, {\"b\": [2, 3]}]", "{\"f\": {\"f\": null}}",
        ])
    }
}

extension SplitMix64 {
    fileprivate mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    fileprivate mutating func pick(_ words: [String]) -> String { words[Int.random(in: 0..<words.count, using: &self)] }
}
