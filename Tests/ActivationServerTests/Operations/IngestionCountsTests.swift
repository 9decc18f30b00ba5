import ActivationCore
import TestSupport
import Testing

@testable import ActivationServer

@Suite struct IngestionCountsTests {
    private static let hour: Int64 = 3_600_000

    @Test func `hours are counted apart, and only those of a day are kept`() {
        let counts = IngestionCounts()
        func at(_ hour: Int64, _ rest: Int64 = 0) -> Timestamp { Timestamp(milliseconds: hour * Self.hour + rest) }
        for hour in Int64(100)..<130 {
            counts.count(IngestionCounts.Outcome(accepted: 2, refused: ["A": 1]), of: "crm", at: at(hour))
            counts.count(IngestionCounts.Outcome(accepted: 1, refused: ["B": 3]), of: "crm", at: at(hour, 5))
        }
        counts.count(IngestionCounts.Outcome(), of: "web", at: at(129))

        let hours = counts.hours(of: "crm", at: at(129, 1))

        #expect(hours.map(\.start) == (106..<130).map { at($0) })
        #expect(hours.allSatisfy { $0.outcome == IngestionCounts.Outcome(accepted: 3, refused: ["A": 1, "B": 3]) })
        #expect(counts.hours(of: "crm", at: at(152)).map(\.start) == [at(129)])
        #expect(counts.hours(of: "web", at: at(129)).isEmpty && counts.hours(of: "crm", at: at(153)).isEmpty)
    }

    @Test func `a report tells what came since an earlier one`() {
        var report = LineReport()
        report.accept()
        report.refuse(LineReport.Failure(line: 2, code: "A", message: ""))
        let earlier = report
        report.acceptDuplicate()
        report.refuse(LineReport.Failure(line: 4, code: "B", message: ""))

        #expect(report.outcome(since: earlier) == IngestionCounts.Outcome(accepted: 1, refused: ["B": 1]))
        #expect(report.outcome(since: report) == IngestionCounts.Outcome())
    }
}
