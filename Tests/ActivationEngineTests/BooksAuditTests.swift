import ActivationCore
import Logging
import TestSupport
import Testing

@testable import ActivationEngine

@Suite(.timeLimit(.minutes(2))) struct BooksAuditTests {
    @Test func `the books balance with what is stored, whatever became of the records`() async throws {
        let sink = RecordingSink { record in
            String(decoding: record.payload, as: UTF8.self).contains(#""step":2,"#) ? .reject : .deliver
        }
        try await EngineTests.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
            try await engine.update(EngineTests.catalog())
            for step in 1...3 { _ = try await engine.ingest([EngineTests.record(0, step: step)]) }
            try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
            let audit = try await engine.auditor.audit()

            #expect(
                audit.books == [
                    EngineTests.flow: CountedBooks(
                        counters: DataflowCounters(triggered: 3, delivered: 2, parked: 1),
                        waiting: 0,
                        deadLetters: 1
                    )
                ]
            )
            #expect(audit.off.isEmpty)
            #expect(engine.lastBooksAudit != nil)
        }
    }

    @Test func `books that say more or less than there is are off`() {
        let counters = DataflowCounters(triggered: 10, delivered: 4, parked: 2)
        let id = EngineTests.flow
        func audit(_ waiting: Int64, _ letters: Int64) -> BooksAudit {
            BooksAudit(
                at: Timestamp(milliseconds: 0),
                duration: .zero,
                books: [id: CountedBooks(counters: counters, waiting: waiting, deadLetters: letters)]
            )
        }
        #expect(audit(4, 2).off.isEmpty)
        for (waiting, letters) in [(3, 2), (5, 2), (4, 1), (4, 3), (3, 3)] as [(Int64, Int64)] {
            #expect(audit(waiting, letters).off == [id])
        }
        #expect(audit(3, 2).books[id]?.waitingSurplus == -1 && audit(4, 3).books[id]?.deadLettersSurplus == 1)
    }

    @Test func `a hundredth of the time is spent on audits at most`() {
        #expect(BooksAuditor.pause(after: .milliseconds(1)) == .seconds(60))
        #expect(BooksAuditor.pause(after: .seconds(2)) == .seconds(200))
    }
}
