import ActivationCore
import ArgumentParser
import Foundation
import TestSupport
import Testing
import TextFiles

@testable import headwater

/// Files of any bytes; HEADWATER_FUZZ_COUNT says how many, HEADWATER_SEED repeats a run.
@Suite struct FileFuzzTests {
    private let directory: TestDirectory
    private let count: Int

    init() throws {
        directory = try TestDirectory()
        count = ProcessInfo.processInfo.environment["HEADWATER_FUZZ_COUNT"].flatMap { Int($0) } ?? 3_000
    }

    /// Pieces of which files are made: what CSV is made of, and what breaks it.
    private static let pieces: [[UInt8]] =
        [
            "a", "b@x", ",", ",", ";", "\t", "|", "\"", "\"", "\"\"", "\n", "\n", "\r\n", "\r", " ", "ä", "😀", "7",
            "1,5",
            "\u{FEFF}", "\u{A0}", "email", "#N/A", "\",\"", "\"\n", "{\"a\":1}\n", "sep=;\n",
        ].map { Array($0.utf8) }
        + [[0xF6], [0x81], [0x00], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xFF, 0xFE], [0xE2, 0x82]]

    private static let encodings: [TextEncoding?] = [
        nil, nil, .utf8, .windows1252, .iso8859_1, .utf16LittleEndian, .utf16BigEndian,
    ]

    /// A file and how it is read.
    private struct Sample {
        var bytes: [UInt8]
        var arguments: [String]
        var name: String

        init(using random: inout SeededGenerator) {
            name = Int.random(in: 0..<5, using: &random) == 0 ? "f.ndjson" : "f.csv"
            bytes = []
            if Bool.random(using: &random) { bytes += Array("email,name\n".utf8) }
            for _ in 0..<Int.random(in: 0...24, using: &random) {
                bytes += FileFuzzTests.pieces.randomElement(using: &random) ?? []
            }
            arguments = []
            let encoding = FileFuzzTests.encodings.randomElement(using: &random) ?? nil
            if let encoding { arguments += ["--encoding", encoding.name.rawValue] }
            if encoding == .utf16LittleEndian { bytes = bytes.flatMap { [$0, 0] } }
            if encoding == .utf16BigEndian { bytes = bytes.flatMap { [0, $0] } }
            if Bool.random(using: &random), !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            if Int.random(in: 0..<8, using: &random) == 0 { bytes = bytes.dropLast() }
            guard name == "f.csv" else { return }
            switch Int.random(in: 0..<4, using: &random) {
            case 0: arguments += ["--no-header", "--map", "1=identityMap.Email", "--delimiter", ","]
            case 1: break
            default: arguments += ["--map", "email=identityMap.Email"]
            }
        }
    }

    @Test func `every byte and every line of a file is accounted for, and none becomes another`() throws {
        var random = TestSeed.generator()
        var files = 0
        var entities = 0
        var refusals = 0
        // Reading a command line takes longer than reading a file.
        var commands: [[String]: IngestCommand] = [:]
        for number in 0..<count {
            let sample = Sample(using: &random)
            let file = try directory.write(sample.bytes, to: sample.name)
            let line = [file] + sample.arguments
            let command = try commands[line] ?? IngestCommand.parse(line)
            commands[line] = command
            do {
                let read = try ReadFile(command)
                files += 1
                entities += read.entities.count
                refusals += read.refusals.count
                let lines = Self.lines(in: sample.bytes, read, isCSV: sample.name == "f.csv")
                #expect(read.end.offset == Int64(sample.bytes.count), "\(number): \(sample)")
                #expect(read.end.line == lines, "\(number): \(sample)")
                #expect(read.refusals.allSatisfy { 1...(lines + 1) ~= $0.line }, "\(number): \(sample)")
                let told = read.lines + read.refusals.map(\.line)
                #expect(Set(told).count == told.count, "\(number): \(sample)")
                let isDamaged = read.entities.contains { $0.text.unicodeScalars.contains("\u{FFFD}") }
                // The one file that may hold it has it written out.
                #expect(!isDamaged || Self.hasReplacement(sample.bytes), "\(number): \(sample)")
            } catch let failure as CommandFailure {
                #expect(failure.code == .noInput, "\(number): \(sample)")
            }
        }
        #expect(files > count / 10)
        #expect(entities > 0 && refusals > 0)
    }

    private static func hasReplacement(_ bytes: [UInt8]) -> Bool {
        let spellings: [[UInt8]] = [[0xEF, 0xBF, 0xBD], [0xFD, 0xFF], [0xFF, 0xFD]]
        return spellings.contains { bytes.firstRange(of: $0) != nil }
    }

    /// Counts line ends in another way than the reader does.
    private static func lines(in bytes: [UInt8], _ read: ReadFile, isCSV: Bool) -> Int64 {
        let mark = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : bytes.starts(with: [0xFF, 0xFE]) ? 2 : 0
        var units = bytes.map { UInt16($0) }
        if read.reading.encoding == .utf16 {
            let body = bytes.starts(with: [0xFE, 0xFF]) ? bytes.dropFirst(2) : bytes.dropFirst(mark)
            let pairs = stride(from: body.startIndex, to: body.endIndex - 1, by: 2).map { (body[$0], body[$0 + 1]) }
            let isBig =
                bytes.starts(with: [0xFE, 0xFF])
                || mark == 0 && pairs.count { $0.0 == 0 } > pairs.count { $0.1 == 0 }
            units = pairs.map { isBig ? UInt16($0.0) << 8 | UInt16($0.1) : UInt16($0.1) << 8 | UInt16($0.0) }
        }
        func count(_ units: some Sequence<UInt16>, isEnd: (Character) -> Bool) -> Int64 {
            let text = units.map { $0 == 13 ? "r" : $0 == 10 ? "n" : "." }.joined()
            return Int64(text.replacing("rn", with: "n").count(where: isEnd))
        }
        guard isCSV else { return count(units) { $0 == "n" } }
        guard !read.acceptsCarriageReturn else { return count(units) { $0 == "n" || $0 == "r" } }
        // Until the header has told how lines end, both ended one.
        let rows = (bytes.count - Int(read.headerEnd.offset)) / (read.reading.encoding == .utf16 ? 2 : 1)
        return read.headerEnd.line + count(units.suffix(rows)) { $0 == "n" }
    }

    @Test func `good rows come in whatever stands between them`() throws {
        var random = TestSeed.generator()
        let command = try IngestCommand.parse(["\(directory.path)/f.csv"] + SpreadsheetShape.mapping)
        let spoilers = ["x\"y,z", "\"x\"y,z", "x", "x,y,z", "\"a\"b\",c", " \"x\",y", "x,\"y\"z\"", ""]
        let names = ["\"two\nlines\"", "plain", "\"say \"\"hi\"\"\"", "\"a,b\"", ""]
        for number in 0..<max(count / 10, 100) {
            let headerEnd = ["\n", "\r\n", "\r"].randomElement(using: &random) ?? "\n"
            let ends = headerEnd == "\r" ? ["\n", "\r\n", "\r"] : ["\n", "\r\n"]
            var text = "email,name" + headerEnd
            var people: [String] = []
            var spoiled = 0
            for row in 0..<Int.random(in: 1...20, using: &random) {
                let name = names.randomElement(using: &random) ?? ""
                let end = ends.randomElement(using: &random) ?? "\n"
                text += "p\(row)@example.com,\(name)\(end)"
                people.append("p\(row)@example.com")
                if Bool.random(using: &random) {
                    let spoiler = spoilers.randomElement(using: &random) ?? ""
                    spoiled += spoiler.isEmpty ? 0 : 1
                    text += spoiler + "\n"
                }
            }

            _ = try directory.write(text, to: "f.csv")
            let read = try ReadFile(command)

            let found = read.entities.compactMap { $0["identityMap"]?["Email"]?[0]?["id"]?.string }
            #expect(found == people, "\(number): \(text)")
            #expect(read.refusals.count == spoiled, "\(number): \(text)")
        }
    }

    @Test func `a server takes what was understood and refuses the rest, whatever a file holds`() async throws {
        var random = TestSeed.generator()
        let samples = (0..<max(count / 20, 100)).map { _ in Sample(using: &random) }
        try await LiveServer.run(in: directory) { server in
            let path = "/v1/profiles?dataset=fuzz"
            var sent = 0
            for (number, sample) in samples.enumerated() {
                let file = try server.directory.write(sample.bytes, to: sample.name)
                let command = try IngestCommand.parse([file, "--restart"] + sample.arguments)
                guard let read = try? ReadFile(command) else { continue }
                var run = try IngestRun(command: command, target: path)

                try await run.perform(ChunkSender(client: server.client, path: path, patience: .seconds(30)))

                let lines = read.entities.count + read.refusals.count
                #expect(run.tally.lines == Int64(lines), "\(number): \(sample)")
                #expect(run.tally.failed >= Int64(read.refusals.count), "\(number): \(sample)")
                sent += lines
            }
            #expect(sent > 0)
            let good = try server.directory.write("email\ngood@example.com\n", to: "good.csv")
            var last = try IngestRun(
                command: try IngestCommand.parse([good, "--map", "email=identityMap.Email"]),
                target: path
            )
            try await last.perform(ChunkSender(client: server.client, path: path, patience: .seconds(30)))
            #expect(last.tally.accepted == 1)
        }
    }
}
