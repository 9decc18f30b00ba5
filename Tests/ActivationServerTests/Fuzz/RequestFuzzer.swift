import ActivationCore
import TestSupport

@testable import ActivationServer

/// Makes requests that are nearly right: members, operations and items of the API with something else in them.
struct RequestFuzzer {
    private var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    // MARK: Choices

    mutating func number(_ range: Range<Int>) -> Int {
        Int.random(in: range, using: &random)
    }

    mutating func oneIn(_ times: Int) -> Bool {
        number(0..<times) == 0
    }

    mutating func pick<Element>(_ items: [Element]) -> Element {
        items[number(0..<items.count)]
    }

    private static let texts = [
        "", "a", "name", "é", "e\u{301}", "😀", "\u{0}", "\u{7f}", "..", "/", "//", "~", "~0", "~1", "~2", "-", "0", "1",
        "01",
        "-1", "999999999999999999999", "true", "False", "null", "[]", "{}", "%", "%zz", "%2B", "+", " ", "a b", "*",
        "W/\"x\"", "enabled", "disabled", "delete-finalizing", "GeneralTransform", "JSON_PATH", "PLATFORM_SEGMENT",
        "EXISTS", "ups", "PQL", "pql/text", "pql/json", "_xdm.context.profile", "1.0", "json", "cbor", "eu-west-1",
        "86043421-563b-46ec-8e6c-e23184711bf6", "8a9c3494-9708-43d7-ae3f-cda01e5030e1",
        "71471eba-b620-49e4-90fd-23f1fa0174d8", "00000000-0000-0000-0000-000000000000", "person.name.firstName",
        "segmentMembership", "identityMap", "a.b", "a..b", "a[0]", "Email", "COOKIE", "@/dataSets/x",
    ]

    mutating func text() -> String {
        if oneIn(12) { return String(repeating: pick(RequestFuzzer.texts), count: number(1..<600)) }
        return (0..<number(1..<3)).map { _ in pick(RequestFuzzer.texts) }.joined()
    }

    mutating func value(depth: Int = 3) -> JSONValue {
        switch number(0..<(depth > 0 ? 9 : 6)) {
        case 0: return .null
        case 1: return .bool(oneIn(2))
        case 2: return .integer(Int64(number(-3..<1_200)))
        case 3: return .number(text: pick(["1.5", "1e300", "-0.0", "123456789012345678901234567890"]))
        case 4, 5: return .string(text())
        case 6: return .array((0..<number(0..<4)).map { _ in value(depth: depth - 1) })
        default:
            var object = JSONObject()
            for _ in 0..<number(0..<4) { object[text()] = value(depth: depth - 1) }
            return .object(object)
        }
    }

    /// The value with a few members or items taken away, added or replaced, anywhere.
    mutating func mutated(_ value: JSONValue) -> JSONValue {
        var value = value
        for _ in 0..<number(0..<3) { mutate(&value) }
        return value
    }

    private mutating func mutate(_ value: inout JSONValue) {
        if oneIn(6) {
            value = self.value()
            return
        }
        switch value {
        case .object(var object):
            let keys = Array(object.keys)
            guard !keys.isEmpty, !oneIn(4) else {
                object[text()] = self.value()
                value = .object(object)
                return
            }
            let key = pick(keys)
            if oneIn(5) {
                object.removeValue(forKey: key)
            } else {
                var child = object[key] ?? .null
                mutate(&child)
                object[key] = child
            }
            value = .object(object)
        case .array(var items):
            guard !items.isEmpty, !oneIn(4) else {
                value = .array(items + [self.value()])
                return
            }
            let index = number(0..<items.count)
            if oneIn(5) { items.append(items[index]) } else { mutate(&items[index]) }
            value = .array(items)
        default:
            value = self.value()
        }
    }

