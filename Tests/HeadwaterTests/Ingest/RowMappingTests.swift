import ActivationCore
import Testing

@testable import headwater

@Suite struct RowMappingTests {
    private let header = ["email", "first", "total", "when"]

    private func mapping(_ texts: [String], eventIDPrefix: String? = nil) throws -> RowMapping {
        try RowMapping(try texts.map { try ColumnMapping(parsing: $0) }, header: header, eventIDPrefix: eventIDPrefix)
    }

    @Test func `columns are told apart by their bytes, and a dot is a dot whatever follows`() throws {
        let mapping = try RowMapping(
            [
                try ColumnMapping(parsing: "caf\u{e9}=identityMap.Email"),
                try ColumnMapping(parsing: "cafe\u{301}=a.\u{301}b"),
            ],
            header: ["cafe\u{301}", "caf\u{e9}"],
            eventIDPrefix: nil
        )

        let entity = try mapping.entity(["second", "first"], row: 1)

        #expect(entity["identityMap"]?["Email"]?[0]?["id"] == "first")
        #expect(entity["a"]?["\u{301}b"] == "second")
    }

    @Test func `columns become identities, paths and typed values`() throws {
        let mapping = try mapping([
            "email=identityMap.Email", "first=person.name.firstName", "total=commerce.order.priceTotal:number",
            "when=timestamp",
        ])

        let entity = try mapping.entity(["a@example.com", "Ada", "12.50", "20260302"], row: 1)

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

        #expect(try mapping.entity(["a@example.com", "", "", ""], row: 1)["person"] == nil)
    }

    @Test func `an event without a mapped id gets one from file and row`() throws {
        let mapping = try mapping(["email=identityMap.Email"], eventIDPrefix: "digest")

        #expect(try mapping.entity(["a", "", "", ""], row: 7)["_id"] == "digest-7")
    }

    @Test func `a row of another width, without identity or with a wrong value is refused`() throws {
        let mapping = try mapping(["email=identityMap.Email", "total=x:integer"])

        #expect(throws: RowMapping.Refused.self) { try mapping.entity(["a"], row: 1) }
        #expect(throws: RowMapping.Refused.self) { try mapping.entity(["", "", "1", ""], row: 1) }
        #expect(throws: RowMapping.Refused.self) { try mapping.entity(["a", "", "1.5", ""], row: 1) }
    }

    @Test func `a refusal never holds the value`() throws {
        let mapping = try mapping(["email=identityMap.Email", "total=x:number"])

        let refusal = #expect(throws: RowMapping.Refused.self) { try mapping.entity(["a", "", "s3cret", ""], row: 1) }

        #expect(refusal?.message.contains("s3cret") == false)
    }

    @Test(arguments: ["email", "=identityMap.Email", "email=", "email=a..b", "email=identityMap"])
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
        ("1772442904000", "2026-03-02T09:15:04Z"),
    ])
    func `instants come in five spellings`(text: String, expected: String) {
        #expect(ColumnMapping.Kind.timestamp.value(of: text) == .string(expected))
    }

    @Test(arguments: ["", "yesterday", "2026-13-01", "20261301", "123"])
    func `other texts are no instants`(text: String) {
        #expect(ColumnMapping.Kind.timestamp.value(of: text) == nil)
    }
}
