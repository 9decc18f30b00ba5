import Testing

@testable import TextFiles

@Suite struct CodeUnitsTests {
    private static let suggestion = "give encoding windows-1252"

    /// Words in their code page: German, Spanish, Irish, French; then Polish, Russian, Japanese, Chinese.
    @Test(arguments: [
        [0x4A, 0xF6, 0x72, 0x67], [0x67, 0x72, 0xF6, 0xDF, 0x65], [0xD1, 0x61, 0x6E, 0x64, 0xFA],
        [0x4F, 0x92, 0x42, 0x72, 0x69, 0x65, 0x6E], [0x9C, 0x75, 0x76, 0x72, 0x65], [0x80, 0x35],
    ])
    func `text of Western Europe is guessed to be windows-1252`(bytes: [UInt8]) {
        #expect(CodeUnits(bytes[...]).cure(.fields).contains(Self.suggestion))
    }

    @Test(arguments: [
        [0x57, 0x61, 0xB3, 0xEA, 0x73, 0x61], [0xC8, 0xE2, 0xE0, 0xED],
        [0x8E, 0x52, 0x93, 0x63, 0x91, 0xBE, 0x98, 0x59],
        [0xCD, 0xF5, 0xD0, 0xA1], [0x61, 0x81], [0xC3, 0xB6, 0x20, 0xF6], [0xF6, 0x00],
    ])
    func `other text is not`(bytes: [UInt8]) {
        #expect(!CodeUnits(bytes[...]).cure(.fields).contains(Self.suggestion))
    }

    @Test(
        arguments: [
            ([0x61, 0xF6, 0x62], 1), ([0xC3, 0xA4, 0xC3], 2), ([0x61, 0xC0, 0xAF], 1), ([0x61, 0xED, 0xA0, 0x80], 1),
            ([0xF4, 0x90, 0x80, 0x80], 0), ([0x61, 0x62, 0x00], 2), ([0xE2, 0x82, 0x61], 0), ([0xFF], 0), ([0x80], 0),
        ] as [([UInt8], Int)]
    )
    func `the first byte that is no UTF-8 is found`(bytes: [UInt8], index: Int) {
        let error = #expect(throws: CodeUnits.Undecodable.self) { try CodeUnits(bytes[...]).text() }

        #expect(error?.index == index)
    }

    @Test func `a byte of windows-1252 is a character or refused`() throws {
        var refused: [UInt8] = []
        for byte in UInt8(1)...0xFF {
            do throws(CodeUnits.Undecodable) {
                let text = try CodeUnits(bytes: [byte], encoding: .windows1252).text()
                #expect(text.unicodeScalars.count == 1)
                #expect(byte >= 0x80 && byte <= 0x9F || text.unicodeScalars.first?.value == UInt32(byte))
            } catch {
                refused.append(byte)
            }
        }
        #expect(refused == [0x81, 0x8D, 0x8F, 0x90, 0x9D])
    }

    @Test func `places are lines and characters`() {
        let units = CodeUnits("aä😀\r\nb\rc\nd")

        func place(of index: Int, line: Int64 = 0) -> TextPlace {
            units.place(of: index, line: line, acceptsCarriageReturn: true)
        }
        #expect(place(of: 0, line: 4) == TextPlace(line: 5, column: 1))
        #expect(place(of: 3) == TextPlace(line: 1, column: 3))
        #expect(place(of: 9) == TextPlace(line: 2, column: 1))
        #expect(place(of: 11) == TextPlace(line: 3, column: 1))
        #expect(place(of: 13) == TextPlace(line: 4, column: 1))
        #expect(units.place(of: 13, line: 0, acceptsCarriageReturn: false) == TextPlace(line: 3, column: 1))
    }
}
