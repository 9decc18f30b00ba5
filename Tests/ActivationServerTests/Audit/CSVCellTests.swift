import Testing
import TextFiles

@testable import ActivationServer

/// Cells stay cells, and none is a formula, whatever marks stand over their signs.
struct CSVCellTests {
    private static let accent = "\u{301}"

    @Test(arguments: ["=", "+", "-", "@", "\t", "\r", "\n", "\r\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}"])
    func `no cell begins like a formula`(_ sign: String) {
        for text in [sign, sign + "1", sign + Self.accent + "1"] {
            let plain = CSVCell.plain(text)
            #expect(Array(plain.utf8) == Array("'".utf8) + Array(text.utf8))
            #expect(Array(CSVCell.text(ofPlain: plain).utf8) == Array(text.utf8))
        }
    }

    @Test(arguments: [
        ("", ""), ("a b", "a b"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\"\u{301},b", "\"a\"\"\u{301},b\""),
        ("a\r\nb", "\"a\r\nb\""), (",\u{301}", "\",\u{301}\""), ("'=1", "'=1"),
    ])
    func `a cell is quoted where it must be, by its bytes`(_ text: String, _ cell: String) {
        #expect(Array(CSVCell.of(text).utf8) == Array(cell.utf8))
    }

    @Test func `a refused row is read as it was written`() {
        let messages = ["\"\u{301} is not \"\"", "=\u{301}1", "a, \"b\"", "\"", "\"\"", "an 'x'"]
        let refusals = messages.map { TextRefusal("DAMAGED", $0, at: TextPlace(line: 2, column: 3)) }
        let bytes = Array(RefusalList.header.utf8) + refusals.flatMap(RefusalList.line)
        let read = RefusalList.rows(bytes)
        #expect(read.map { Array($0.message.utf8) } == messages.map { Array($0.utf8) })
        #expect(
            String(decoding: bytes, as: UTF8.self).utf8.split(separator: UInt8(ascii: "\n")).count == messages.count + 1
        )
    }
}
