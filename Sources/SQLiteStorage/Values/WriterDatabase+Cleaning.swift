import ActivationCore
import ActivationEngine

/// Files of which little is anybody's value any more are emptied: what is left in them is written anew, and they go.
extension WriterDatabase {
    /// How many times what is written may be read to empty a file, so that commits do not wait for it.
    private static let cleanedPerWritten = 4
    private static let cleanedSlotsMin = (1 << 20) / ValuePlace.slotBytes

    /// Goes on emptying files while more is written than there should be; within the transaction in which values are written.
    func cleanValues() throws(StorageError) {
        var left = max(values.written * Self.cleanedPerWritten, Self.cleanedSlotsMin)
        while left > 0, let place = values.nextToClean() {
            var scan = ValueScan(
                values.files,
                place.file,
                from: place.slot,
                through: values.accounts[place.file]?.used ?? 0
            )
            var isReadable = true
            while left > 0, isReadable {
                var record: ValueScan.Record?
                do throws(StorageError) {
                    record = try scan.next()
                } catch {
                    // Nobody's commit fails because a file cannot be read that nobody asked for.
                    isReadable = false
                }
                guard let record else { break }
                left -= record.slots
                guard let present = try placeOfLive(record, in: place.file) else { continue }
                let profile = try scan.profile(of: record)
                guard let next = try values.append(profile) else { continue }
                try move(profile.row, from: present, to: next)
            }
            values.didClean(place.file, through: scan.isAtEnd || !isReadable ? nil : scan.slot)
        }
    }

    /// The place of a record that is somebody's value; nil when it is nobody's any more.
    func placeOfLive(_ record: ValueScan.Record, in file: UInt32) throws(StorageError) -> ValuePlace? {
        guard let row = record.row, row != 0, let place = try reads.place(of: row), place.file == file,
            place.slot == record.slot
        else { return nil }
        return place
    }
}

extension ValueStore {
    /// What is written may be so many times what is somebody's value, in quarters.
    private static let writtenPerLiveQuarters = 7

    /// Where emptying goes on; nil when there is no need for it.
    func nextToClean() -> (file: UInt32, slot: Int)? {
        guard isWriting else { return nil }
        if let cleaning { return cleaning }
        // Those without any value only wait to be removed, and of what cannot be read nothing is gained by writing the rest anew.
        let filled = accounts.filter { $0.value.live > 0 && !uncleanable.contains($0.key) }
        let total = filled.values.reduce(into: Account()) { total, account in
            total.used += account.used
            total.live += account.live
        }
        guard total.used > Self.writtenPerLiveQuarters * total.live / 4 + slotsSpared else { return nil }
        let emptiest = filled.filter { $0.key != last }
            .min { ($0.value.share, $0.key) < ($1.value.share, $1.key) }
        return emptiest.map { ($0.key, 0) }
    }

    /// Notes how far a file is emptied; nil = it was looked at to its end.
    func didClean(_ file: UInt32, through slot: Int?) {
        cleaning = slot.map { (file, $0) }
        // What could not be read keeps the file; whoever asks for it is told.
        if slot == nil, (accounts[file]?.live ?? 0) > 0 { uncleanable.insert(file) }
    }
}

extension ValueStore.Account {
    /// What part of it is somebody's value.
    fileprivate var share: Double { Double(live) / Double(max(used, 1)) }
}
