/// Where and why a text is not JSON.
///
/// It never holds content: what was found is named by its class, a structural character by itself.
public struct JSONError: Error, Sendable, Equatable {
    /// The byte at which reading stopped, counted from 0.
    public var offset: Int
    /// What stands there, such as `a letter` or `the end of the text`.
    public var found: String
    /// What would be accepted there.
    public var expected: String

    /// Creates an error.
    public init(offset: Int, found: String, expected: String) {
        self.offset = offset
        self.found = found
        self.expected = expected
    }

    /// The class of a byte, or the byte itself when it is punctuation of JSON; never anything of a value.
    static func name(of byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","),
            UInt8(ascii: ":"), UInt8(ascii: "\""), UInt8(ascii: "\\"):
            "'\(Unicode.Scalar(byte))'"
        case UInt8(ascii: "0")...UInt8(ascii: "9"): "a digit"
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): "a letter"
        case 0x20, 0x09, 0x0a, 0x0d: "white space"
        case 0..<0x20: "a control character"
        case 0x21...0x7f: "another ASCII character"
        default: "a byte outside ASCII"
        }
    }
}

extension JSONError: CustomStringConvertible {
    /// One sentence for people: where, what was found, what was expected.
    public var description: String {
        "not JSON at byte \(offset): found \(found), expected \(expected)"
    }
}