    /// The bytes of a document, once in a while with some of them damaged.
    mutating func bytes(_ value: JSONValue) -> [UInt8] {
        var bytes = Array(value.text.utf8)
        guard oneIn(8), !bytes.isEmpty else { return bytes }
        for _ in 0..<number(1..<4) {
            let place = number(0..<bytes.count)
            switch number(0..<3) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: place)
            default: bytes.removeSubrange(place..<min(bytes.count, place + number(1..<9)))
            }
            if bytes.isEmpty { return [UInt8(ascii: "{")] }
        }
        return bytes
    }

    // MARK: Documents of the API

    /// A JSON Patch of places that exist, nearly exist or do not.
    mutating func patch(audiences: [String]) -> JSONValue {
        let selectors = ["profileSelectors", "segmentSelectors"].map { "/transformations/0/params/\($0)/selectors" }
        var operations: [JSONValue] = []
        for _ in 0..<(oneIn(2) ? 1 : number(1..<5)) {
            var path = pick([
                "/name", "/description", "/state", "/transformations", "/transformations/0", "", "/", "/id",
            ])
            if oneIn(2) {
                path = pick(selectors) + pick(["", "/-", "/0", "/1", "/01", "/0/value", "/0/value/id", "/0/type"])
            }
            if oneIn(8) { path += "/" + text() }
            let selector: JSONValue =
                oneIn(2)
                ? ["type": "PLATFORM_SEGMENT", "value": ["id": .string(pick(audiences))]]
                : ["type": "JSON_PATH", "value": ["path": .string(pick(["person.name", "a.b.c", text()]))]]
            var operation: JSONObject = [
                "op": .string(oneIn(10) ? text() : pick(["add", "Add", "replace", "REMOVE", "remove"])),
                "path": .string(path),
            ]
            if !oneIn(5) { operation["value"] = oneIn(2) ? selector : oneIn(2) ? .string(text()) : value() }
            operations.append(.object(operation))
        }
        return oneIn(5) ? mutated(.array(operations)) : .array(operations)
    }

    private static let rules = [
        "a", "person.name.firstName", "=", "!=", "<", ">", "and", "or", "not", "(", ")", "[", "]", "\"x\"", "\"", "'y'",
        "1",
        "1.5", "-", ".", ",", "in", "like", "matches", "exists", "isNull", "true", "null", "inSegment(", "xEvent",
        "select", "from", "where", "CHAIN(", "count(", "occurs", "<=", "days", "before", "now", "today", "@", "#", "\\",
        "\n",
        "é", "😀", "\u{0}", "C0", ":", "{", "}", "timestamp", "sum(", "topN(", "forall", "if",
    ]

    mutating func rule() -> String {
        if oneIn(3) { return pick(["a = 1", "person.age > 18", "inSegment(\"one\")", "exists(a.b)"]) }
        return (0..<number(1..<12)).map { _ in pick(RequestFuzzer.rules) }.joined(separator: oneIn(4) ? "" : " ")
    }

    /// A segment definition with something else in it.
    mutating func definition() -> JSONValue {
        mutated([
            "name": .string(oneIn(2) ? "fuzz \(number(0..<1_000_000))" : text()), "description": .string(text()),
            "expression": ["type": "PQL", "format": "pql/text", "value": .string(rule())],
            "profileInstanceId": "ups", "schema": ["name": "_xdm.context.profile"],
            "evaluationInfo": ["continuous": ["enabled": .bool(oneIn(2))]], "creationTime": 1, "ttlInDays": 30,
        ])
    }

    private static let items = [
        "property", "orderby", "orderBy", "limit", "count", "continuationToken", "projectionFields", "start", "page",
        "sort",
        "default", "op", "if-match", "schema.name", "relatedSchema.name", "entityId", "entityIdNS", "relatedEntityId",
        "relatedEntityIdNS", "fields", "mergePolicyId", "startTime", "endTime", "offsets", "dataset", "syncValidation",
        "evaluationInfo.batch.enabled", "evaluationInfo.continuous.enabled",
    ]
    private static let values = [
        "true", "FALSE", "False", "0", "1", "20", "100", "101", "-1", "name", "+name", "-name", "%2Bname", "%20name",
        "name==a", "name!=a,b", "createdAt>=1", "createdAt>1,2", "state~x", "a[].b==1", "==", "id", "updateTime:desc",
        "name:up", "_xdm.context.profile", "_xdm.context.experienceevent", "+timestamp", "-timestamp", "Email",
        "a%40x.org", "W10", "WyJmbG93cyIsIiIsbnVsbCwwLCJ4Il0", "name,flowSpec.id", "..", "enable", "%", "%4", "%ff",
        "%00",
        "%F0%9F%98%80", "9223372036854775807", "9223372036854775808", "",
    ]

    /// The query of a request, in whichever encoding.
    mutating func query() -> String {
        (0..<number(0..<5)).map { _ in
            let name = oneIn(12) ? text().percentEncoded() : pick(RequestFuzzer.items)
            let value = oneIn(4) ? text().percentEncoded() : pick(RequestFuzzer.values)
            return oneIn(20) ? name : "\(name)=\(value)"
        }.joined(separator: oneIn(20) ? "&&" : "&")
    }
}
