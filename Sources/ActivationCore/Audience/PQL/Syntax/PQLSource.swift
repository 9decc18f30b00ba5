/// The text of an expression, as bytes and as places in it.
struct PQLSource: Sendable {
    let bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// An error at a byte offset, with its line and column worked out.
    func error(_ code: PQLError.Code, at offset: Int, _ message: String) -> PQLError {
        let place = place(at: offset)
        return PQLError(code: code, line: place.line, column: place.column, message: message)
    }

    /// The line of a byte offset and the column in characters, both from 1.
    func place(at offset: Int) -> (line: Int, column: Int) {
        let before = bytes[..<min(offset, bytes.count)]
        var line = 1
        var lineStart = 0
        var index = 0
        while index < before.count {
            if isLineEnd(at: index) {
                line += 1
                lineStart = index + 1
            }
            index += 1
        }
        let column = String(decoding: before[lineStart...], as: UTF8.self).count + 1
        return (line, column)
    }

    /// Whether the next byte begins another line.
    func isLineEnd(at index: Int) -> Bool {
        bytes[index] == UInt8(ascii: "\n")
            || bytes[index] == UInt8(ascii: "\r")
                && (index + 1 == bytes.count || bytes[index + 1] != UInt8(ascii: "\n"))
    }
}
