import ActivationCore
import ArgumentParser
import Testing

@testable import TextFiles
@testable import headwater

@Suite struct RowMappingTests {
    private let header = ["email", "first", "total", "when"]

    private func mapping(_ texts: [String]) throws -> RowMapping {
        try RowMapping(try texts.map { try ColumnMapping(parsing: $0) }, columns: CSVColumns(header))
    }

    @Test func `columns are told apart by their bytes, and a dot is a dot whatever follows`() throws {
        let mapping = try RowMapping(
            [
                try ColumnMapping(parsing: "caf\u{e9}=identityMap.Email"),
                try ColumnMapping(parsing: "cafe\u{301}=a.\u{301}b"),
            ],
            columns: CSVColumns(["cafe\u{301}", "caf\u{e9}"])
        )

        let entity = try mapping.entity(["second", "first"])

        #expect(entity["identityMap"]?["Email"]?[0]?["id"] == "first")
        #expect(entity["a"]?["\u{301}b"] == "second")
    }

    @Test func `columns become identities, paths and typed values`() throws {
        let mapping = try mapping([
            "email=identityMap.Email", "first=person.name.firstName", "total=commerce.order.priceTotal:number",
            "when=timestamp",
        ])

        let entity = try mapping.entity(["a@example.com", "Ada", "12.50", "20260302"])

        #expect(
            entity == [
                "identityMap": ["Email": [["id": "a@example.com", "primary": true]]],
                "person": ["name": ["firstName": "Ada"]],
                "commerce": ["order": ["priceTotal": .number(text: "12.50")]],
                "timestamp": "2026-03-02T00:00:00Z",
            ]
        )
    }

    @Test func `an empty field is no statement`() throws {
        let mapping = try mapping(["email=identityMap.Email", "first=person.name.firstName"])

        #expect(try mapping.entity(["a@example.com", "", "", ""])["person"] == nil)
    }

    @Test func `a row of another width, without identity or with a wrong value is refused`() throws {
        let mapping = try mapping(["email=identityMap.Email", "total=x:integer"])

        #expect(throws: RowFault.self) { try mapping.entity(["a"]) }
        #expect(throws: RowFault.self) { try mapping.entity(["", "", "1", ""]) }
        #expect(throws: RowFault.self) { try mapping.entity(["a", "", "1.5", ""]) }
    }

    @Test func `a refusal never holds the value`() throws {
        let mapping = try mapping(["email=identityMap.Email", "total=x:number"])

        let refusal = #expect(throws: RowFault.self) { try mapping.entity(["a", "", "s3cret", ""]) }

        #expect(refusal?.message.contains("s3cret") == false)
    }

    @Test(arguments: [
        "email", "=identityMap.Email", "email=", "email=a..b", "email=identityMap", "email=identityMap.Email:number",
        "email=total:nubmer", "email=" + Array(repeating: "a", count: 64).joined(separator: "."),
    ])
    func `a mapping that means nothing is refused`(text: String) {
        #expect(throws: CommandFailure.self) { try ColumnMapping(parsing: text) }
    }

    @Test func `a mapped column must exist and one must be an identity`() throws {
        #expect(throws: CommandFailure.self) { try mapping(["phone=identityMap.Phone"]) }
        #expect(throws: CommandFailure.self) { try mapping(["first=person.name.firstName"]) }
    }

    @Test(arguments: [
        ("2026-03-02T09:15:04Z", "2026-03-02T09:15:04Z"), ("2026-03-02", "2026-03-02T00:00:00Z"),
        ("20260302", "2026-03-02T00:00:00Z"), ("1772442904", "2026-03-02T09:15:04Z"),
        ("1772442904000", "2026-03-02T09:15:04Z"), ("1772442904123", "2026-03-02T09:15:04.123Z"),
        ("2026-03-02T09:15:04.123Z", "2026-03-02T09:15:04.123Z"),
        ("2026-03-02T10:15:04.123456+01:00", "2026-03-02T10:15:04.123456+01:00"),
    ])
    func `instants come in five spellings and lose nothing`(text: String, expected: String) {
        #expect(CellKind.timestamp.value(of: text) == .string(expected))
    }

    @Test(arguments: [
        "", "yesterday", "2026-13-01", "20261301", "123", "31.12.2026", "12/31/2026", "31/12/2026",
        "2026-12-31 09:15:04",
        "2026-12-31T09:15:04", "46022", "46022.5", "1772442904.123", "1772442904123456", " 2026-12-31",
    ])
    func `other texts are no instants`(text: String) {
        #expect(CellKind.timestamp.value(of: text) == nil)
    }

    @Test(arguments: [
        "1,5", "1.234,56", "1,234.56", "1 234", "1\u{A0}234", "007", "+5", ".5", "5.", "NaN", "inf", "0x10", "１２", " 1",
        "1 ", "€5", "5 %", "true", "",
    ])
    func `a number is never cut or put right`(text: String) {
        #expect(CellKind.number.value(of: text) == nil)
        #expect(CellKind.integer.value(of: text) == nil)
    }

    @Test func `a number keeps all its digits, and only a whole one is an integer`() {
        #expect(CellKind.number.value(of: "12.50") == .number(text: "12.50"))
        #expect(CellKind.number.value(of: "-3") == .integer(-3))
        #expect(CellKind.integer.value(of: "-3") == .integer(-3))
        #expect(CellKind.integer.value(of: "3.0") == nil)
        #expect(CellKind.integer.value(of: "92233720368547758070") == nil)
        #expect(CellKind.text.value(of: "007") == "007")
    }

    @Test(arguments: ["WAHR", "FALSCH", "ja", "2", " true", "tRuE"])
    func `a truth value is one of few words`(text: String) {
        #expect(CellKind.boolean.value(of: text) == nil)
    }

    @Test func `two columns of one name both count where they are identities`() throws {
        let header = ["Phone", "note", "Phone"]
        let mapping = try RowMapping(
            [try ColumnMapping(parsing: "Phone=identityMap.Phone")],
            columns: CSVColumns(header)
        )

        let entity = try mapping.entity(["+1", "x", "+2"])

        #expect(
            entity["identityMap"] == ["Phone": [["id": "+1", "primary": true], ["id": "+2", "primary": false]]]
        )
        #expect(mapping.unmapped == ["note"])
    }

    @Test func `a header that names an identity twice has two of them`() throws {
        let mapping = try RowMapping(header: ["identityMap.Phone", "identityMap.Phone", "note"])

        #expect(try mapping.entity(["+1", "+2", ""])["identityMap"]?["Phone"]?.array?.count == 2)
        #expect(try mapping.entity(["", "+2", ""])["identityMap"]?["Phone"]?.array?.count == 1)
    }

    @Test(arguments: [
        ["a=identityMap.Email", "a=m.x", "b=m.x"], ["a=identityMap.Email", "a=m", "b=m.x"],
        ["a=identityMap.Email", "b=m.x", "a=m.y", "c=m.x:number"], ["a=identityMap.Email", "c=m.y.z", "b=m.y"],
    ])
    func `what one column writes no other overwrites`(texts: [String]) throws {
        let mappings = try texts.map { try ColumnMapping(parsing: $0) }

        let failure = #expect(throws: CommandFailure.self) {
            try RowMapping(mappings, columns: CSVColumns(["a", "b", "c"]))
        }

        #expect(failure?.code == .usage)
    }

    @Test func `paths that share their beginning or look alike are two`() throws {
        let mappings = try ["a=identityMap.Email", "a=m.x", "b=m.xy", "c=mx"].map { try ColumnMapping(parsing: $0) }

        let entity = try RowMapping(mappings, columns: CSVColumns(["a", "b", "c"])).entity(["1", "2", "3"])

        #expect(entity["m"] == ["x": "1", "xy": "2"])
        #expect(entity["mx"] == "3")
    }

    @Test(arguments: [
        ["identityMap.Email", "m.x", "m.x"], ["identityMap.Email", "m", "m.x"], ["identityMap.Email ", "m"],
        ["identityMap.Email", "\u{A0}m"], ["identityMap.Email", "m\u{200B}"], ["m", "n"],
        ["identityMap.Email", "a..b"],
        ["identityMap.Email", "total:nubmer"], ["identityMap.Email", " "],
    ])
    func `a header that says two things or hides something is refused`(header: [String]) {
        let failure = #expect(throws: CommandFailure.self) { try RowMapping(header: header) }

        #expect(failure?.code == .noInput)
    }

    @Test func `an attribute that the header has twice is refused, one that is not sent is not`() throws {
        let header = ["email", "note", "note"]
        let email = try ColumnMapping(parsing: "email=identityMap.Email")

        let failure = #expect(throws: CommandFailure.self) {
            try RowMapping([email, try ColumnMapping(parsing: "note=m.x")], columns: CSVColumns(header))
        }

        #expect(failure?.message.contains("columns 2 and 3") == true)
        #expect(try RowMapping([email], columns: CSVColumns(header)).unmapped == ["note", "note"])
    }

    @Test(arguments: ["email ", "\u{A0}email", "Email", "email\u{200B}", "e\u{AD}mail"])
    func `a name that is nearly right is not taken and is shown`(name: String) throws {
        let mapping = try ColumnMapping(parsing: "email=identityMap.Email")

        let failure = #expect(throws: CommandFailure.self) { try RowMapping([mapping], columns: CSVColumns([name])) }

        #expect(failure?.message.contains("written differently") == true)
        #expect(failure?.message.contains("\u{A0}") == false)
    }

    @Test(arguments: [["ada@example.com", "7"], ["Anna", "Schmidt", "+49 151 1234567", "1987-03-02"]])
    func `a first row in the place of the header is not shown`(row: [String]) throws {
        let mapping = try ColumnMapping(parsing: "phone=identityMap.Phone")

        let failure = #expect(throws: CommandFailure.self) { try RowMapping([mapping], columns: CSVColumns(row)) }

        #expect(failure?.message.contains("--no-header") == true)
        #expect(failure?.message.contains("\(row.count) columns") == true)
        for cell in row where cell != "7" { #expect(failure?.message.contains(cell) == false) }
    }

    @Test func `a first row in the place of a header of paths is not shown`() throws {
        let failure = #expect(throws: CommandFailure.self) { try RowMapping(header: ["ada@example.com", " Ada"]) }

        #expect(failure?.message.contains("--map") == true)
        #expect(failure?.message.lowercased().contains("ada") == false)
    }

    @Test func `nothing may stand in a column without a name`() throws {
        let mapping = try RowMapping(header: ["identityMap.Email", ""])

        #expect(try mapping.entity(["a", ""])["identityMap"] != nil)
        let refusal = #expect(throws: RowFault.self) { try mapping.entity(["a", "x"]) }
        #expect(refusal?.cell == 1)
    }

    @Test(arguments: [
        "4.91512E+12", "4,91512E+12", "1E+05", "#N/A", "#WERT!", "#######", "=\"0012\"", "j\u{FFFD}rg@example.com",
        "4.91512e+12", "4.91512E12", "-4.9E+12", "49.1512E+11", "12E+05", "49151234567.0", "49151234567,00",
        "#N/D", "#ERROR!", "#Н/Д", "#ЗНАЧ!", "#VALOR!", "#RIF!", "#NOME?", "#YOK", "#ADR!", "#GETTING_DATA", "#NEW!",
        "Err:502", "#n/a", "#N/A ", "\u{A0}#nv", "#HIÁNYZIK", "#HIA\u{301}NYZIK", "#NENÍ_K_DISPOZICI",
        "#ОЖИДАНИЕ_ДАННЫХ",
        "#PUUTTUU!", "#I/T", "#SAKNAS!", "#NEDOSTUPNÝ", "#Δ/Υ", "#DIVISION/0", "#AB", " 4.91512E+12 ",
        "4.91512E+12\u{A0}",
        "4.91512E-12", "1E-5", "\u{A0}49151234567.0", " =\"0012\"",
    ])
    func `an identity that a program lost is refused`(text: String) throws {
        let mapping = try mapping(["email=identityMap.Email"])

        let refusal = #expect(throws: RowFault.self) { try mapping.entity([text, "", "", ""]) }

        #expect(refusal?.code == "CSV_VALUE")
        #expect(refusal?.cell == 0)
    }

    @Test(arguments: [
        "#", "#1", "#12/3", "#A", "#2PP0JC", "#AB_12", "#Ab", "1E", "1E-", "4.9E-1x", "##", "#a/", "#/", "#ab", "Err:",
        "Err:x", "E+12", "1E12", "12E34", "1.5", "1.2.0", ".0", "+49151",
        "=1", "\u{e9}@example.com",
        "0012",
    ])
    func `an identity that only looks a little like it is taken`(text: String) throws {
        #expect(try mapping(["email=identityMap.Email"]).entity([text, "", "", ""])["identityMap"] != nil)
    }

    @Test func `a header in the middle of a file is no person`() throws {
        let mapping = try mapping(["email=identityMap.Email"])

        #expect(throws: RowFault.self) { try mapping.entity(["email", "first", "total", "when"]) }
    }

    @Test(arguments: [
        (["\u{FEFF}a@x", "", "", ""], 0), (["a@x\u{FEFF}email", "", "", ""], 0),
        (["a@x", "", "", "1\u{FEFF}email", "first", "total", "when"], 3),
    ])
    func `a byte order mark inside a file is no part of anybody`(cells: [String], cell: Int) throws {
        let mapping = try mapping(["email=identityMap.Email", "first=person.name.firstName"])

        let refusal = #expect(throws: RowFault.self) { try mapping.entity(cells) }

        #expect(refusal?.code == "CSV_FILES_JOINED")
        #expect(refusal?.cell == cell)
        #expect(try mapping.entity(["a@x", "b\u{FEFF}c", "", ""])["person"]?["name"]?["firstName"] == "b\u{FEFF}c")
    }

    @Test(arguments: [
        "#Н/Д", "#VALOR!", "#GETTING_DATA", "#HIÁNYZIK", "#NENÍ_K_DISPOZICI", "#ОЖИДАНИЕ_ДАННЫХ", "#PUUTTUU!",
        "#SAKNAS!",
        "#I/T", "#VÆRDI!", "#VERDI!",
    ])
    func `an attribute that a sheet lost is refused, one that is a mere hash tag is not`(text: String) throws {
        let mapping = try mapping(["email=identityMap.Email", "first=person.name.firstName"])

        #expect(throws: RowFault.self) { try mapping.entity(["a@x", text, "", ""]) }
        for tag in ["#wow!", "#WOW", "#SALE_NOW"] {
            #expect(try mapping.entity(["a@x", tag, "", ""])["person"]?["name"]?["firstName"] == .string(tag))
        }
    }

    @Test(arguments: [
        ("timestamp", "--as events"), ("timestamp.x", "--as events"), ("_id", "--as events"), ("_id.x", "--as events"),
        ("segmentMembership", "elsewhere"), ("segmentMembership.ups.a.status", "elsewhere"),
        ("IdentityMap.Email", "case counts"), ("identitymap.Email", "case counts"), ("IDENTITYMAP", "case counts"),
    ])
    func `a column that would be lost in a profile is refused`(target: String, cure: String) throws {
        let header = CSVColumns(["identityMap.Email", target])
        let asked = ["f.csv", "--map", "identityMap.Email=identityMap.Email", "--map", "\(target)=\(target)"]

        let option = #expect(throws: CommandFailure.self) { try IngestCommand.parse(asked).rowMapping(header) }
        let column = #expect(throws: CommandFailure.self) { try IngestCommand.parse(["f.csv"]).rowMapping(header) }

        #expect(option?.code == .usage)
        #expect(column?.code == .noInput)
        #expect(option?.message.contains(cure) == true)
        #expect(column?.message.contains("\"\(target)\"") == true)
    }

    @Test(arguments: [
        ("timestamp", true), ("_id", true), ("Timestamp", true), ("_ID.x", true), ("segmentMembership.a", true),
        ("timestamp.x", false), ("_id.x", false), ("IdentityMap.Email", false),
    ])
    func `an event has what a profile has not`(target: String, isTaken: Bool) throws {
        let header = CSVColumns(["identityMap.Email", target])
        let command = try IngestCommand.parse(["f.csv", "--as", "events"])

        #expect(isTaken == ((try? command.rowMapping(header)) != nil))
    }

    @Test func `blanks around an identity are seen`() throws {
        let mapping = try mapping(["email=identityMap.Email", "first=person.name.firstName"])

        #expect(mapping.hasIdentityBlanks(["a@x ", "", "", ""]))
        #expect(mapping.hasIdentityBlanks(["\u{A0}a@x", "", "", ""]))
        #expect(!mapping.hasIdentityBlanks(["a@x", " Ada ", "", ""]))
        #expect(!mapping.hasIdentityBlanks([" ", "", "", ""]))
    }
}
