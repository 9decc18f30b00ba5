import HTTPTypes
import Testing

@testable import ActivationCore
@testable import ActivationEngine
@testable import ActivationServer

/// What is most likely mistyped in a rule (BEHAVIOUR 5.3).
@Suite struct RuleWarningsTests {
    private static func figures(
        _ path: String,
        _ kinds: [PathSample.Kind],
        words: [(String, Int)]? = nil
    ) -> PathSample.Figures {
        var figures = PathSample.Figures(
            keys: path.split(separator: ".").map(String.init),
            profiles: 100,
            kinds: kinds,
            datasets: []
        )
        figures.words = words?.map { PathSample.Word(text: $0.0, profiles: $0.1) }
        return figures
    }

    private static let sample: PathSample = {
        let paths = [
            figures("person.tier", [.text], words: [("gold", 60), ("rare", 2), ("silver", 38)]),
            figures("person.name.first", [.text]), figures("person.age", [.integer, .number]),
            figures("person.vip", [.boolean]), figures("person.mixed", [.integer, .text]),
            figures("person.tags", [.array]),
        ]
        return PathSample(profiles: 100, paths: paths.sorted { $0.dotted < $1.dotted }, eventDatasets: ["web", "shop"])
    }()

    private static func warnings(
        _ rule: String,
        retention: [String: Int] = ["web": 30, "shop": 60],
        tellsWords: Bool = true
    ) throws -> [RuleWarning] {
        var known = PathDictionary()
        for figures in sample.paths { _ = known.intern(figures.keys) }
        let now = Timestamp(milliseconds: 1_770_000_000_000)
        let mentions = try PQLExpression(parsing: rule).mentions(known: known, now: now) { _ in nil }
        return RuleWarnings(sample: sample, retention: retention, tellsWords: tellsWords).about(mentions)
    }

    @Test(arguments: [
        (#"person.teir = "gold""#, "PATH_UNKNOWN", "person.tier"), ("nothing.like.it = 1", "PATH_UNKNOWN", nil),
        (#"person.tier = "Gold""#, "VALUE_UNKNOWN", #""gold""#),
        (#"person.tier in ["silvr"]"#, "VALUE_UNKNOWN", #""silver""#),
        (#"person.tier != "Silver""#, "VALUE_UNKNOWN", #""silver""#),
        (#"person.tier.equals("Rare")"#, "VALUE_UNKNOWN", nil),
        (#"person.age = "40""#, "TYPE_MISMATCH", "40"), (#"person.age > "old""#, "TYPE_MISMATCH", nil),
        ("person.tier = 1", "TYPE_MISMATCH", #""1""#), (#"person.vip = "true""#, "TYPE_MISMATCH", "true"),
        (#"person.age.contains("4")"#, "TYPE_MISMATCH", nil),
        (#"person.name = "Mira""#, "MAP_COMPARED", "person.name.first"),
        ("xEvent[timestamp occurs < 90 days before now].count() > 1", "WINDOW_BEYOND_RETENTION", "60 days"),
    ])
    func `a slip is told with what was most likely meant`(rule: String, code: String, suggestion: String?) throws {
        let warnings = try Self.warnings(rule)

        #expect(warnings.map(\.code.rawValue) == [code])
        #expect(warnings.first?.suggestion == suggestion)
    }

    @Test(arguments: [
        #"person.tier = "gold""#, #"person.tier in ["gold", "rare"]"#, #"person.tier > "Gold""#,
        #"person.tier != "platinum""#,
        #"person.tier.contains("Go")"#,
        #"person.name.first = "Mira""#, "person.age = 40.5", "person.vip = true",
        #"person.mixed = "x" or person.mixed = 1"#,
        #"person.tags = "x""#, #"person.tags.color = "x""#, "person.name.isNull()",
        "xEvent[timestamp occurs < 60 days before now].count() > 1",
        "xEvent.count() > 1",
    ])
    func `what may be meant is not warned about`(rule: String) throws {
        #expect(try Self.warnings(rule).isEmpty)
    }

    @Test func `events that are kept for good let any window be`() throws {
        let rule = "xEvent[timestamp occurs < 90 days before now].count() > 1"
        #expect(try Self.warnings(rule, retention: ["web": 30]).isEmpty)
    }

    @Test func `words are not told to whoever may not see profiles`() throws {
        let warning = try #require(try Self.warnings(#"person.tier = "Gold""#, tellsWords: false).first)

        #expect(warning.code == .valueUnknown && warning.suggestion == nil)
        #expect(!warning.message.contains("gold"))
    }

    @Test func `warnings stand in the order of the text`() throws {
        let warnings = try Self.warnings("person.age = \"x\" and\n(nothing = 1 or person.tier = 5)")

        #expect(
            warnings.map(\.place) == [
                PQLMentions.Place(line: 1, column: 1), PQLMentions.Place(line: 2, column: 2),
                PQLMentions.Place(line: 2, column: 17),
            ]
        )
    }

    @Test func `definitions and checks are answered with warnings from the stored profiles`() async throws {
        try await IngestWorld.run { world in
            for number in 0..<9 {
                let record =
                    #"{"identityMap":{"Email":[{"id":"p\#(number)@x.org"}]},"tier":"gold","mail":"p\#(number)@x.org"}"#
                _ = try await world.send(.post, "/v1/profiles", record)
            }
            let body = #"{"expression":{"value":"tier = \"Gold\" and mail = \"P1@x.org\""}}"#
            let checked = try await world.send(.post, "/v1/audiences/check", body)
            #expect(checked.status == 200)
            #expect(checked["warnings"]?.array?.count == 1)
            let warning = checked["warnings"]?[0]
            #expect(warning?["code"] == "VALUE_UNKNOWN" && warning?["suggestion"] == #""gold""#)
            #expect(warning?["line"] == 1 && warning?["column"] == 1 && warning?["path"] == "tier")
            #expect(!checked.text.contains("p1@x.org"))

            let made = try await world.send(
                .post,
                "/data/core/ups/segment/definitions",
                #"{"name":"x","expression":{"value":"tier = \"Gold\""}}"#
            )
            #expect(made.status == 200 && made["warnings"]?[0] == warning)
            let json =
                #"{"expression":{"format":"pql/json","value":"{\"nodeType\":\"fnApply\",\"fnName\":\"=\",\"params\":[{\"nodeType\":\"fieldLookup\",\"fieldName\":\"tir\",\"object\":{\"nodeType\":\"parameterReference\",\"position\":1}},{\"nodeType\":\"literal\",\"literalType\":\"String\",\"value\":\"x\"}]}"}}"#
            let tree = try await world.send(.post, "/v1/audiences/check", json)
            #expect(tree["warnings"]?[0]?["textForm"]?.string != nil)
            #expect(tree["warnings"]?[0]?["suggestion"] == "tier")

            for (wrong, status, code) in [
                (#"{"expression":{"value":"a ="}}"#, 400, "PQL_INVALID"), (#"[]"#, 400, "FIELD_INVALID"),
                (#"{"expression":{"value":"a = 1"},"audienceId":"none"}"#, 404, "DEFINITION_UNKNOWN"),
            ] {
                let answer = try await world.send(.post, "/v1/audiences/check", wrong)
                #expect(answer.status == status && answer.errorCode == code)
            }
        }
    }
}
