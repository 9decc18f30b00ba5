/// The reader behind ``JSONDocument``: one pass over the bytes that checks, canonicalises and writes the tape.
///
/// It is iterative: an open container remembers its parent in its own node, so nesting costs no stack. While a
/// container is open its node's `next` holds the parent's index and its `length` the filter of its keys.
///
/// Methods that only read are `mutating` too: lending out the struct would copy it to the stack each time.
struct JSONParser: ~Copyable {
    let text: JSONScanner
    let depthMax: Int
    /// Bytes of canonical text, once parsed.
    private(set) var written = 0
    var nodes: JSONNodeBuffer
    /// The innermost open container, or -1.
    var open = -1
    private var depth = 0
    /// The key read for the next value.
    var keyStart: UInt32 = 0
    var keyLength: UInt32 = 0
    /// Keys of objects too large for a linear search.
    var keys = JSONKeyTable()

    init(text: JSONScanner, nodes: consuming JSONNodeBuffer, depthMax: Int) {
        self.text = text
        self.nodes = nodes
        self.depthMax = depthMax
    }

    /// Reads the whole text.
    mutating func parse() throws(JSONError) {
        let text = text
        var at = JSONCursor()
        repeat {
            try value(text, &at)
        } while try !finish(text, &at)
        text.skipSpace(&at)
        guard at.position == text.count else { throw text.unexpected(at.position, "the end of the text") }
        written = at.written
    }

    /// Reads a scalar, the containers that begin before it, or an empty container up to its end.
    @inline(__always)
    private mutating func value(_ text: JSONScanner, _ at: inout JSONCursor) throws(JSONError) {
        while true {
            text.skipSpace(&at)
            guard at.position < text.count else { throw missingValue(at) }
            let start = at.written
            switch text.input[at.position] {
            case UInt8(ascii: "\""):
                let isEscaped = try text.string(&at)
                return add(isEscaped ? .escapedString : .string, start: start + 1, length: at.written - start - 2)
            case UInt8(ascii: "{"):
                try begin(.object, text, &at)
                text.skipSpace(&at)
                if text.has(UInt8(ascii: "}"), at) { return }
                try key(text, &at, expected: "a key or '}'")
            case UInt8(ascii: "["):
                try begin(.array, text, &at)
                text.skipSpace(&at)
                if text.has(UInt8(ascii: "]"), at) { return }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let kind = try text.number(&at)
                return add(kind, start: start, length: at.written - start)
            case UInt8(ascii: "t"):
                try text.literal("true", &at)
                return add(.true, start: start, length: 4)
            case UInt8(ascii: "f"):
                try text.literal("false", &at)
                return add(.false, start: start, length: 5)
            case UInt8(ascii: "n"):
                try text.literal("null", &at)
                return add(.null, start: start, length: 4)
            default:
                throw missingValue(at)
            }
        }
    }

    /// After a value: closes what ends here and reads on to the next value; true when the root is complete.
    @inline(__always)
    private mutating func finish(_ text: JSONScanner, _ at: inout JSONCursor) throws(JSONError) -> Bool {
        while open >= 0 {
            text.skipSpace(&at)
            let isObject = nodes[open].kind == .object
            // A container that was just begun has no value yet, but then its end is what stands here.
            if text.has(UInt8(ascii: ","), at) {
                text.copyByte(&at)
                if isObject {
                    text.skipSpace(&at)
                    try key(text, &at, expected: "a key")
                }
                return false
            }
            guard text.has(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"), at) else {
                throw text.unexpected(at.position, isObject ? "',' or '}'" : "',' or ']'")
            }
            text.copyByte(&at)
            let parent = nodes[open].next
            nodes[open].length = UInt32(truncatingIfNeeded: at.written) - nodes[open].start
            nodes[open].next = UInt32(truncatingIfNeeded: nodes.count)
            open = parent == .max ? -1 : Int(parent)
            depth -= 1
        }
        return true
    }

    @inline(__always)
    private mutating func begin(_ kind: JSONKind, _ text: JSONScanner, _ at: inout JSONCursor) throws(JSONError) {
        guard depth < depthMax else { throw text.unexpected(at.position, "at most \(depthMax) levels of nesting") }
        depth += 1
        let index = nodes.count
        add(kind, start: at.written, length: 0)
        text.copyByte(&at)
        nodes[index].next = UInt32(truncatingIfNeeded: open)
        open = index
    }

    /// Appends the node of a value whose subtree, so far, is itself.
    @inline(__always)
    private mutating func add(_ kind: JSONKind, start: Int, length: Int) {
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

    @inline(never)
    private mutating func missingValue(_ at: JSONCursor) -> JSONError {
        let mayEnd = open >= 0 && nodes[open].kind == .array && nodes[open].count == 0
        return text.unexpected(at.position, mayEnd ? "a value or ']'" : "a value")
    }
}
