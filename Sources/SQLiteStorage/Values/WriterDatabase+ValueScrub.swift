import ActivationCore
import ActivationEngine
import CommitLog

/// How far the value files are scrubbed.
struct ValueScrub {
    /// The last deletion before it began; its values, and those of all before, are overwritten when it is done.
    var deletion: Int64
    /// Files that are still to be looked at.
    var files: [UInt32]
    /// Where to go on in the first of them.
    var slot = 0
    /// A file with a record that is somebody's and cannot be read; what stands there may be of somebody who was deleted too.
    var damaged: UInt32?
}

extension WriterDatabase {
    /// Overwrites the next records that are nobody's value any more, when no state of the database can be read but the present
    /// one, within a transaction that keeps it so.
    ///
    /// - Returns: Whether nothing is left of what was deleted before the scrub began.
    func overwriteNextValues() throws(StorageError) -> Bool {
        var scrub: ValueScrub
        if let present = values.scrub {
            scrub = present
        } else {
            let deletion = try connection.integer("SELECT max(number) FROM scrub")
            scrub = ValueScrub(deletion: deletion, files: values.accounts.keys.sorted())
        }
        if let number = scrub.files.first {
            // Records that a file has got since are of nobody who was deleted before.
            let account = values.accounts[number] ?? ValueStore.Account()
            try overwriteDead(in: number, through: account.used, &scrub)
            if scrub.slot >= account.used {
                try overwriteRest(of: number, from: account.used)
                scrub.files.removeFirst()
                scrub.slot = 0
            }
            if values.accounts[number] != nil { try values.synchronize(number) }
        }
        values.scrub = scrub
        guard scrub.files.isEmpty else { return false }
        if let damaged = scrub.damaged {
            // It is begun anew, and again, until somebody has restored what is damaged.
            values.scrub = nil
            throw ValueFiles.damaged(damaged)
        }
        return true
    }

    private func overwriteDead(in number: UInt32, through end: Int, _ scrub: inout ValueScrub) throws(StorageError) {
        let stop = min(scrub.slot + scrubPages * pageBytes / ValuePlace.slotBytes, end)
        var scan = ValueScan(values.files, number, from: scrub.slot, through: end)
        while scan.slot < stop, let record = try scan.next() {
            if record.row == 0 { continue }
            if record.row == nil {
                // Power was lost while it was overwritten, or it is damaged; only a look at all places tells.
                if try isNamed(record, in: number) {
                    scrub.damaged = number
                    continue
                }
            } else if try placeOfLive(record, in: number) != nil {
                continue
            }
            try overwrite(record, in: number)
        }
        scrub.slot = scan.slot
    }

    /// Whether any place names a part of what stands somewhere.
    private func isNamed(_ record: ValueScan.Record, in number: UInt32) throws(StorageError) -> Bool {
        try !places.forEach { _, place in
            !(place.file == number && place.slot < record.slot + record.slots && record.slot < place.slot + place.slots)
        }
    }

    private func overwrite(_ record: ValueScan.Record, in number: UInt32) throws(StorageError) {
        let end = record.slot + record.slots
        var slot = record.slot
        while slot < end {
            let slots = min(end - slot, ValuePlace.slotsMax)
            let blank = ValueRecord.blank(slots: slots, seed: values.files.seed(number, slot))
            try values.files.file(number).write(blank, at: slot * ValuePlace.slotBytes)
            slot += slots
        }
    }

    /// Overwrites what stands behind the last record: a transaction wrote it that never was.
    private func overwriteRest(of number: UInt32, from slot: Int) throws(StorageError) {
        guard values.accounts[number] != nil else { return }
        let file = try values.files.file(number)
        let size = try file.size()
        var offset = slot * ValuePlace.slotBytes
        while offset < size {
            let zeros = [UInt8](repeating: 0, count: min(size - offset, 1 << 20))
            try file.write(zeros, at: offset)
            offset += zeros.count
        }
    }
}
