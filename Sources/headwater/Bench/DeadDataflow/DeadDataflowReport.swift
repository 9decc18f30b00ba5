import ActivationCore
import KinesisLocal

/// What became of many dataflows while one was dead, and of that one afterwards.
struct DeadDataflowReport {
    /// The times from a request with an update to the arrival of its record in a stream of the other dataflows.
    struct Latencies: Equatable {
        private(set) var sorted: [Int64] = []

        /// Takes milliseconds in any order.
        init(_ milliseconds: [Int64] = []) {
            sorted = milliseconds.sorted()
        }

        /// The time that this share of the records did not exceed; nil without records.
        func milliseconds(_ share: Double) -> Int64? {
            sorted.isEmpty ? nil : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
        }

        var json: JSONValue {
            func figure(_ share: Double) -> JSONValue { milliseconds(share).map { .integer($0) } ?? .null }
            return ["records": .integer(Int64(sorted.count)), "p50_ms": figure(0.5), "p99_ms": figure(0.99)]
        }
    }

    /// A request to the server that must not wait for the dead.
    struct Answer: Equatable {
        var what: String
        var time: Duration
        var isGood = true
    }

    /// Promised: so long an answer takes at most.
    static let answerWithin = Duration.seconds(2)

    var dataflows: Int
    var updates: Int64 = 0
    var deadFor: Duration
    var before = Latencies()
    var during = Latencies()
    var after = Latencies()
    var answers: [Answer] = []
    /// Records that waited when the endpoint was alive again.
    var backlog: Int64 = 0
    /// How long it took to arrive after that; nil if it did not.
    var backlogTime: Duration?
    /// The dead dataflow's stream.
    var stream = Verification()
    /// The streams of the others that miss something, or have it in another order.
    var othersOff = 0
    /// Dataflows whose books are off, or have something left.
    var booksOff = 0

    /// The most that the others' p99 may be while one is dead: what cannot be told from the chance of before and after.
    var p99Max: Int64 { max(before.milliseconds(0.99) ?? 0, after.milliseconds(0.99) ?? 0) * 3 / 2 + 10 }

    /// The promises that were broken, in words.
    var broken: [String] {
        var broken: [String] = []
        if [before, during, after].contains(where: \.sorted.isEmpty) {
            broken.append("no records arrived, so it shows nothing")
        }
        if let p99 = during.milliseconds(0.99), p99 > p99Max {
            broken.append("the others' p99 was \(p99) ms while one was dead; more than \(p99Max) ms")
        }
        for answer in answers {
            if !answer.isGood { broken.append("\(answer.what) failed") }
            if answer.time > Self.answerWithin { broken.append("\(answer.what) took \(answer.time.inMilliseconds) ms") }
        }
        if backlog == 0 { broken.append("nothing waited for the dead dataflow, so it shows nothing") }
        if backlogTime == nil { broken.append("the backlog did not arrive") }
        if stream.late > 0 || stream.leaps > 0 { broken.append("the backlog did not arrive in order") }
        if !Self.isWhole(stream, of: updates) { broken.append("the backlog did not arrive as a whole") }
        if othersOff > 0 { broken.append("\(othersOff) of the others' streams are not whole and in order") }
        if booksOff > 0 { broken.append("the books of \(booksOff) dataflows are off or have something left") }
        return broken
    }

    /// Whether a stream holds every update, in whatever order.
    static func isWhole(_ stream: Verification, of updates: Int64) -> Bool {
        Int64(stream.marked - stream.duplicates) == updates && stream.isComplete && stream.unmarked == 0
    }

    /// The report as one object.
    var json: JSONValue {
        let broken = broken
        return [
            "bench": "dead-dataflow", "isClean": .bool(broken.isEmpty), "broken": .array(broken.map { .string($0) }),
            "dataflows": .integer(Int64(dataflows)), "updates": .integer(updates),
            "dead_seconds": .figure(deadFor.inSeconds, 1), "before": before.json, "during": during.json,
            "after": after.json,
            "p99_max_ms": .integer(p99Max),
            "answers": .array(
                answers.map {
                    ["what": .string($0.what), "ms": .integer($0.time.inMilliseconds), "isGood": .bool($0.isGood)]
                }
            ),
            "backlog": .integer(backlog),
            "backlog_seconds": backlogTime.map { .figure($0.inSeconds, 1) } ?? .null,
            "inversions": .integer(Int64(stream.late + stream.leaps)),
            "duplicates": .integer(Int64(stream.duplicates)),
            "lost": .integer(updates - Int64(stream.marked - stream.duplicates)),
            "othersOff": .integer(Int64(othersOff)), "booksOff": .integer(Int64(booksOff)),
        ]
    }

    /// The report for people.
    var text: String {
        func figures(_ latencies: Latencies) -> String {
            func figure(_ share: Double) -> String { latencies.milliseconds(share).map { "\($0)" } ?? "?" }
            return "p50 \(figure(0.5)) ms, p99 \(figure(0.99)) ms of \(Figures.grouped(Int64(latencies.sorted.count)))"
        }
        let broken = broken
        let arrival = backlogTime.map { "arrived in \(Figures.fixed($0.inSeconds, 1)) s" } ?? "did not arrive"
        let lines =
            [
                "dead-dataflow: one of \(dataflows) dead for \(Figures.fixed(deadFor.inSeconds, 0)) s, "
                    + (broken.isEmpty ? "every promise held" : "A PROMISE WAS BROKEN"),
                "the others before: \(figures(before)); meanwhile: \(figures(during)); after: \(figures(after))",
                answers.map { "\($0.what) \($0.time.inMilliseconds) ms" }.joined(separator: ", "),
                "its backlog of \(Figures.grouped(backlog)) \(arrival), \(stream.late + stream.leaps) out of order, "
                    + "\(stream.duplicates) twice",
            ] + broken.map { "broken: \($0)" }
        return lines.joined(separator: "\n  ")
    }
}

extension Duration {
    fileprivate var inMilliseconds: Int64 { Int64(inSeconds * 1_000) }
}
