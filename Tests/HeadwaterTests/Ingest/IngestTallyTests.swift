import ActivationCore
import Testing

@testable import TextFiles
@testable import headwater

@Suite struct IngestTallyTests {
    private func report(_ line: Int64, _ count: Int64, _ namespace: String = "Email") -> JSONValue {
        [
            "accepted": 2, "duplicates": 0, "failed": 0, "errors": [],
            "warnings": [
                [
                    "code": "IDENTITY_IGNORED", "message": "left out", "namespace": .string(namespace),
                    "count": .integer(count), "line": .integer(line),
                ]
            ],
        ]
    }

    @Test func `warnings of many requests are one per namespace, with the first line of the input`() {
        var tally = IngestTally()
        tally.add(report: report(2, 1), lines: [10, 11])
        tally.add(report: report(1, 2), lines: [12, 13])
        tally.add(report: report(1, 1, "Phone"), lines: [14, 15])

        #expect(tally.warnings.map(\.namespace) == ["Email", "Phone"])
        #expect(tally.warnings.map(\.count) == [3, 1])
        #expect(tally.warnings.map(\.line) == [11, 14])
        let shown = IngestReport(
            tally: tally,
            elapsed: .seconds(1),
            reading: InputReading(format: .ndjson, encoding: .utf8)
        ).json["warnings"]
        #expect(shown?[0]?["count"] == 3)
        #expect(shown?[0]?["line"] == 11)
    }

    @Test func `figures that nobody can mean end nothing`() {
        var tally = IngestTally()
        let absurd: JSONValue = [
            "accepted": .integer(.max), "duplicates": .integer(.min), "failed": .integer(.max),
            "errors": [["line": .integer(.min), "code": "X"], ["line": .integer(.max), "code": "X"]],
            "warnings": [["code": "X", "count": .integer(.max), "line": .integer(.min)]],
        ]
        for _ in 0..<3 { tally.add(report: absurd, lines: [1, 2]) }

        #expect(tally.accepted == 6)
        #expect(tally.duplicates == 0)
        #expect(tally.refusals.isEmpty)
        #expect(tally.warnings.map(\.line) == [nil])
    }
}
