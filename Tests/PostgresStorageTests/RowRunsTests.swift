#if PostgreSQL
import TestSupport
import Testing

@testable import PostgresStorage

/// Rows in runs: all of them, once, and none far from the next.
@Suite struct RowRunsTests {
    @Test func `every row is in one run, in order, and runs are short and dense`() {
        var random = TestSeed.generator()
        for _ in 0..<300 {
            let count = Int.random(in: 0..<700, using: &random)
            let spread = Int64(1) << Int64.random(in: 1..<40, using: &random)
            let base = Int64.random(in: 0..<1 << 50, using: &random)
            let rows = (0..<count).map { _ in base + Int64.random(in: 0..<spread, using: &random) }
            let runs = RowRuns(of: rows).runs
            #expect(runs.flatMap(\.self) == Set(rows).sorted())
            for run in runs {
                #expect(!run.isEmpty && run.count <= 256)
                #expect(zip(run, run.dropFirst()).allSatisfy { $1 - $0 <= 1_024 })
            }
            // None ends before it has to.
            for (run, next) in zip(runs, runs.dropFirst()) {
                let gap = (next.first ?? 0) - (run.last ?? 0)
                #expect(run.count == 256 || gap > 1_024)
            }
        }
    }

    @Test func `rows at the ends of all numbers are rows like others`() {
        #expect(RowRuns(of: []).runs == [])
        #expect(RowRuns(of: [.max, .min, 0, .min]).runs == [[.min], [0], [.max]])
        #expect(RowRuns(of: [.min, .min + 1, .max - 1, .max]).runs == [[.min, .min + 1], [.max - 1, .max]])
        #expect(RowRuns(of: [5, 5, 5]).runs == [[5]])
    }
}
#endif
