import Foundation
import TestSupport
import Testing

@testable import TextFiles

/// Files of any bytes; HEADWATER_FUZZ_COUNT says how many, HEADWATER_SEED repeats a run.
@Suite struct ReaderFuzzTests {
    private let file = TestFile()
    private let count = ProcessInfo.processInfo.environment["HEADWATER_FUZZ_COUNT"].flatMap { Int($0) } ?? 1_000

    /// What CSV is made of, and what breaks it.
    private static let pieces: [[UInt8]] =
        [
            "a", "b@x", ",", ",", ",", ";", "\t", "\"", "\"", "\"\"", "\n", "\n", "\r\n", "\r", " ", "ä", "😀",
            "\u{FEFF}",
            "id,name\n", "#N/A", "\",\"", "\"\n", "\n\n", "x,y\n", "\"p,q\",\"r\ns\"\r\n",
        ].map { Array($0.utf8) }
        + [[0xF6], [0x81], [0x00], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xFF, 0xFE], [0xE2, 0x82]]

    private struct Sample {
        var bytes: [UInt8] = []
        var options = InputOptions()

        /// A file that, when it is long, goes beyond what is read before anything is told.
        init(using random: inout SeededGenerator, isLong: Bool = false) {
            let end = ["\n", "\r\n", "\r"].randomElement(using: &random) ?? "\n"
            bytes += Array("id,name\(end)".utf8)
            if isLong {
                let rows = TextEncoding.headBytes / 8 + Int.random(in: 0..<64, using: &random)
                for row in 0..<rows { bytes += Array("p\(row),x\(end)".utf8) }
            }
            for _ in 0..<Int.random(in: 0...30, using: &random) {
                bytes += ReaderFuzzTests.pieces.randomElement(using: &random) ?? []
            }
            let encodings: [TextEncoding?] = [
                nil, nil, nil, .windows1252, .iso8859_1, .utf16LittleEndian, .utf16BigEndian,
            ]
            let encoding = encodings.randomElement(using: &random) ?? nil
            options.encoding = encoding?.name
            if Int.random(in: 0..<4, using: &random) == 0 { options.hasHeader = false }
            if encoding == .utf16LittleEndian { bytes = bytes.flatMap { [$0, 0] } }
            if encoding == .utf16BigEndian { bytes = bytes.flatMap { [0, $0] } }
            if Bool.random(using: &random), !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            bytes.removeLast(Int.random(in: 0...min(3, bytes.count), using: &random))
            options.delimiter = .comma
        }
    }

    @Test func `rows, refusals and empty rows account for every byte and every line`() throws {
        var random = TestSeed.generator()
        var kinds: Set<String> = []
        for number in 0..<count {
            let sample = Sample(using: &random)
            try file.write(sample.bytes)
            guard let read = try? ReadTable(file.open(), options: sample.options) else { continue }
            let acceptsReturn = read.layout.lineEnd == .carriageReturn
            var position = read.begin
            for piece in read.pieces {
                // What stands between two pieces is lines without anything.
                let gap = CodeUnits(
                    bytes: sample.bytes[Int(position.offset)..<Int(piece.start)],
                    encoding: read.layout.encoding
                )
                let blank = [CodeUnits.lineFeed, CodeUnits.carriageReturn, CodeUnits.quote]
                #expect((0..<gap.count).allSatisfy { blank.contains(gap[$0]) }, "\(number): \(sample)")
                #expect(piece.end.offset > piece.start, "\(number): \(sample)")
                let units = CodeUnits(
                    bytes: sample.bytes[Int(piece.start)..<Int(piece.end.offset)],
                    encoding: read.layout.encoding
                )
                let line = gap.place(of: gap.count, line: position.line, acceptsCarriageReturn: acceptsReturn).line
                let lines =
                    units.place(of: units.count, line: line - 1, acceptsCarriageReturn: acceptsReturn).line - line
                #expect(piece.end.line == line - 1 + lines, "\(number): \(sample)")
                switch piece.reading {
                case .empty(let told): #expect(told == line, "\(number): \(sample)")
                case .refused(let refusal):
                    #expect(line...(line + lines) ~= refusal.place.line, "\(number): \(sample)")
                    kinds.insert(refusal.code)
                case .row(let row):
                    #expect(row.line == line, "\(number): \(sample)")
                    #expect(row.cells.count == read.layout.columns.names.count, "\(number): \(sample)")
                    let record = try CSVRecord.read(
                        units,
                        delimiter: .comma,
                        acceptsCarriageReturn: acceptsReturn,
                        isAtEnd: true
                    )
                    let places = record?.cells.map {
                        units.place(of: $0.start, line: line - 1, acceptsCarriageReturn: acceptsReturn)
                    }
                    #expect(row.cells.indices.map { row.place(of: $0) } == places, "\(number): \(sample)")
                    kinds.insert("row")
                }
                position = piece.end
            }
            #expect(read.end.offset == Int64(sample.bytes.count), "\(number): \(sample)")
        }
        #expect(
            kinds.isSuperset(of: ["row", "CSV_QUOTE", "CSV_WIDTH", "CSV_LINE_END", "ENCODING", "CSV_FILES_JOINED"])
        )
    }

    @Test func `how much is read at once changes nothing, and a reader goes on from anywhere`() throws {
        var random = TestSeed.generator()
        var resumed = 0
        for number in 0..<max(count / 20, 20) {
            let sample = Sample(using: &random, isLong: true)
            try file.write(sample.bytes)
            guard let read = try? ReadTable(file.open(), options: sample.options) else { continue }

            for pieceBytes in [Int.random(in: 1...40, using: &random), Int.random(in: 1...4, using: &random), 4_099] {
                let again = try ReadTable(file.open(pieceBytes: pieceBytes), options: sample.options)
                #expect(again == read, "\(number), \(pieceBytes): \(sample.bytes.suffix(200)), \(sample.options)")
            }
            let places =
                read.pieces.indices.suffix(12) + [0, read.pieces.count / 2].filter(read.pieces.indices.contains)
            for index in places {
                let rest = try ReadTable(file.open(), options: sample.options, from: read.pieces[index].end)
                resumed += 1
                #expect(rest.pieces == Array(read.pieces[(index + 1)...]), "\(number), \(index): \(sample.options)")
                #expect(rest.end == read.end, "\(number), \(index): \(sample.options)")
            }
        }
        #expect(resumed > 100)
    }

    @Test func `what is in sight changes nothing`() throws {
        var random = TestSeed.generator()
        var records = 0
        for number in 0..<count {
            let sample = Sample(using: &random)
            let encodings: [TextEncoding] = [.utf8, .windows1252, .iso8859_1, .utf16LittleEndian, .utf16BigEndian]
            let encoding = encodings.randomElement(using: &random) ?? .utf8
            let acceptsReturn = Bool.random(using: &random)
            let whole = Self.read(sample.bytes[...], encoding, acceptsReturn, isAtEnd: true)
            let cut = Int.random(in: 0...sample.bytes.count, using: &random)
            guard let early = Self.read(sample.bytes[..<cut], encoding, acceptsReturn, isAtEnd: false) else { continue }
            records += 1
            #expect(early == whole, "\(number): \(sample), \(encoding), \(cut)")
        }
        #expect(records > count / 20)
    }

    private static func read(
        _ bytes: ArraySlice<UInt8>,
        _ encoding: TextEncoding,
        _ acceptsReturn: Bool,
        isAtEnd: Bool
    ) -> Result<CSVRecord, CSVRecord.Malformed>? {
        do throws(CSVRecord.Malformed) {
            let units = CodeUnits(bytes: bytes, encoding: encoding)
            let record = try CSVRecord.read(
                units,
                delimiter: .comma,
                acceptsCarriageReturn: acceptsReturn,
                isAtEnd: isAtEnd
            )
            return record.map { .success($0) }
        } catch {
            return .failure(error)
        }
    }
}
