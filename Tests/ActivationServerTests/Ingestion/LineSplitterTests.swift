import TestSupport
import Testing

@testable import ActivationServer

@Suite struct LineSplitterTests {
    /// What a splitter reports, in a form that can be compared.
    private struct Reported: Equatable, CustomStringConvertible {
        var line: Int
        /// nil = too long.
        var text: String?
        var description: String { "\(line):\(text ?? "too long")" }
    }

    private func split(_ chunks: [[UInt8]], lineBytesMax: Int = 16) -> [Reported] {
        var splitter = LineSplitter(lineBytesMax: lineBytesMax)
        var reported: [Reported] = []
        func report(_ number: Int, _ line: LineSplitter.Line) {
            switch line {
            case .content(let bytes):
                reported.append(Reported(line: number, text: String(decoding: bytes, as: UTF8.self)))
            case .tooLong: reported.append(Reported(line: number, text: nil))
            }
        }
        for chunk in chunks { chunk.withUnsafeBufferPointer { splitter.append($0, report) } }
        splitter.finish(report)
        return reported
    }

    @Test func `lines end with LF, with CRLF or with the body`() {
        let lines = split([Array("one\ntwo\r\nthree".utf8)])

        #expect(lines == [.init(line: 1, text: "one"), .init(line: 2, text: "two"), .init(line: 3, text: "three")])
    }

    @Test func `blank lines count but are not reported`() {
        let lines = split([Array("\n \t\r\none\n\n\ntwo\n\n".utf8)])

        #expect(lines == [.init(line: 3, text: "one"), .init(line: 6, text: "two")])
    }

    @Test func `a line across chunks is whole, even when the chunk ends between CR and LF`() {
        let lines = split([Array("o".utf8), Array("ne\r".utf8), Array("\ntw".utf8), [], Array("o".utf8)])

        #expect(lines == [.init(line: 1, text: "one"), .init(line: 2, text: "two")])
    }

    @Test func `a line of exactly the limit passes and one byte more does not`() {
        let exact = String(repeating: "x", count: 16)

        #expect(
            split([Array("\(exact)\r\n\(exact)x\nok".utf8)]) == [
                .init(line: 1, text: exact), .init(line: 2, text: nil), .init(line: 3, text: "ok"),
            ]
        )
    }

    @Test func `a line that never ends is one failure however long it is`() {
        let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 1_000)

        #expect(
            split(Array(repeating: chunk, count: 50) + [Array("\nok".utf8)]) == [
                .init(line: 1, text: nil), .init(line: 2, text: "ok"),
            ]
        )
    }

    @Test func `an empty body has no lines`() {
        #expect(split([]).isEmpty)
        #expect(split([[]]).isEmpty)
    }

    @Test func `where chunks are cut never changes the lines`() {
        let seed = TestSeed.next()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let alphabet: [UInt8] = Array("ab\r\n\n \té".utf8)
            let text = (0..<Int.random(in: 0...120, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            var chunks: [[UInt8]] = []
            var rest = text[...]
            while !rest.isEmpty {
                let size = Int.random(in: 0...9, using: &random)
                chunks.append(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }

            #expect(split(chunks, lineBytesMax: 7) == split([text], lineBytesMax: 7), "seed \(seed)")
        }
    }
}
