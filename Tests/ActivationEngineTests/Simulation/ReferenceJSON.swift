/// Compact JSON, put together by hand.
enum ReferenceJSON {
    /// `"key":value` of a key in canonical content.
    static func member(_ key: some Sequence<UInt8>, _ value: [UInt8]) -> [UInt8] {
        var bytes = ascii("\"")
        bytes.append(contentsOf: key)
        bytes.append(contentsOf: "\":".utf8)
        bytes.append(contentsOf: value)
        return bytes
    }

    static func object(_ members: [[UInt8]]) -> [UInt8] { list(members, in: "{", "}") }

    static func array(_ items: [[UInt8]]) -> [UInt8] { list(items, in: "[", "]") }

    private static func list(_ items: [[UInt8]], in opening: String, _ closing: String) -> [UInt8] {
        var bytes = ascii(opening)
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: item)
        }
        bytes.append(contentsOf: closing.utf8)
        return bytes
    }

    /// A string whose characters need no escape but quote and backslash.
    static func string(_ text: String) -> [UInt8] {
        var bytes = ascii("\"")
        if text.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
            for byte in text.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
        } else {
            bytes.append(contentsOf: text.utf8)
        }
        bytes.append(UInt8(ascii: "\""))
        return bytes
    }

    static func integer(_ value: Int64) -> [UInt8] { ascii(String(value)) }

    static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// RFC 3339 in whole seconds with `Z` (BEHAVIOUR 3.6), by counting days through the years.
    static func instant(_ milliseconds: Int64) -> String {
        let seconds = milliseconds / 1_000
        var days = seconds / 86_400
        var year = 1970
        func isLeap(_ year: Int) -> Bool { year % 4 == 0 && year % 100 != 0 || year % 400 == 0 }
        while days >= (isLeap(year) ? 366 : 365) {
            days -= isLeap(year) ? 366 : 365
            year += 1
        }
        var month = 1
        for length in [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if days < Int64(length) { break }
            days -= Int64(length)
            month += 1
        }
        func padded(_ number: Int64, _ width: Int = 2) -> String {
            String(repeating: "0", count: max(0, width - String(number).count)) + String(number)
        }
        let time = [seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60].map { padded($0) }.joined(separator: ":")
        return "\(padded(Int64(year), 4))-\(padded(Int64(month)))-\(padded(days + 1))T\(time)Z"
    }
}
