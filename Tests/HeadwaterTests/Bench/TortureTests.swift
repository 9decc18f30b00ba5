import ActivationCore
import ArgumentParser
import KinesisLocal
import Testing

@testable import headwater

@Suite struct TortureTests {
    private static func report(_ adjust: (inout TortureReport) -> Void = { _ in }) -> TortureReport {
        var report = TortureReport()
        report.exports = 10
        report.duplicatesPossible = 2
        report.stream.marked = 12
        report.stream.duplicates = 2
        report.books = ["pending": 0, "parked": 0, "isBalanced": true]
        adjust(&report)
        return report
    }

    private static func pause(_ adjust: (inout SinkPause) -> Void = { _ in }) -> SinkPause {
        var pause = SinkPause(
            length: .seconds(60),
            rateBefore: 1_000,
            residentBytesBefore: 90,
            residentBytesLimit: 100,
            backWithin: .seconds(2)
        )
        pause.updates = 5
        pause.residentBytesMax = 100
        pause.rateBack = .back(after: .seconds(2))
        adjust(&pause)
        return pause
    }

    @Test func `a run in which every promise held is clean`() {
        #expect(Self.report().verdict.broken == [])
        #expect(Self.report { $0.pause = Self.pause() }.verdict.isClean)
        #expect(
            Self.report { $0.pause = Self.pause { $0.rateBack = .nothingLeft(after: .seconds(1)) } }.verdict.isClean
        )
    }

    @Test(
        arguments: [
            { $0.stream.marked = 11 }, { $0.stream.missing = 1 }, { $0.stream.late = 1 }, { $0.stream.unmarked = 1 },
            { $0.stream.notFollowed = 1 }, { $0.duplicatesPossible = 1 }, { $0.auditsOff = 1 },
            { $0.books = ["pending": 1, "parked": 0, "isBalanced": true] },
            { $0.books = ["pending": 0, "parked": 1, "isBalanced": true] },
            { $0.books = ["pending": 0, "parked": 0, "isBalanced": false] },
        ] as [@Sendable (inout TortureReport) -> Void]
    )
    func `each broken promise is told`(breaks: @Sendable (inout TortureReport) -> Void) {
        #expect(Self.report(breaks).verdict.broken.count == 1)
    }

    @Test(
        arguments: [
            { $0.rateBefore = 0 }, { $0.updates = 0 }, { $0.residentBytesMax = 101 }, { $0.rateBack = .never },
            { $0.rateBack = .back(after: .milliseconds(2_001)) },
            { $0.rateBack = .nothingLeft(after: .milliseconds(2_001)) },
        ] as [@Sendable (inout SinkPause) -> Void]
    )
    func `a pause that broke a promise, or shows nothing, is told`(breaks: @Sendable (inout SinkPause) -> Void) {
        let report = Self.report { $0.pause = Self.pause(breaks) }

        #expect(report.verdict.broken.count == 1)
        #expect(report.text.contains("A PROMISE WAS BROKEN") && report.json["isClean"]?.bool == false)
    }

    @Test func `throttling takes turns, kills are spread, and the pause is in the middle of a turn`() {
        let plan = TorturePlan(updates: 600, throttled: [0.01, 0.1, 0.5], kills: 2, pausesSink: true)

        #expect(
            plan.steps == [
                .init(updates: 0, action: .throttle(0.01)), .init(updates: 200, action: .throttle(0.1)),
                .init(updates: 200, action: .kill), .init(updates: 300, action: .pauseSink),
                .init(updates: 400, action: .throttle(0.5)), .init(updates: 400, action: .kill),
            ]
        )
    }

    @Test func `a rate is known when the window has passed, and is that of the window`() {
        let begun = ContinuousClock.now
        var rate = ArrivalRate(over: .seconds(1))

        #expect(rate.note(100, at: begun) == nil)
        #expect(rate.note(200, at: begun + .milliseconds(500)) == nil)
        #expect(rate.note(300, at: begun + .seconds(1)) == 200)
        #expect(rate.note(1_200, at: begun + .milliseconds(1_500)) == 1_000)
    }

    @Test(arguments: [
        ["--throttled", "0.1,"], ["--throttled", "0.1,x"], ["--throttled", "1"], ["--throttled", ""],
        ["--pause-sink", "-1"], ["--memory-mb", "0"], ["--back-within", "-1"], ["--profiles", "0"], ["--failed", "1"],
    ])
    func `what cannot be run is refused`(arguments: [String]) {
        #expect(throws: (any Error).self) { try TortureCommand.parse(arguments) }
    }

    @Test func `shares of throttled records take turns in their order`() throws {
        #expect(try TortureCommand.parse(["--throttled", "0.01,0.1,0.5"]).shares == [0.01, 0.1, 0.5])
        #expect(try TortureCommand.parse([]).shares == [0.1])
    }
}
