import ActivationCore
import Testing

struct JSONWriterTests {
    @Test func `a string is written with quotes and only the escapes it needs`() {
        var bytes: [UInt8] = []

        JSONWriter.appendString("a\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}é😀", to: &bytes)

        #expect(String(decoding: bytes, as: UTF8.self) == #""a\"\\/\b\f\n\r\t\u0000\u001f"# + "\u{7f}é😀\"")
    }

    @Test func `content is written alike from a block of bytes and from any sequence`() {
        let content = Array("x\"y\\\nz\u{1}".utf8)
        var fromBlock: [UInt8] = []
        var fromSequence: [UInt8] = []

        JSONWriter.appendContent(content, to: &fromBlock)
        JSONWriter.appendContent(content.lazy.map { $0 }, to: &fromSequence)

        #expect(fromBlock == fromSequence)
        #expect(JSONWriter.unescape(fromBlock) == content)
        #expect(JSONWriter.unescape(fromBlock[...].lazy.map { $0 }) == content)
    }

    @Test(arguments: [(0, "0"), (7, "7"), (-10, "-10"), (.max, "9223372036854775807"), (.min, "-9223372036854775808")])
    func `an integer is written in decimal`(value: Int64, text: String) {
        var bytes = Array("x".utf8)

        JSONWriter.appendInteger(value, to: &bytes)

        #expect(String(decoding: bytes, as: UTF8.self) == "x" + text)
    }

    @Test(arguments: [
        (0, "0"), (-0.0, "-0"), (1, "1"), (-2.5, "-2.5"), (0.1, "0.1"), (100, "100"), (1e15, "1000000000000000"),
        (1e16, "1e16"), (1.5e300, "1.5e300"), (0.0001, "0.0001"), (0.00001, "1e-5"), (1e-10, "1e-10"),
        (.leastNonzeroMagnitude, "5e-324"),
        (.greatestFiniteMagnitude, "1.7976931348623157e308"), (0.30000000000000004, "0.30000000000000004"),
    ])
    func `a double is written as the shortest text that reads back`(value: Double, text: String) {
        var bytes: [UInt8] = []

        JSONWriter.appendDouble(value, to: &bytes)

        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test func `every finite double reads back as itself`() throws {
        var random = TestSeed.generator()
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            var bytes: [UInt8] = []

            JSONWriter.appendDouble(value, to: &bytes)

            #expect(try JSONDocument(parsing: bytes).root.double?.bitPattern == value.bitPattern)
        }
    }

    @Test func `unescaping never fails, whatever the bytes`() {
        var random = TestSeed.generator()
        let alphabet = Array("\\u00bfnrt\"41".utf8)
        for _ in 0..<2_000 {
            let content = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }

            #expect(JSONWriter.unescape(content).count <= content.count)
        }
    }
}
