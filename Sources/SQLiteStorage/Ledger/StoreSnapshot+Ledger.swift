import ActivationEngine
import StorageCommon

extension StoreSnapshot {
    /// Reads every entry of the ledger.
    func ledgerFinding() throws(StorageError) -> StoreFinding {
        let listed = try connection.prepare("SELECT day, number FROM delivery_run")
        var runs: Set<LedgerRuns.Run> = []
        while try listed.next() { runs.insert(LedgerRuns.Run(day: listed.integer(0), number: listed.integer(1))) }
        var all = try connection.integer("SELECT count(*) FROM delivery")
        var (unreadable, misplaced, unlisted): (Int64, Int64, Int64) = (0, 0, 0)
        let blocks = try connection.prepare(
            "SELECT day, run, first, entries FROM delivery_block ORDER BY day, run, first"
        )
        var last: (run: LedgerRuns.Run, key: LedgerEntry.Key)?
        while try blocks.next() {
            let run = LedgerRuns.Run(day: blocks.integer(0), number: blocks.integer(1))
            if !runs.contains(run) { unlisted += 1 }
            guard let entries = try? LedgerBlock.entries(in: blocks.bytes(3)), let first = entries.first else {
                unreadable += 1
                continue
            }
            all += Int64(entries.count)
            var isInOrder = first.key.bytes == blocks.bytes(2)
            for entry in entries {
                if let last, last.run == run, last.key >= entry.key { isInOrder = false }
                last = (run, entry.key)
            }
            if !isInOrder { misplaced += 1 }
        }
        return .of(
            "ledger",
            tried: "what was delivered",
            wrong: [
                (unreadable, "blocks cannot be read"), (misplaced, "blocks are not where they belong"),
                (unlisted, "blocks are of no run"),
            ],
            right: "\(all) deliveries",
            advice: Self.restoreAdvice
                + "; until then what is told of deliveries is incomplete, and everything else goes on"
        )
    }
}
