#if PostgreSQL
/// Rows of the outbox in short runs, each named with its ends.
///
/// The outbox is a queue: it holds little, and may be full of what has left it. Whatever the server believes of it, it looks at nothing
/// outside of a run's ends, and compares no row with more than a run has.
struct RowRuns {
    /// In ascending order, none of them empty.
    let runs: [[Int64]]

    /// Rows of a run.
    private static let rowsMax = 256
    /// Numbers between two rows of a run.
    private static let gapMax: Int64 = 1_024

    /// Divides rows, which may be in any order and more than once there.
    init(of rows: [Int64]) {
        var runs: [[Int64]] = []
        var run: [Int64] = []
        for row in rows.sorted() {
            guard let last = run.last else {
                run = [row]
                continue
            }
            guard row != last else { continue }
            let (gap, overflows) = row.subtractingReportingOverflow(last)
            if run.count == Self.rowsMax || overflows || gap > Self.gapMax {
                runs.append(run)
                run = []
            }
            run.append(row)
        }
        self.runs = run.isEmpty ? runs : runs + [run]
    }

    /// A call for each run of a statement whose last parameters are its ends and its rows.
    func calls(_ statement: PostgresStatement, _ first: PostgresValue...) -> [PostgresCall] {
        runs.map { run in
            PostgresCall(statement, first + [.int8(run.first ?? 0), .int8(run.last ?? 0), .int8s(run)])
        }
    }
}
#endif
