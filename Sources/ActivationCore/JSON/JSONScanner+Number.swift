extension JSONScanner {
    /// Passes on a number as written and tells whether it is an integer that fits.
    @inline(__always)
    func number(_ at: inout JSONCursor) throws(JSONError) -> JSONKind {
        let start = at.written
        var end = at.position
        if input[end] == UInt8(ascii: "-") { end &+= 1 }
        let whole = end
        end = try skipDigits(at: end)
        let wholeDigits = end &- whole
        if wholeDigits > 1, input[whole] == UInt8(ascii: "0") {
            throw unexpected(whole + 1, "no digit after a leading zero")
        }
        var isWhole = true
        if end < count, input[end] == UInt8(ascii: ".") {
            isWhole = false
            end = try skipDigits(at: end &+ 1)
        }
        if end < count, input[end] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            end &+= 1
            if end < count, input[end] == UInt8(ascii: "+") || input[end] == UInt8(ascii: "-") { end &+= 1 }
            end = try skipDigits(at: end)
        }
        copy(end &- at.position, &at)
        // Every number of 18 digits fits; a longer one is tried.
        let isInteger = isWhole && (wholeDigits <= 18 || isInt64(start..<at.written))
        return isInteger ? .integer : .double
    }

    /// Where one digit or more, beginning here, end.
    @inline(__always)
    private func skipDigits(at start: Int) throws(JSONError) -> Int {
        var end = start
        while end < count, input[end] &- UInt8(ascii: "0") < 10 { end &+= 1 }
        guard end > start else { throw unexpected(start, "a digit") }
        return end
    }

    @inline(never)
    private func isInt64(_ range: Range<Int>) -> Bool {
        JSONNumber.int64(UnsafeBufferPointer(start: output + range.lowerBound, count: range.count)) != nil
    }
}
