import ActivationCore
import Logging
import TestSupport

@testable import ActivationEngine

extension EngineSimulation {
    /// Whether a destination refuses a record for good; now and then it does.
    func isRefused(_ row: OutboxRow) -> Bool { (row.row &+ Int64(batches)) % 7 == 0 }

    /// For how long dead letters are kept here.
    private static let keptMilliseconds: Int64 = 3_000

    /// Gives up what was kept for long enough, of deleted dataflows too.
    func forgetOldLetters() async throws {
        let retention = DeadLetterRetention(
            scope: .production,
            storage: storage.inner,
            time: time,
            keptMilliseconds: Self.keptMilliseconds,
            logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
        )
        let gone = try await retention.letGo()
        let first = time.now().milliseconds - Self.keptMilliseconds
        for flow in Set(model.letters.keys).union(gone.keys) {
            let expected = model.forgetLetters(of: flow, parkedBefore: first)
            try expect(gone[flow, default: 0] == expected, "\(expected) dead letters were kept for long enough")
            for _ in 0..<expected { count("dead letters: kept for long enough") }
        }
    }

    /// Compares the dead letters of a dataflow, and lets something become of them now and then.
    func checkLetters(of flow: Dataflow.ID) async throws {
        let found = try await storage.inner.deadLetters(dataflow: flow, limit: .max)
        let expected = model.letters[flow] ?? []
        // One that was sent again and refused again has another row, and stands where it stood.
        let order = { (letters: [(Profile.ID?, Int64, [UInt8])]) in
            letters.map { "\($0.0.map(\.uuid.description) ?? "") \($0.1) \($0.2.count)" }.sorted()
        }
        try expect(
            order(found.map { ($0.record.profile, $0.record.revision, []) })
                == order(expected.map { (profileIDs[$0.person], Int64($0.revision), []) }),
            "the dead letters of dataflow \(flow.uuid) are of other persons"
        )
        try expect(
            model.books[flow, default: DataflowCounters()].deadLetters == Int64(found.count),
            "the books say another number of dead letters"
        )
        let counted = try await storage.inner.countBooks(scope: .production)[flow]
        try expect(
            counted?.isBalanced ?? true,
            "the books of dataflow \(flow.uuid) are off: \(String(describing: counted))"
        )
        guard !found.isEmpty, batches % 3 == 0, model.catalog.flows.contains(where: { $0.id == flow }) else { return }
        let ways = DeadLetterRelease.Way.allCases
        let way = ways[batches / 3 % ways.count]
        let outcome = try await storage.inner.release(
            DeadLetterRelease(of: flow, as: way, limit: .max - 1, at: time.now())
        )
        let released = model.release(way, of: flow)
        try expect(outcome.released == released, "\(outcome.released) dead letters go where \(released) should")
        try expect(outcome.kept == model.letters[flow]?.count, "\(outcome.kept) dead letters stay")
        for _ in 0..<released { count("dead letters: \(way.rawValue)") }
    }
}
