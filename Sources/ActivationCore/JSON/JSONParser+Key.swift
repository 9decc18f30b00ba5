extension JSONParser {
    /// Members up to which an object's keys are searched one by one.
    private static var linearMembersMax: UInt32 { 16 }

    /// Reads a key and its colon, and refuses one that the open object has already.
    @inline(__always)
    mutating func key(expected: String) throws(JSONError) {
        guard position < count, input[position] == UInt8(ascii: "\"") else { throw unexpected(expected) }
        let offset = position
        let start = written + 1
        _ = try string()
        let length = written - 1 - start
        // A bit that was never set proves the key new; the filter lives in the open node's idle `length`.
        let bit = filterBit(start: start, length: length)
        let members = nodes[open].count
        if nodes[open].length & bit != 0 || members >= Self.linearMembersMax {
            let isNew =
                members < Self.linearMembersMax
                ? isNewAmongFew(start: start, length: length)
                : isNewAmongMany(start: start, length: length)
            guard isNew else {
                throw JSONError(offset: offset, found: "a key that this object has already", expected: "another key")
            }
        }
        nodes[open].length |= bit
        keyStart = UInt32(truncatingIfNeeded: start)
        keyLength = UInt32(truncatingIfNeeded: length)
        skipSpace()
        guard position < count, input[position] == UInt8(ascii: ":") else { throw unexpected("':'") }
        copyByte(UInt8(ascii: ":"))
    }

    @inline(__always)
    private func filterBit(start: Int, length: Int) -> UInt32 {
        guard length > 0 else { return 1 }
        let first = UInt32(output[start])
        let middle = UInt32(output[start + length >> 1])
        let last = UInt32(output[start + length - 1])
        let end = last &+ UInt32(truncatingIfNeeded: length) << 8
        let mixed = (first &+ middle << 8) &* 0x9e37_79b1 ^ end &* 0x85eb_ca6b
        return 1 << (mixed >> 27)
    }

    private func isNewAmongFew(start: Int, length: Int) -> Bool {
        var member = open + 1
        while member < nodes.count {
            if isKey(of: member, start: start, length: length) { return false }
            member = Int(nodes[member].next)
        }
        return true
    }

    /// Enters the key into the document's table of keys, with its elders when it is the first that needs the table.
    private mutating func isNewAmongMany(start: Int, length: Int) -> Bool {
        if nodes[open].count == Self.linearMembersMax {
            var member = open + 1
            while member < nodes.count {
                let elder = nodes[member].keyRange
                _ = enter(member, start: elder.lowerBound, length: elder.count)
                member = Int(nodes[member].next)
            }
        }
        return enter(nodes.count, start: start, length: length)
    }

    /// Enters a member of the open object; false when its key is there already.
    private mutating func enter(_ member: Int, start: Int, length: Int) -> Bool {
        let key = UnsafeRawBufferPointer(start: output + start, count: length)
        var keys = JSONKeyTable()
        swap(&keys, &self.keys)
        defer { swap(&keys, &self.keys) }
        return keys.enter(member, of: open, key: key) { isKey(of: $0, start: start, length: length) }
    }

    private func isKey(of member: Int, start: Int, length: Int) -> Bool {
        guard Int(nodes[member].keyLength) == length else { return false }
        let other = output + Int(nodes[member].keyStart)
        for index in 0..<length where other[index] != output[start + index] { return false }
        return true
    }
}
