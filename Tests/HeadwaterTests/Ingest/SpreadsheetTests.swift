import ActivationCore
import Testing
import TextFiles

@testable import headwater

@Suite struct SpreadsheetTests {
    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
    }

    @Test(arguments: SpreadsheetShape.all)
    func `a file is read as it was meant, or refused with line, column and cure`(shape: SpreadsheetShape) throws {
        let file = try directory.write(shape.bytes, to: shape.file)
        let mapping = shape.arguments.contains("--map") ? [] : SpreadsheetShape.mapping

        switch shape.outcome {
        case .failure(let words):
            let failure = #expect(throws: CommandFailure.self) { try ReadFile(file, mapping + shape.arguments) }
            #expect(failure?.code == .noInput)
            for word in words { #expect(failure?.message.contains(word) == true, "\(failure?.message ?? "")") }
        case .rows(let people, let refused, let cure):
            let read = try ReadFile(file, mapping + shape.arguments)
            #expect(read.entities.map(Self.person) == people)
            #expect(read.places == refused)
            #expect(cure.isEmpty || read.refusals.contains { $0.message.contains(cure) }, "\(read.refusals)")
            #expect(read.end.offset == Int64(shape.bytes.count))
        }
    }

    private static func person(_ entity: JSONValue) -> String {
        let emails = (entity["identityMap"]?["Email"]?.array ?? []).compactMap { $0["id"]?.string }
        let name =
            switch entity["name"] {
            case .string(let text)?: text
            case let value?: value.text
            case nil: ""
            }
        return "\(emails.joined(separator: "+"))|\(name)"
    }

    @Test func `rows of nothing are counted`() throws {
        let file = try directory.write("email;name\n;\n\na@example.com;x\n;\n", to: "people.csv")

        let read = try ReadFile(file, SpreadsheetShape.mapping)

        #expect(read.emptyRows == 2)
        #expect(read.lines == [4])
        #expect(read.refusals.isEmpty)
    }

    @Test func `text of one byte a character that is UTF-8 in truth is told`() throws {
        let file = try directory.write("email,name\njörg@example.com,x\na@example.com,y\n", to: "people.csv")

        let read = try ReadFile(file, SpreadsheetShape.mapping + ["--encoding", "windows-1252"])

        #expect(read.warnings.map(\.code) == ["ENCODING_DOUBTFUL"])
        #expect(read.warnings.map(\.line) == [2])
        #expect(read.entities.count == 2)
    }

    @Test func `blanks around identities are told and kept`() throws {
        let file = try directory.write("email,name\na@example.com ,x\n\u{A0}b@example.com,y\n", to: "people.csv")

        let read = try ReadFile(file, SpreadsheetShape.mapping)

        #expect(read.warnings.map(\.code) == ["IDENTITY_BLANKS"])
        #expect(read.warnings.map(\.count) == [2])
        #expect(read.entities.first?["identityMap"]?["Email"]?[0]?["id"] == "a@example.com ")
    }

    @Test(arguments: ["unicode.ndjson", "bytes.ndjson"])
    func `NDJSON is decoded or refused line by line, never repaired`(name: String) throws {
        let text = "{\"a\":\"jörg\"}\n\n{\"a\":\"x\"}\n"
        let isUTF16 = name == "unicode.ndjson"
        var bytes = Array(text.utf8)
        if isUTF16 {
            bytes = [0xFF, 0xFE]
            for unit in text.utf16 { bytes += [UInt8(truncatingIfNeeded: unit), UInt8(unit >> 8)] }
        } else {
            bytes.replace([0xC3, 0xB6], with: [0xF6])
        }

        let read = try ReadFile(try directory.write(bytes, to: name), [])

        #expect(read.entities == (isUTF16 ? [["a": "jörg"], ["a": "x"]] : [["a": "x"]]))
        #expect(read.places == (isUTF16 ? [] : ["1:8 ENCODING"]))
        #expect(read.lines.last == 3)
        #expect(isUTF16 || read.refusals.first?.message.contains("--encoding windows-1252") == true)
    }

    @Test func `a mark before NDJSON is no part of it`() throws {
        let read = try ReadFile(try directory.write("\u{FEFF}{\"a\":1}\n", to: "f.ndjson"), [])

        #expect(read.entities == [["a": 1]])
    }

    @Test(arguments: [["--map", "a=identityMap.Email"], ["--delimiter", ";"], ["--no-header"]])
    func `options for CSV are refused for NDJSON`(options: [String]) throws {
        let file = try directory.write("{}\n", to: "f.ndjson")

        let failure = #expect(throws: CommandFailure.self) { try ReadFile(file, options) }

        #expect(failure?.code == .usage)
    }

    @Test(arguments: ["ab", "\"\"", "\"", "\n", "ä"])
    func `a delimiter is one character`(text: String) throws {
        let file = try directory.write("a\n", to: "f.csv")

        let failure = #expect(throws: CommandFailure.self) { try ReadFile(file, ["--delimiter=\(text)"]) }

        #expect(failure?.code == .usage)
    }

    @Test func `a directory and a file that is not there are no input`() throws {
        for file in [directory.path, "\(directory.path)/none.csv"] {
            let failure = #expect(throws: CommandFailure.self) { try ReadFile(file, ["--format", "csv"]) }
            #expect(failure?.code == .noInput)
        }
    }

    @Test func `more columns than anybody has are refused`() throws {
        let header = Array(repeating: "a", count: CSVColumns.countMax + 1).joined(separator: ",")
        let file = try directory.write("\(header)\n", to: "f.csv")

        let failure = #expect(throws: CommandFailure.self) { try ReadFile(file, ["--map", "a=identityMap.Email"]) }

        #expect(failure?.message.contains("\(CSVColumns.countMax)") == true)
    }

    @Test func `a quote that never ends costs its row and bounded memory`() throws {
        let rows = String(repeating: "b@example.com,filler filler filler\n", count: 31_000)
        let file = try directory.write("email,name\na@example.com,\"no end\n\(rows)c@example.com,x\n", to: "f.csv")

        let read = try ReadFile(file, SpreadsheetShape.mapping)

        #expect(read.entities.count == 31_001)
        #expect(read.places == ["2:15 ROW_TOO_LONG"])
        #expect(read.end.line == 31_003)
    }
}
