import ActivationCore
import Testing

struct JSONValueTests {
    @Test func `literals build the value that their text describes`() throws {
        let value: JSONValue = [
            "name": "Ann", "age": 41, "rate": 0.25, "whole": 3.0, "tags": ["a", nil, true], "empty": [:], "none": [],
        ]

        let text = #"{"name":"Ann","age":41,"rate":0.25,"whole":3,"tags":["a",null,true],"empty":{},"none":[]}"#
        #expect(value.text == text)
        #expect(try JSONValue(parsing: text) == value)
        #expect(try JSONValue(parsing: Array(text.utf8)) == value)
    }

    @Test func `members are read, replaced in place, appended and removed`() {
        var value: JSONValue = ["a": 1, "b": 2, "c": 3]

        value["b"] = "two"
        value["d"] = nil
        value["e"] = .null
        value["a"] = nil

        #expect(value.text == #"{"b":"two","c":3,"e":null}"#)
        #expect(value["b"]?.string == "two")
        #expect(value["a"] == nil)
        #expect(value["e"]?.isNull == true)
        #expect(value.object?.keys == ["b", "c", "e"])
        #expect(value.object?.count == 3)
    }

    @Test func `setting a member of what is no object makes it one, removing does nothing`() {
        var value: JSONValue = [1]

        value["a"] = nil
        #expect(value == [1])

        value["a"] = 1
        #expect(value == ["a": 1])
    }

    @Test func `an object keeps its order and removes by key`() {
        var object: JSONObject = ["x": 1, "y": 2, "x": 3]

        #expect(object.map(\.key) == ["x", "y"])
        #expect(object.removeValue(forKey: "x") == 3)
        #expect(object.removeValue(forKey: "x") == nil)
        #expect(object == ["y": 2])
        #expect(object["e\u{301}"] == nil)
        object["e\u{301}"] = 1
        #expect(object["\u{e9}"] == nil)
    }

    @Test func `an object of many members is read, changed and kept in order like one of few`() {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        var random = SplitMix64(seed: seed)
        for keys in [3, 16, 17, 60] {
            var object = JSONObject()
            var model: [(key: String, value: Int)] = []
            for step in 0..<2_000 {
                let key = "k\(Int.random(in: 0..<keys, using: &random))"
                let place = model.firstIndex { $0.key == key }
                #expect(object[key]?.int64 == place.map { Int64(model[$0].value) })
                if Bool.random(using: &random) {
                    object[key] = .integer(Int64(step))
                    if let place { model[place].value = step } else { model.append((key, step)) }
                } else {
                    let removed = object.removeValue(forKey: key)
                    #expect(removed?.int64 == place.map { Int64(model.remove(at: $0).value) })
                }
                #expect(object.keys == model.map(\.key))
            }
            #expect(object.map { $0.value.int64 } == model.map { Int64($0.value) })
        }
    }

    /// Looking at every key for each one would take a quarter of an hour.
    @Test(.timeLimit(.minutes(12))) func `the cost of a member does not grow with how many there are`() throws {
        let count = 200_000
        var object = JSONObject()
        for number in 0..<count { object["k\(number)"] = .integer(Int64(number)) }
        let read = try JSONValue(parsing: JSONValue.object(object).text)
        #expect((0..<count).allSatisfy { read["k\($0)"]?.int64 == Int64($0) })
    }

    @Test func `each kind gives its own value and nil for every other`() {
        #expect(JSONValue.integer(5).double == 5)
        #expect(JSONValue.number(text: "1e2").double == 100)
        #expect(JSONValue.number(text: "1e2").int64 == nil)
        #expect(JSONValue.number(text: "1e999").double == nil)
        #expect(JSONValue.string("5").int64 == nil)
        #expect(JSONValue.bool(true).bool == true)
        #expect(JSONValue.null.bool == nil)
        #expect((["a"] as JSONValue)[0]?.string == "a")
        #expect((["a"] as JSONValue)[1] == nil)
        #expect((["a"] as JSONValue)[-1] == nil)
        #expect((["a": 1] as JSONValue)[0] == nil)
        #expect((["a"] as JSONValue).array?.count == 1)
    }

    @Test func `a double becomes the number it is`() {
        #expect(JSONValue(3.0).text == "3")
        #expect(JSONValue(3.0).int64 == 3)
        #expect(JSONValue(-0.5) == .number(text: "-0.5"))
        #expect(JSONValue(1e300).double == 1e300)
    }

    @Test func `the deepest document that can be asked for is read, copied, compared and written`() throws {
        let text = String(repeating: "{\"a\":[", count: 256) + String(repeating: "]}", count: 256)
        let document = try JSONDocument(parsing: text, depthMax: .max)
        let other = try JSONDocument(parsing: text.replacing("[]", with: "[ ]"), depthMax: 512)

        let value = JSONValue(document.root)

        #expect(document.root.isSame(as: other.root))
        #expect(value == JSONValue(other.root))
        #expect(value.text == text)
    }

    @Test func `what is written reads back equal, however it was spelt`() throws {
        var generator = JSONGenerator(random: TestSeed.generator())
        for _ in 0..<3_000 {
            let value = generator.value(depth: 5)
            let text = generator.spell(value)

            let document = try JSONDocument(parsing: text)

            var written: [UInt8] = []
            value.write(to: &written)
            #expect(document.text == written)
            #expect(JSONValue(document.root) == value)
            #expect(try JSONValue(parsing: written) == value)
            #expect(try document.root.isSame(as: JSONDocument(parsing: generator.spell(value)).root))
        }
    }

    @Test func `every value of a document has its own text, which reads back as that value`() throws {
        var generator = JSONGenerator(random: TestSeed.generator())
        for _ in 0..<300 {
            let document = try JSONDocument(parsing: generator.spell(generator.value(depth: 4)))
            for (index, node) in document.nodes.enumerated() {
                let isString = node.kind == .string || node.kind == .escapedString
                let slice = Array(document.text[node.range])

                let part = try JSONDocument(parsing: isString ? [0x22] + slice + [0x22] : slice)

                #expect(part.nodes.count == Int(node.next) - index)
                #expect(part.nodes[0].kind == node.kind)
                #expect(part.nodes[0].count == node.count)
            }
        }
    }
}
