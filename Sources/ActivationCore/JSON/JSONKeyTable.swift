/// The members of a document's large objects by (object, key); keeps the search for a repeated key linear.
///
/// Open addressing over the standard library's randomly seeded hash, so that no text can aim at collisions.
struct JSONKeyTable {
    /// A member that has been entered.
    struct Entry {
        var object: UInt32
        /// 0 marks a free slot; no member is the root.
        var member: UInt32
        var hash: UInt64
    }

    private var slots: [Entry] = []
    private var count = 0

    /// The slot of a member with this key, or the free one where it belongs; `isSame` compares a member's key with it.
    private func slot(object: UInt32, hash: UInt64, isSame: (Int) -> Bool) -> Int {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot].member != 0 {
            let entry = slots[slot]
            if entry.hash == hash, entry.object == object, isSame(Int(entry.member)) { break }
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    /// Enters a member; false when the object has a member with this key.
    mutating func enter(_ member: Int, of object: Int, key: UnsafeRawBufferPointer, isSame: (Int) -> Bool) -> Bool {
        if count * 2 >= slots.count { grow() }
        var hasher = Hasher()
        hasher.combine(object)
        hasher.combine(bytes: key)
        let hash = UInt64(bitPattern: Int64(hasher.finalize()))
        let object = UInt32(truncatingIfNeeded: object)
        let slot = slot(object: object, hash: hash, isSame: isSame)
        guard slots[slot].member == 0 else { return false }
        slots[slot] = Entry(object: object, member: UInt32(truncatingIfNeeded: member), hash: hash)
        count += 1
        return true
    }

    private mutating func grow() {
        let old = slots
        slots = [Entry](repeating: Entry(object: 0, member: 0, hash: 0), count: max(64, old.count * 2))
        for entry in old where entry.member != 0 {
            slots[slot(object: entry.object, hash: entry.hash, isSame: { _ in false })] = entry
        }
    }
}
