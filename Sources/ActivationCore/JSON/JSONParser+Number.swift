extension JSONParser {
    /// Reads a number and passes it on as written.
    @inline(__always)
    mutating func number() throws(JSONError) {
        let start = written
        if input[position] == UInt8(ascii: "-") { copyByte(UInt8(ascii: "-")) }
        let whole = position
        if position < count, input[position] == UInt8(ascii: "0") {
            copyByte(UInt8(ascii: "0"))
            if position < count, isDigit(input[position]) { throw unexpected("no digit after a leading zero") }
        } else {
            try digits()
        }
        let wholeDigits = position - whole
        var isWhole = true
        if position < count, input[position] == UInt8(ascii: ".") {
            isWhole = false
            copyByte(UInt8(ascii: "."))
            try digits()
        }
        if position < count, input[position] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            copyByte(input[position])
            if position < count, input[position] == UInt8(ascii: "+") || input[position] == UInt8(ascii: "-") {
                copyByte(input[position])
            }
            try digits()
        }
        // Every number of 18 digits fits; a longer one is tried.
        let text = UnsafeBufferPointer(start: output + start, count: written - start)
        let isInteger = isWhole && (wholeDigits <= 18 || JSONNumber.int64(text) != nil)
        add(isInteger ? .integer : .double, start: start, length: written - start)
    }

    /// Passes on one digit or more.
    @inline(__always)
    private mutating func digits() throws(JSONError) {
        guard position < count, isDigit(input[position]) else { throw unexpected("a digit") }
        repeat {
            copyByte(input[position])
        } while position < count && isDigit(input[position])
    }

    @inline(__always)
    private func isDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10
    }
}
