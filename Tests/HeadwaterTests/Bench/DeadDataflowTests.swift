import ActivationCore
import ArgumentParser
import KinesisLocal
import Testing

@testable import headwater

@Suite struct DeadDataflowTests {
    private static func report(_ adjust: (inout DeadDataflowReport) -> Void = { _ in }) -> DeadDataflowReport {
        var report = DeadDataflowReport(dataflows: 20, deadFor: .seconds(600))
        report.updates = 10
        report.before = .init([10, 20])
        report.during = .init([10, 40])
        report.after = .init([15])
        report.answers = [.init(what: "SIGTERM", time: .seconds(2))]
        report.backlog = 5
        report.backlogTime = .seconds(1)
        report.stream.marked = 12
        report.stream.duplicates = 2
        adjust(&report)
        return report
    }

    @Test func `a run in which every promise held is clean`() {
        #expect(Self.report().broken == [])
        #expect(Self.report().json["isClean"]?.bool == true && Self.report().text.contains("every promise held"))
    }

    @Test(
        arguments: [
            { $0.before = .init() }, { $0.during = .init([10, 41]) }, { $0.during = .init() }, { $0.after = .init() },
            { $0.answers = [.init(what: "DELETE", time: .milliseconds(2_001))] },
            { $0.answers = [.init(what: "DELETE", time: .zero, isGood: false)] }, { $0.backlog = 0 },
            { $0.backlogTime = nil }, { $0.stream.late = 1 }, { $0.stream.leaps = 1 }, { $0.stream.marked = 11 },
            { $0.stream.missing = 1 }, { $0.stream.unmarked = 1 }, { $0.othersOff = 1 }, { $0.booksOff = 1 },
        ] as [@Sendable (inout DeadDataflowReport) -> Void]
    )
    func `each broken promise is told`(breaks: @Sendable (inout DeadDataflowReport) -> Void) {
        let report = Self.report(breaks)

        #expect(!report.broken.isEmpty && report.json["isClean"]?.bool == false)
        #expect(report.text.contains("A PROMISE WAS BROKEN"))
    }

    @Test func `what is as slow afterwards was not slow because of the dead`() {
        #expect(
            Self.report {
                $0.during = .init([50]); $0.after = .init([40])
            }.broken == []
        )
    }

    @Test func `a percentile is the time that its share did not exceed`() {
        let latencies = DeadDataflowReport.Latencies((1...100).reversed())

        #expect(latencies.milliseconds(0.5) == 51 && latencies.milliseconds(0.99) == 100)
        #expect(DeadDataflowReport.Latencies().milliseconds(0.99) == nil)
    }

    @Test func `an update tells when it was sent`() {
        #expect(PacedLoad.sentAt(Array(#"{"mark":"~k=1;s=2~t=1700000000000~"}"#.utf8)) == 1_700_000_000_000)
        #expect(PacedLoad.sentAt(Array(#"{"mark":"~k=1;s=2~"}"#.utf8)) == nil)
        #expect(PacedLoad.sentAt(Array("~t=".utf8)) == nil)
    }

    @Test(arguments: [
        ["--dataflows", "1"], ["--dataflows", "101"], ["--rate", "0"], ["--profiles", "0"], ["--before", "0"],
        ["--dead", "4"], ["--dead", "nan"],
    ])
    func `what cannot be measured is refused`(arguments: [String]) {
        #expect(throws: (any Error).self) { try DeadDataflowCommand.parse(arguments) }
    }
}
