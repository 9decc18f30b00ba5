import Testing

@testable import TextFiles

@Suite struct AudienceFileTests {
    private func cells(_ names: [String]) -> [Int?] { AudienceFile.faults(of: CSVColumns(names)).map(\.cell) }

    @Test func `columns with plain names are taken`() {
        #expect(cells(["id", "first_name", "Größe", "a.b", "2", "Name", "name", "caf\u{e9}", "cafe\u{301}"]) == [])
    }

    @Test(arguments: [
        "", " ", "\u{A0}", "\u{FEFF}", "first name", " id", "id ", "first\u{A0}name", "first\tname", "first\nname",
        "na\u{200B}me", "first-name", "-", "first\u{2013}name", "first\u{2011}name", "first\u{2014}name",
        "first\u{2212}name",
    ])
    func `a name that is empty or has a space or a dash is refused, and not shown`(name: String) throws {
        let fault = try #require(AudienceFile.faults(of: CSVColumns(["id", name, "x"])).first)

        #expect(fault.code == "AUDIENCE_COLUMN_NAME")
        #expect(fault.cell == 1)
        #expect(fault.message.contains("column 2"))
        #expect(!fault.message.contains("first"))
    }

    @Test func `two equal names are refused, each once more`() {
        let faults = AudienceFile.faults(of: CSVColumns(["id", "x", "id", "", "id", ""]))

        #expect(faults.map(\.cell) == [2, 3, 4, 5])
        #expect(faults.first?.message.contains("columns 1 and 3 have the same name") == true)
        #expect(faults[1].message.contains("column 4 has no name"))
    }

    @Test func `a file has 25 columns and no more`() {
        let names = (1...26).map { "c\($0)" }

        #expect(cells(Array(names.dropLast())) == [])
        let faults = AudienceFile.faults(of: CSVColumns(names))
        #expect(faults.map(\.code) == ["AUDIENCE_COLUMNS"])
        #expect(faults.first?.message.contains("26 columns") == true)
        #expect(AudienceFile.faults(of: CSVColumns(names, areNamed: false)).count == 1)
    }

    @Test func `columns without a header have numbers for names, which nobody judges`() {
        #expect(AudienceFile.faults(of: CSVColumns(["1", "2"], areNamed: false)).isEmpty)
    }

    @Test func `a file has less than a gibibyte`() {
        #expect(AudienceFile.fault(ofLength: 0) == nil)
        #expect(AudienceFile.fault(ofLength: 1_073_741_823) == nil)
        #expect(AudienceFile.fault(ofLength: 1_073_741_824)?.code == "AUDIENCE_FILE_LENGTH")
    }

    @Test(arguments: [
        ("", "IDENTITY_MISSING"), (" \u{A0}\u{200B}", "IDENTITY_MISSING"), ("1234567890a", "IDENTITY_TOO_LONG"),
        ("äääääääääää", "IDENTITY_TOO_LONG"), ("4.8E+12", "CSV_VALUE"), ("#N/A", "CSV_VALUE"), ("=\"12\"", "CSV_VALUE"),
        ("j\u{FFFD}rg", "CSV_VALUE"), ("a\u{FEFF}id", "CSV_FILES_JOINED"),
    ])
    func `a cell that is nobody's identity is refused, and not shown`(text: String, code: String) {
        let fault = AudienceFile.fault(ofIdentity: text, column: 2, charactersMax: 10)

        #expect(fault?.code == code)
        #expect(fault?.cell == 2)
        #expect(text.utf8.count < 5 || fault?.message.contains(text) == false)
    }

    @Test(arguments: ["a", "ääääääääää", "0012", "1E12", " a "])
    func `other cells are identities`(text: String) {
        #expect(AudienceFile.fault(ofIdentity: text, column: 0, charactersMax: 10) == nil)
    }
}
