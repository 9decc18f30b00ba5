/// The reader behind ``JSONDocument``: one pass over the bytes that checks, canonicalises and writes the tape.
///
/// It is iterative: an open container remembers its parent in its own node, so nesting costs no stack. While a
/// container is open its node's `next` holds the parent's index and its `length` the filter of its keys.
///
/// The raw pointers are sound because `position` never passes `count` and `written` never passes `position`: every
/// byte written stands for at least one byte read.
struct JSONParser: ~Copyable {
    static let endName = "the end of the text"

    let input: UnsafePointer<UInt8>
    let count: Int
    let output: UnsafeMutablePointer<UInt8>
    let depthMax: Int

    /// The next byte to read.
    var position = 0
    /// Bytes of canonical text so far.
    var written = 0
    var nodes: JSONNodeBuffer
    /// The innermost open container, or -1.
    var open = -1
    var depth = 0
    /// The key read for the next value.
    var keyStart: UInt32 = 0
    var keyLength: UInt32 = 0
    /// Keys of objects too large for a linear search.
    var keys = JSONKeyTable()

    init(input: UnsafePointer<UInt8>, count: Int, output: UnsafeMutablePointer<UInt8>, depthMax: Int) {
        self.input = input
        self.count = count
        self.output = output
        self.depthMax = depthMax
        nodes = JSONNodeBuffer(textBytes: count)
    }

    /// Reads the whole text.
    mutating func parse() throws(JSONError) {
        repeat {
            try value()
        } while try !finish()
        skipSpace()
        guard position == count else { throw unexpected("the end of the text") }
    }

    /// Reads a scalar, or the beginning of a container up to its first value.
    private mutating func value() throws(JSONError) {
        while true {
            skipSpace()
            guard position < count else { throw unexpected("a value") }
            switch input[position] {
            case UInt8(ascii: "\""):
                let start = written + 1
                let escaped = try string()
                add(escaped ? .escapedString : .string, start: start, length: written - 1 - start)
                return
            case UInt8(ascii: "{"):
                try begin(.object)
                skipSpace()
                if position < count, input[position] == UInt8(ascii: "}") { return }
                try key(expected: "a key or '}'")
            case UInt8(ascii: "["):
                try begin(.array)
                skipSpace()
                if position < count, input[position] == UInt8(ascii: "]") { return }
                guard position < count else { throw unexpected("a value or ']'") }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                try number()
                return
            case UInt8(ascii: "t"):
                return try literal("true", .true)
            case UInt8(ascii: "f"):
                return try literal("false", .false)
            case UInt8(ascii: "n"):
                return try literal("null", .null)
            default:
                let opened = open >= 0 && nodes[open].kind == .array && nodes[open].count == 0
                throw unexpected(opened ? "a value or ']'" : "a value")
            }
        }
    }

    /// After a value: closes what ends here and reads on to the next value; true when the root is complete.
    @inline(__always)
    private mutating func finish() throws(JSONError) -> Bool {
        while open >= 0 {
            skipSpace()
            let isObject = nodes[open].kind == .object
            guard position < count else { throw unexpected(isObject ? "',' or '}'" : "',' or ']'") }
            let byte = input[position]
            // A container that was just begun has no value yet, so only its end may stand here.
            if byte == UInt8(ascii: ",") {
                copyByte(byte)
                if isObject {
                    skipSpace()
                    try key(expected: "a key")
                }
                return false
            }
            guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                throw unexpected(isObject ? "',' or '}'" : "',' or ']'")
            }
            copyByte(byte)
            let parent = nodes[open].next
            nodes[open].length = UInt32(truncatingIfNeeded: written) - nodes[open].start
            nodes[open].next = UInt32(truncatingIfNeeded: nodes.count)
            open = parent == .max ? -1 : Int(parent)
            depth -= 1
        }
        return true
    }

    @inline(__always)
    private mutating func begin(_ kind: JSONKind) throws(JSONError) {
        guard depth < depthMax else { throw unexpected("at most \(depthMax) levels of nesting") }
        depth += 1
        let start = written
        copyByte(input[position])
        add(kind, start: start, length: 0)
        let index = nodes.count - 1
        nodes[index].next = UInt32(truncatingIfNeeded: open)
        open = index
    }

    /// Appends the node of a value whose subtree, so far, is itself.
    @inline(__always)
    mutating func add(_ kind: JSONKind, start: Int, length: Int) {
        if open >= 0 { nodes[open].count &+= 1 }
        nodes.append(
            JSONNode(
                kind: kind,
                keyStart: keyStart,
                keyLength: keyLength,
                start: UInt32(truncatingIfNeeded: start),
                length: UInt32(truncatingIfNeeded: length),
                next: UInt32(truncatingIfNeeded: nodes.count + 1),
                count: 0
            )
        )
        keyStart = 0
        keyLength = 0
    }

    private mutating func literal(_ word: StaticString, _ kind: JSONKind) throws(JSONError) {
        let start = written
        for index in 0..<word.utf8CodeUnitCount {
            guard position < count, input[position] == word.utf8Start[index] else {
                throw unexpected("the word \(word)")
            }
            copyByte(input[position])
        }
        add(kind, start: start, length: word.utf8CodeUnitCount)
    }

    @inline(__always)
    mutating func skipSpace() {
        while position < count {
            let byte = input[position]
            if byte > 0x20 { return }
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return }
            position += 1
        }
    }

    /// Passes the next byte on as it is.
    @inline(__always)
    mutating func copyByte(_ byte: UInt8) {
        output[written] = byte
        written += 1
        position += 1
    }

    /// The error at the next byte.
    @inline(never)
    func unexpected(_ expected: String) -> JSONError {
        JSONError(
            offset: position,
            found: position < count ? JSONError.name(of: input[position]) : JSONParser.endName,
            expected: expected
        )
    }
}
