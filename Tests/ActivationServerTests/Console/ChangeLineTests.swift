import ActivationCore
import Testing

@testable import ActivationServer

struct ChangeLineTests {
    private static func lines(_ parts: String) throws -> [String] {
        let stored = #"{"parts":\#(parts)}"#
        let difference = try #require(ChangeDifference(Array(stored.utf8)))
        return ChangeLine.lines(of: difference).map { line in
            "\(line.what): \(line.before ?? "-") > \(line.after ?? "-")\(line.note.map { " (\($0))" } ?? "")"
        }
    }

    @Test(arguments: [
        (#"[{"path":"/name","before":"a","after":"b"}]"#, ["Name: a > b"]),
        (#"[{"path":"/expression/value","before":"x","after":"y"}]"#, ["Rule: x > y"]),
        (#"[{"path":"/params/stream","before":"s","after":"t"}]"#, ["Target: stream: s > t"]),
        (#"[{"path":"/params/retries","after":3}]"#, ["Target: retries: - > 3"]),
        (#"[{"path":"/something/new","before":true}]"#, ["something/new: true > -"]),
        (#"[{"path":"/auth/params/secretKey","isSecret":true}]"#, ["Account: secretKey: - > - (another secret)"]),
        (
            #"[{"path":"/auth/params/accessKeyId","before":"AKIAEXAMPLE0001","after":"short"}]"#,
            ["Account: accessKeyId: …0001 > …"]
        ),
        (
            #"[{"path":"/auth","after":{"params":{"accessKeyId":"AKIAEXAMPLE0001","secretKey":"(secret)"}}}]"#,
            ["Account: accessKeyId: - > …0001", "Account: secretKey: - > (secret)"]
        ),
        (
            #"[{"path":"/description","before":"a","after":"b","afterBytes":5000}]"#,
            ["Description: a > b… (only the beginning is kept of 4.8 KiB)"]
        ),
        (
            #"[{"path":"/params","after":{"stream":"s","retries":2,"partitionKey":{"namespace":"Email"}}}]"#,
            ["Target: stream: - > s", "Target: retries: - > 2", "Target: partitionKey/namespace: - > Email"]
        ),
        // What goes without saying.
        (#"[{"path":"/description","after":""},{"path":"/connectionSpec","after":{"id":"1"}}]"#, []),
        (#"[{"path":"/description","before":"x","after":""}]"#, ["Description: x > "]),
        // What was put in part by part begins with nothing.
        (#"[{"path":"/transformations","after":[]},{"path":"/x","after":{}}]"#, []),
        (#"[{"path":"/marketingActions","before":["a"],"after":[]}]"#, [#"Marketing actions: ["a"] > []"#]),
    ])
    func `a part is told in words`(parts: String, lines: [String]) throws {
        #expect(try Self.lines(parts) == lines)
    }

    @Test func `a mapping is told audience by audience and path by path`() throws {
        let audience = #"{"type":"PLATFORM_SEGMENT","value":{"id":"1","name":"VIP"}}"#
        let attribute = #"{"type":"JSON_PATH","value":{"path":"person.age","exportOn":"change"}}"#
        let lists =
            #"{"segmentSelectors":{"selectors":[\#(audience)]},"profileSelectors":{"selectors":[\#(attribute)]}}"#
        let place = "/transformations/0/params"

        let made = try Self.lines(
            #"[{"path":"/transformations","after":[{"name":"GeneralTransform","params":\#(lists)}]}]"#
        )
        let changed = try Self.lines(
            """
            [{"path":"\(place)/segmentSelectors/selectors/3","before":\(audience)},
             {"path":"\(place)/profileSelectors/selectors/0","after":\(attribute)},
             {"path":"\(place)/profileSelectors/selectors/1/value/exportOn","before":"change","after":"never"}]
            """
        )

        #expect(made == ["Audience mapped: - > VIP", "Attribute mapped: - > person.age (sent on change)"])
        #expect(
            changed == [
                "Audience mapped no more: VIP > -", "Attribute mapped: - > person.age (sent on change)",
                "transformations/0/params/profileSelectors/selectors/1/value/exportOn: change > never",
            ]
        )
    }
}
