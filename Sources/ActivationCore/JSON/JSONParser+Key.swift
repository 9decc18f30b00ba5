extension JSONParser {
    /// Members up to which an object's keys are searched one by one.
    private static var linearMembersMax: UInt32 { 16 }

    /// Reads a key and its colon, and refuses one that the open object has already.
    @inline(__always)
    mutating func key(_ text: JSONScanner, _ at: inout JSONCursor, expected: String) throws(JSONError) {
        guard text.has(UInt8(ascii: "\""), at) else { throw text.unexpected(at.position, expected) }
        let offset = at.position
        let start = at.written + 1
        _ = try text.string(&at)
        let length = at.written - 1 - start
        // A bit that was never set proves the key new; the filter lives in the open node's idle `length`.
        let bit = JSONParser.filterBit(text.output + start, length)
        if nodes[open].length & bit != 0 || nodes[open].count >= Self.linearMembersMax {
            guard isNew(start: start, length: length) else {
                throw JSONError(offset: offset, found: "a key that this object has already", expected: "another key")
            }
        }
        nodes[open].length |= bit
        keyStart = UInt32(truncatingIfNeeded: start)
        keyLength = UInt32(truncatingIfNeeded: length)
        text.skipSpace(&at)
        guard text.has(UInt8(ascii: ":"), at) else { throw text.unexpected(at.position, "':'") }
        text.copyByte(&at)
    }

    @inline(__always)
    private static func filterBit(_ key: UnsafePointer<UInt8>, _ length: Int) -> UInt32 {
        guard length > 0 else { return 1 }
        let ends = UInt32(key[0]) | UInt32(key[length &- 1]) << 8
        let mixed = (ends | UInt32(key[length >> 1]) << 16 | UInt32(truncatingIfNeeded: length) << 24) &* 0x9e37_79b1
        return 1 << (mixed >> 27)
    }

    @inline(never)
    private mutating func isNew(start: Int, length: Int) -> Bool {
        nodes[open].count < Self.linearMembersMax
            ? isNewAmongFew(start: start, length: length)
            : isNewAmongMany(start: start, length: length)
    }

    private mutating func isNewAmongFew(start: Int, length: Int) -> Bool {
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
        let key = UnsafeRawBufferPointer(start: text.output + start, count: length)
        var keys = JSONKeyTable()
        swap(&keys, &self.keys)
        defer { swap(&keys, &self.keys) }
        return keys.enter(member, of: open, key: key) { isKey(of: $0, start: start, length: length) }
    }

    private mutating func isKey(of member: Int, start: Int, length: Int) -> Bool {
        guard Int(nodes[member].keyLength) == length else { return false }
        let other = text.output + Int(nodes[member].keyStart)
        for index in 0..<length where other[index] != text.output[start + index] { return false }
        return true
    }
}
