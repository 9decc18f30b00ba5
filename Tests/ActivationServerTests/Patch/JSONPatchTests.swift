import ActivationCore
import TestSupport
import Testing

@testable import ActivationServer

/// RFC 6902's own examples as far as the operations are accepted, and what random patches may never do.
struct JSONPatchTests {
    private static func apply(_ patch: String, to document: String) throws -> JSONValue {
        try JSONPatch(JSONValue(parsing: patch)).apply(to: JSONValue(parsing: document))
    }

    // Appendix A of RFC 6902, by section.
    @Test(arguments: [
        ("A.1", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux"}]"#, #"{"baz":"qux","foo":"bar"}"#),
        (
            "A.2", #"{"foo":["bar","baz"]}"#, #"[{"op":"add","path":"/foo/1","value":"qux"}]"#,
            #"{"foo":["bar","qux","baz"]}"#
        ),
        ("A.3", #"{"baz":"qux","foo":"bar"}"#, #"[{"op":"remove","path":"/baz"}]"#, #"{"foo":"bar"}"#),
        ("A.4", #"{"foo":["bar","qux","baz"]}"#, #"[{"op":"remove","path":"/foo/1"}]"#, #"{"foo":["bar","baz"]}"#),
        (
            "A.5", #"{"baz":"qux","foo":"bar"}"#, #"[{"op":"replace","path":"/baz","value":"boo"}]"#,
            #"{"baz":"boo","foo":"bar"}"#
        ),
        (
            "A.10", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/child","value":{"grandchild":{}}}]"#,
            #"{"foo":"bar","child":{"grandchild":{}}}"#
        ),
        (
            "A.11", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux","xyz":123}]"#,
            #"{"foo":"bar","baz":"qux"}"#
        ),
        (
            "A.16", #"{"foo":["bar"]}"#, #"[{"op":"add","path":"/foo/-","value":["abc","def"]}]"#,
            #"{"foo":["bar",["abc","def"]]}"#
        ),
        (
            "4.1 add replaces a member", #"{"a":1}"#, #"[{"op":"add","path":"/a","value":2}]"#, #"{"a":2}"#
        ),
        ("4.1 add at the end", "[1,2]", #"[{"op":"add","path":"/2","value":3}]"#, "[1,2,3]"),
        ("4.1 the whole document", #"{"a":1}"#, #"[{"op":"add","path":"","value":7}]"#, "7"),
        ("3 escaped keys", #"{"a/b":1,"m~n":2}"#, #"[{"op":"remove","path":"/a~1b"}]"#, #"{"m~n":2}"#),
        ("3 ~01 is ~1", #"{"~1":1}"#, #"[{"op":"replace","path":"/~01","value":2}]"#, #"{"~1":2}"#),
        ("an empty key", #"{"":1}"#, #"[{"op":"replace","path":"/","value":2}]"#, #"{"":2}"#),
        ("op without case", #"{"a":1}"#, #"[{"op":"Add","path":"/b","value":2}]"#, #"{"a":1,"b":2}"#),
        ("null is a value", #"{"a":1}"#, #"[{"op":"replace","path":"/a","value":null}]"#, #"{"a":null}"#),
        (
            "operations in order", #"{"a":[1,2,3]}"#, #"[{"op":"remove","path":"/a/0"},{"op":"remove","path":"/a/1"}]"#,
            #"{"a":[2]}"#
        ),
        (
            "inside arrays of objects", #"{"a":[{"b":1},{"b":2}]}"#, #"[{"op":"replace","path":"/a/1/b","value":3}]"#,
            #"{"a":[{"b":1},{"b":3}]}"#
        ),
    ])
    func `the standard's examples`(name: String, document: String, patch: String, expected: String) throws {
        let result = try JSONPatchTests.apply(patch, to: document)

        #expect(try result == JSONValue(parsing: expected), "\(name)")
    }

    @Test(arguments: [
        ("A.12 parent missing", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz/bat","value":"qux"}]"#, "1455-400"),
        ("beyond the end", #"{"a":[1]}"#, #"[{"op":"add","path":"/a/2","value":1}]"#, "1455-400"),
        ("- of replace", #"{"a":[1]}"#, #"[{"op":"replace","path":"/a/-","value":1}]"#, "1455-400"),
        ("- of remove", #"{"a":[1]}"#, #"[{"op":"remove","path":"/a/-"}]"#, "1455-400"),
        ("leading zero", #"{"a":[1,2]}"#, #"[{"op":"remove","path":"/a/01"}]"#, "1455-400"),
        ("sign", #"{"a":[1,2]}"#, #"[{"op":"remove","path":"/a/+1"}]"#, "1455-400"),
        ("huge index", #"{"a":[1]}"#, #"[{"op":"remove","path":"/a/99999999999999999999"}]"#, "1455-400"),
        ("empty index", #"{"a":[1]}"#, #"[{"op":"remove","path":"/a/"}]"#, "1455-400"),
        ("key of a string", #"{"a":"x"}"#, #"[{"op":"add","path":"/a/b","value":1}]"#, "1455-400"),
        ("remove of nothing", #"{"a":1}"#, #"[{"op":"remove","path":"/b"}]"#, "1455-400"),
        ("replace of nothing", #"{"a":1}"#, #"[{"op":"replace","path":"/b","value":1}]"#, "1455-400"),
        ("remove of all", #"{"a":1}"#, #"[{"op":"remove","path":""}]"#, "1411-400"),
        ("move", #"{"a":1}"#, #"[{"op":"move","from":"/a","path":"/b"}]"#, "1434-400"),
        ("copy", #"{"a":1}"#, #"[{"op":"copy","from":"/a","path":"/b"}]"#, "1434-400"),
        ("test", #"{"a":1}"#, #"[{"op":"test","path":"/a","value":1}]"#, "1434-400"),
    ])
    func `what cannot be applied is refused`(name: String, document: String, patch: String, code: String) throws {
        let error = #expect(throws: APIError.self) { try JSONPatchTests.apply(patch, to: document) }

        #expect(error?.code.rawValue == code, "\(name)")
    }

    @Test func `too many operations and too deep paths are refused`() throws {
        let operation: JSONValue = ["op": "add", "path": "/a", "value": 1]
        let many = JSONValue.array(Array(repeating: operation, count: ServerLimits.patchOperationsMax + 1))
        let deep: JSONValue = [
            ["op": "add", "path": .string(String(repeating: "/a", count: 65)), "value": 1]
        ]

        #expect(throws: APIError.self) { try JSONPatch(many) }
        #expect(throws: APIError.self) { try JSONPatch(deep) }
    }

    @Test func `pointers read and write alike`() throws {
        for text in ["", "/", "/a", "/a~1b/~0c/0/-", "/ü/ ", "/\u{301}name", "/a/\u{301}-"] {
            #expect(try JSONPointer(parsing: text).text == text)
        }
        // A mark that combines with the slash before it belongs to the key.
        #expect(
            try JSONPointer(parsing: "/\u{301}name").tokens.map { Array($0.utf8) } == [
                [0xCC, 0x81] + Array("name".utf8)
            ]
        )
    }

    /// Whatever is sent: an answer or an error; and what `add` put there is there, what `remove` took is gone.
    @Test func `random patches never crash and mean what they say`() throws {
        let seed = TestSeed.next()
        var random = SeededGenerator(seed: seed)
        var applied = 0
        for round in 0..<20_000 {
            let document = JSONPatchTests.value(&random, depth: 3)
            let patch = JSONPatchTests.patch(&random)
            // Refusals are answers too; only a crash would be none.
            guard let result = try? JSONPatch(patch).apply(to: document) else { continue }
            applied += 1
            // What comes out is a document like any other.
            #expect(try JSONValue(parsing: result.text) == result, "seed \(seed), round \(round)")
            guard let operations = patch.array, operations.count == 1, let path = operations[0]["path"]?.string else {
                continue
            }
            let found = JSONPatchTests.look(up: path, in: result)
            switch operations[0]["op"]?.string?.lowercased() {
            case "remove":
                let isObjectMember = JSONPatchTests.look(up: JSONPatchTests.parent(path), in: document)?.object != nil
                if isObjectMember { #expect(found == nil, "seed \(seed), round \(round)") }
            default:
                if !path.hasSuffix("/-") {
                    #expect(found == operations[0]["value"], "seed \(seed), round \(round)")
                }
            }
        }
        #expect(applied > 1_000, "seed \(seed): the generator makes patches that apply")
    }

    private static let keys = ["a", "b", "0", "1", "-", "", "~", "/", "value", "id"]

    private static func value(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &random) {
        case 0: return .null
        case 1: return .integer(Int64.random(in: -3...3, using: &random))
        case 2: return .string(keys[Int.random(in: 0..<keys.count, using: &random)])
        case 3: return .bool(Bool.random(using: &random))
        case 4:
            return .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in value(&random, depth: depth - 1) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0..<4, using: &random) {
                object[keys[Int.random(in: 0..<keys.count, using: &random)]] = value(&random, depth: depth - 1)
            }
            return .object(object)
        }
    }

    private static func patch(_ random: inout SeededGenerator) -> JSONValue {
        if Int.random(in: 0..<20, using: &random) == 0 { return value(&random, depth: 2) }
        let words = ["add", "replace", "remove", "ADD", "Remove", "move", "", "add", "remove"]
        let operations = (0..<Int.random(in: 1..<3, using: &random)).map { _ -> JSONValue in
            var operation = JSONObject()
            operation["op"] = .string(words[Int.random(in: 0..<words.count, using: &random)])
            operation["path"] = .string(path(&random))
            if Int.random(in: 0..<10, using: &random) > 0 { operation["value"] = value(&random, depth: 2) }
            return .object(operation)
        }
        return .array(operations)
    }

    private static func path(_ random: inout SeededGenerator) -> String {
        if Int.random(in: 0..<30, using: &random) == 0 { return "~" }
        return (0..<Int.random(in: 0..<4, using: &random)).map { _ in
            "/" + keys[Int.random(in: 0..<keys.count, using: &random)].escapedForPointer
        }.joined()
    }

    private static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    /// A second, simpler reading of pointers than the one under test.
    private static func look(up path: String, in document: JSONValue) -> JSONValue? {
        var place: JSONValue? = document
        for token in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let key = token.unescapedFromPointer
            if let items = place?.array {
                place = Int(key).flatMap { items.indices.contains($0) ? items[$0] : nil }
            } else {
                place = place?[key]
            }
        }
        return place
    }
}

extension String {
    fileprivate var escapedForPointer: String {
        reduce(into: "") { text, character in
            text += character == "~" ? "~0" : character == "/" ? "~1" : String(character)
        }
    }
}

extension Substring {
    fileprivate var unescapedFromPointer: String {
        var text = ""
        var isEscape = false
        for character in self {
            if isEscape {
                text += character == "0" ? "~" : "/"
                isEscape = false
            } else if character == "~" {
                isEscape = true
            } else {
                text.append(character)
            }
        }
        return text
    }
}
