import ActivationCore
import Testing

/// What a message must look like (BEHAVIOUR 4.2, 4.3, 4.5, 4.8).
@Suite struct MessageTests {
    private static let namespaces = NamespaceDirectory(custom: [
        IdentityNamespace(symbol: "CRM", name: "CRM", type: .crossDevice, isCustom: true)
    ])

    private static func refusal(_ entity: String, isEvent: Bool = false) throws -> MessageError? {
        let document = try JSONDocument(parsing: entity)
        do throws(MessageError) {
            if isEvent {
                _ = try Message(event: document, dataset: "web", namespaces: namespaces)
            } else {
                _ = try Message(record: document, dataset: "crm", namespaces: namespaces)
            }
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        (#"[]"#, "NOT_AN_OBJECT"),
        (#"{}"#, "IDENTITY_MISSING"),
        (#"{"identityMap":{}}"#, "IDENTITY_MISSING"),
        (#"{"identityMap":[]}"#, "WRONG_TYPE"),
        (#"{"identityMap":{"Email":{}}}"#, "WRONG_TYPE"),
        (#"{"identityMap":{"Email":["x"]}}"#, "WRONG_TYPE"),
        (#"{"identityMap":{"Email":[{"id":7}]}}"#, "WRONG_TYPE"),
        (#"{"identityMap":{"Email":[{"id":"x","primary":"yes"}]}}"#, "WRONG_TYPE"),
        (#"{"identityMap":{"Email":[{"id":""}]}}"#, "IDENTITY_MISSING"),
        (#"{"identityMap":{"Email":[{"id":" \u00a0"}],"Phone":[{"id":"NULL"}]}}"#, "IDENTITY_MISSING"),
        (#"{"identityMap":{"Nobody":[{"id":"x"}]}}"#, "NAMESPACE_UNKNOWN"),
        (#"{"identityMap":{"ECID":[{"id":"123"}]}}"#, "ECID_INVALID"),
        (#"{"identityMap":{"Email":[{"id":"a","primary":true},{"id":"b","primary":true}]}}"#, "PRIMARY_AMBIGUOUS"),
    ]) func `a record that breaks a rule is refused with its code`(entity: String, code: String) throws {
        #expect(try Self.refusal(entity)?.code == code)
    }

    @Test(arguments: [
        "1e999", "-1e309", "1.8e308", #"[0,{"b":1E400}]"#, #"{"b":{"c":[1e99999999999999999999]}}"#,
        String(repeating: "9", count: 310), "0.\(String(repeating: "0", count: 400))1e800",
    ]) func `a number near which there is no double is refused`(value: String) throws {
        let record = #"{"identityMap":{"Email":[{"id":"a"}]},"k":\#(value)}"#
        let event =
            #"{"identityMap":{"Email":[{"id":"a"}]},"_id":"e","timestamp":"2026-03-02T09:15:04Z","k":\#(value)}"#
        #expect(try Self.refusal(record)?.code == "NUMBER_OUT_OF_RANGE")
        #expect(try Self.refusal(event, isEvent: true)?.code == "NUMBER_OUT_OF_RANGE")
        #expect(try Self.refusal(record)?.message.contains("999") == false)
    }

    @Test(arguments: [
        "1e308", "-1.7976931348623157e308", "1e-999", "0e999", "12345678901234567890", "-0", "1.0", #""1e999""#,
        "0.\(String(repeating: "0", count: 400))1", String(repeating: "9", count: 308),
    ]) func `a number that a double comes near is taken`(value: String) throws {
        #expect(try Self.refusal(#"{"identityMap":{"Email":[{"id":"a"}]},"k":\#(value)}"#) == nil)
    }

    @Test(arguments: [
        "", "  ", "\u{3000}", "null", "Undefined", "NONE", "nan", "Anonymous", "invalid", " null ",
        #"\\N"#, "(null)", "N/A", "n/a ", "#N/A", "<NA>", "00000000-0000-0000-0000-000000000000",
    ]) func `an identity that means nobody is left out and told`(value: String) throws {
        let message = try Message(
            record: JSONDocument(
                parsing: #"{"identityMap":{"Email":[{"id":"\#(value)","primary":true}],"CRM":[{"id":"c-1"}]}}"#
            ),
            dataset: "crm",
            namespaces: Self.namespaces
        )

        #expect(message.identities == [Identity(namespace: "CRM", value: "c-1")])
        #expect(message.ignoredIdentities == ["Email"])
    }

    @Test(arguments: ["\u{200B}", "\u{AD}", "\u{1A}", "\u{1}", " \u{FEFF}\u{A0}\u{2060}", "\u{200E}null\u{7F}"])
    func `an identity of which nothing can be seen means nobody`(value: String) throws {
        let namespace = try #require(NamespaceDirectory().namespace(symbol: "Email"))

        #expect(namespace.ignores(value))
        #expect(!namespace.ignores(value + "a"))
    }

    @Test(arguments: ["nullify", "anonymous@example.org", "none.", "0", "000000000-0000-0000-0000-000000000000"])
    func `an identity that only resembles nobody counts`(value: String) throws {
        let document = try JSONDocument(parsing: #"{"identityMap":{"Email":[{"id":"\#(value)"}]}}"#)
        let message = try Message(record: document, dataset: "crm", namespaces: Self.namespaces)

        #expect(message.identities.map(\.value) == [value])
        #expect(message.ignoredIdentities.isEmpty)
    }

    @Test func `a namespace can have its own values that mean nobody`() throws {
        let own = IdentityNamespace(
            symbol: "Loyalty",
            name: "Loyalty",
            type: .crossDevice,
            isCustom: true,
            ignoredValues: ["9999"]
        )
        let namespaces = NamespaceDirectory(custom: [own], ignoredValues: ["Email": ["nobody@example.org"]])
        let document = try JSONDocument(
            parsing: """
                {"identityMap":{"Loyalty":[{"id":"9999"},{"id":"null"}],"Email":[{"id":"NOBODY@example.org"}]}}
                """
        )

        let message = try Message(record: document, dataset: "crm", namespaces: namespaces)

        #expect(message.identities == [Identity(namespace: "Loyalty", value: "null")])
        #expect(message.ignoredIdentities.sorted() == ["Email", "Loyalty"])
    }

    @Test func `an identity value has at most 1024 characters, however many bytes`() throws {
        let long = String(repeating: "é", count: 1_024)

        #expect(try Self.refusal(#"{"identityMap":{"CRM":[{"id":"\#(long)"}]}}"#) == nil)
        #expect(try Self.refusal(#"{"identityMap":{"CRM":[{"id":"\#(long)e"}]}}"#)?.code == "IDENTITY_TOO_LONG")
    }

    @Test func `a message has at most 20 identities`() throws {
        func entity(_ count: Int) -> String {
            let list = (0..<count).map { #"{"id":"\#($0)"}"# }.joined(separator: ",")
            return #"{"identityMap":{"CRM":[\#(list)]}}"#
        }

        #expect(try Self.refusal(entity(20)) == nil)
        #expect(try Self.refusal(entity(21))?.code == "IDENTITIES_TOO_MANY")
    }

    @Test func `a record has at most 102400 bytes and an event 10240`() throws {
        func entity(_ bytes: Int) -> String {
            let head = #"{"identityMap":{"CRM":[{"id":"1"}]},"_id":"e","timestamp":"2026-01-01T00:00:00Z","a":""#
            return head + String(repeating: "x", count: bytes - head.utf8.count - 2) + #""}"#
        }

        #expect(try Self.refusal(entity(102_400)) == nil)
        #expect(try Self.refusal(entity(102_401))?.code == "RECORD_TOO_LARGE")
        #expect(try Self.refusal(entity(10_240), isEvent: true) == nil)
        #expect(try Self.refusal(entity(10_241), isEvent: true)?.code == "RECORD_TOO_LARGE")
    }

    @Test(arguments: [
        (#""timestamp":"2026-01-01T00:00:00Z""#, "EVENT_ID_MISSING"),
        (#""_id":"","timestamp":"2026-01-01T00:00:00Z""#, "EVENT_ID_MISSING"),
        (#""_id":7,"timestamp":"2026-01-01T00:00:00Z""#, "EVENT_ID_MISSING"),
        (#""_id":"e""#, "TIMESTAMP_INVALID"),
        (#""_id":"e","timestamp":"yesterday""#, "TIMESTAMP_INVALID"),
        (#""_id":"e","timestamp":1700000000"#, "TIMESTAMP_INVALID"),
    ]) func `an event needs an id and an instant`(fields: String, code: String) throws {
        let entity = #"{"identityMap":{"CRM":[{"id":"1"}]},\#(fields)}"#

        #expect(try Self.refusal(entity, isEvent: true)?.code == code)
    }

    @Test func `without a mark the first by symbol and position is primary, symbols match in any case`() throws {
        let message = try Message(
            record: JSONDocument(parsing: #"{"identityMap":{"email":[{"id":"b"},{"id":"a"}],"crm":[{"id":"z"}]}}"#),
            dataset: "crm",
            namespaces: Self.namespaces
        )

        #expect(
            message.identities == [
                Identity(namespace: "CRM", value: "z"), Identity(namespace: "Email", value: "b"),
                Identity(namespace: "Email", value: "a"),
            ]
        )
    }

    @Test func `values that look alike are different identities`() {
        #expect(Identity(namespace: "CRM", value: "\u{E9}") != Identity(namespace: "CRM", value: "e\u{301}"))
    }

    @Test func `no refusal ever repeats a value`() throws {
        let secret = "s3cr3t-value"
        let entities = [
            #"{"identityMap":{"\#(secret)":[{"id":"\#(secret)"}]}}"#,
            #"{"identityMap":{"ECID":[{"id":"\#(secret)"}]}}"#,
            #"{"identityMap":{"Email":"\#(secret)"}}"#,
            #"{"identityMap":{"Email":[{"id":"\#(secret)","primary":"\#(secret)"}]}}"#,
            #"{"identityMap":{"Email":[{"id":"a"}]},"_id":"\#(secret)","timestamp":"\#(secret)"}"#,
        ]
        for entity in entities {
            let refusal = try Self.refusal(entity, isEvent: true)
            let error = try #require(refusal)
            #expect(!"\(error)".contains(secret))
        }
    }

    @Test func `a namespace is found by its bytes, in any case`() {
        let composed = "Caf\u{e9}"
        let namespaces = NamespaceDirectory(custom: [
            IdentityNamespace(symbol: composed, name: "one", type: .crossDevice, isCustom: true)
        ])

        #expect(namespaces.namespace(symbol: "caf\u{e9}")?.name == "one")
        #expect(namespaces.namespace(symbol: "Cafe\u{301}") == nil)
    }
}
