import ActivationCore
import Foundation
import Synchronization
import Testing

@testable import HeadwaterBench

@Suite struct EventsBenchTests {
    private struct Directory: ScratchDirectory {
        let path: String

        init() throws {
            let url = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID())")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
            path = url.path
        }

        func remove() { try? FileManager.default.removeItem(atPath: path) }
    }

    /// Counts what a display is told.
    private final class Watch: Sendable {
        let seen = Mutex((total: Int64(0), done: Int64(0)))

        struct Display: ProgressDisplay {
            let watch: Watch

            func update(done: Int64, items: Int64) { watch.seen.withLock { $0.done = done } }
            func finish(done: Int64, items: Int64) { watch.seen.withLock { $0.done = done } }
        }

        func open(total: Int64) -> any ProgressDisplay {
            seen.withLock { $0.total = total }
            return Display(watch: self)
        }
    }

    @Test(arguments: EventSet.allCases)
    func `what a rule looks at is kept, but a chain's day is read`(set: EventSet) throws {
        var paths = PathDictionary()
        let program = try PQLProgram(
            compiling: try PQLExpression(parsing: set.rule),
            paths: &paths,
            audience: { _ in nil }
        )

        switch set {
        case .chain, .denseChain:
            #expect(program.plan.kind == .window)
            #expect(program.plan.span == "24 hours")
        default: #expect(program.plan.kind == .incremental)
        }
        #expect(program.readsClock == !["sum", "count", "exists", "max"].contains(set.rawValue))
    }

    @Test func `a small measurement gives every figure once, and they add up`() async throws {
        let watch = Watch()
        let bench = EventsBench(
            EventsBench.Options(
                histories: [3, 20],
                sets: EventSet.allCases,
                audiences: 3,
                profiles: 4,
                events: 17,
                seconds: 600,
                seed: 7
            ),
            makeDirectory: { try Directory() },
            show: { total, _, _ in watch.open(total: total) }
        )

        let report = try await bench.run()

        let expected = EventSet.allCases.flatMap { set in [3, 20].map { "\(set.rawValue) \($0)" } }
        #expect(report.figures.map { "\($0.set.rawValue) \($0.history)" } == expected)
        #expect(report.referenceHistory == 3)
        for figure in report.figures {
            // Four batches of four, after one that is not measured.
            #expect(figure.events == 16)
            #expect(figure.profiles == (figure.history == 20 ? 4 : 24))
            #expect(figure.cpuMicroseconds > 0 && figure.rate > 0)
            // Nothing is kept for a chain, nor for two more audiences that ask for events which nobody sends.
            #expect((figure.stateBytes == 0) == [.chain, .denseChain].contains(figure.set))
            #expect(figure.profileBytes > figure.stateBytes + 50)
            let ratio = try #require(report.ratio(figure))
            #expect(figure.history == 3 ? ratio == 1 : ratio > 0)
        }
        #expect(report.residentMegabytes > 0)
        let loads = (24 * 3 + 4 * 20) * 3
        #expect(watch.seen.withLock { $0 == (Int64(loads + expected.count * 20), Int64(loads + expected.count * 20)) })
    }

    @Test func `time ends a figure, and the display is told`() async throws {
        let watch = Watch()
        let bench = EventsBench(
            EventsBench.Options(
                histories: [1],
                sets: [.sum],
                audiences: 1,
                profiles: 2,
                events: 400,
                seconds: 1e-9,
                seed: 1
            ),
            makeDirectory: { try Directory() },
            show: { total, _, _ in watch.open(total: total) }
        )

        let figure = try #require(try await bench.run().figures.first)

        #expect(figure.events == 2)
        #expect(watch.seen.withLock { $0.total == $0.done && $0.total == 502 })
    }
}
