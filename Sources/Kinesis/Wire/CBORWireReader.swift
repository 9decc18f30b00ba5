/// Reads the part of RFC 8949 that the service and its clients use: every integer, float and string form, lists and maps of
/// definite and indefinite length, tag 1 over milliseconds; bounded depth and size.
///
/// A float under tag 1 is read as RFC 8949 has it, in seconds; a whole number is milliseconds, as every AWS client writes it.
struct CBORWireReader: ~Escapable {
    private let bytes: Span<UInt8>
    private var offset = 0
    private var valuesLeft = WireLimits.valuesMax

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    mutating func document() throws(WireError) -> WireValue {
        let value = try value(depth: 0)
        guard offset == bytes.count else { throw unexpected("the end of the document") }
        return value
    }

    private mutating func value(depth: Int) throws(WireError) -> WireValue {
        guard depth <= WireLimits.depthMax else { throw unexpected("at most \(WireLimits.depthMax) levels") }
        guard valuesLeft > 0 else { throw unexpected("at most \(WireLimits.valuesMax) values") }
        valuesLeft -= 1
        let start = offset
        let (type, argument) = try head()
        switch type {
        case .unsigned: return .integer(try signed(argument, at: start))
        case .negative: return .integer(~(try signed(argument, at: start)))
        case .bytes: return .bytes(try content(.bytes, argument))
        case .text: return .string(try text(argument, at: start))
        case .array: return try array(argument, depth: depth)
        case .map: return try map(argument, depth: depth)
        case .tag: return try tagged(try definite(argument, at: start), at: start, depth: depth)
        case .simple: return try simple(initialByte: bytes[start], argument, at: start)
        }
    }

    /// Reads an initial byte with its argument; nil stands for an indefinite length (or, for `simple`, the break).
    private mutating func head() throws(WireError) -> (CBORMajorType, UInt64?) {
        guard offset < bytes.count, let type = CBORMajorType(rawValue: bytes[offset] >> 5) else {
            throw unexpected("a data item")
        }
        let low = bytes[offset] & 31
        switch low {
        case 0..<24:
            offset += 1
            return (type, UInt64(low))
        case 24...27:
            let width = 1 << Int(low - 24)
            guard bytes.count - offset > width else { throw ended("\(width) bytes of argument") }
            var argument: UInt64 = 0
            for index in 1...width { argument = argument << 8 | UInt64(bytes[offset + index]) }
            offset += 1 + width
            return (type, argument)
        case 31 where type.rawValue >= 2 && type != .tag:
            offset += 1
            return (type, nil)
        default: throw unexpected("a defined initial byte")
        }
    }

    private func signed(_ argument: UInt64?, at start: Int) throws(WireError) -> Int64 {
        guard let argument, let value = Int64(exactly: argument) else {
            throw WireError(offset: start, found: "a wider integer", expected: "an integer of 64 bits with sign")
        }
        return value
    }

    private func definite(_ argument: UInt64?, at start: Int) throws(WireError) -> UInt64 {
        guard let argument else { throw WireError(offset: start, found: "no number", expected: "a tag number") }
        return argument
    }

    // MARK: Strings

    private mutating func text(_ length: UInt64?, at start: Int) throws(WireError) -> String {
        let text: String?
        if let length {
            let range = try take(length)
            text = bytes.extracting(range).withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
        } else {
            text = String(validating: try content(.text, nil), as: UTF8.self)
        }
        guard let text else { throw WireError(offset: start, found: "text that is not UTF-8", expected: "UTF-8") }
        return text
    }

    /// Reads a string of known length, or chunks of known length up to the break.
    private mutating func content(_ type: CBORMajorType, _ length: UInt64?) throws(WireError) -> [UInt8] {
        if let length { return copy(try take(length)) }
        var content: [UInt8] = []
        while try !atBreak() {
            let start = offset
            let (chunkType, chunkLength) = try head()
            guard chunkType == type, let chunkLength else {
                throw WireError(offset: start, found: "another item", expected: "a chunk of the string, or the break")
            }
            content.append(contentsOf: copy(try take(chunkLength)))
        }
        return content
    }

    private mutating func take(_ length: UInt64) throws(WireError) -> Range<Int> {
        guard length <= UInt64(bytes.count - offset) else { throw ended("\(length) bytes of a string") }
        defer { offset += Int(length) }
        return offset..<offset + Int(length)
    }

    private func copy(_ range: Range<Int>) -> [UInt8] {
        bytes.extracting(range).withUnsafeBufferPointer { [UInt8]($0) }
    }

    // MARK: Lists and maps

    private mutating func array(_ count: UInt64?, depth: Int) throws(WireError) -> WireValue {
        var items: [WireValue] = []
        var left = count
        while try hasNext(&left) { items.append(try value(depth: depth + 1)) }
        return .array(items)
    }

    private mutating func map(_ count: UInt64?, depth: Int) throws(WireError) -> WireValue {
        var members: [(String, WireValue)] = []
        // By their bytes: two spellings of one text are two names.
        var names: Set<[UInt8]> = []
        var left = count
        while try hasNext(&left) {
            let start = offset
            let (type, length) = try head()
            guard type == .text else {
                throw WireError(offset: start, found: "a key that is no text", expected: "a member name")
            }
            let name = try text(length, at: start)
            guard names.insert(Array(name.utf8)).inserted else {
                throw WireError(offset: start, found: "a name a second time", expected: "a new name")
            }
            members.append((name, try value(depth: depth + 1)))
        }
        return .map(members)
    }

    /// Whether another item follows; counts down a known length, or takes the break.
    private mutating func hasNext(_ left: inout UInt64?) throws(WireError) -> Bool {
        guard let count = left else { return try !atBreak() }
        guard count > 0 else { return false }
        left = count - 1
        return true
    }

    private mutating func atBreak() throws(WireError) -> Bool {
        guard offset < bytes.count else { throw ended("an item or the break") }
        guard bytes[offset] == 0xFF else { return false }
        offset += 1
        return true
    }

    // MARK: Tags, floats, simple values

    private mutating func tagged(_ tag: UInt64, at start: Int, depth: Int) throws(WireError) -> WireValue {
        guard tag == 1 else {
            throw WireError(offset: start, found: "tag \(tag)", expected: "tag 1, the only one the service uses")
        }
        switch try value(depth: depth + 1) {
        case .integer(let milliseconds): return .timestamp(milliseconds: milliseconds)
        case .double(let seconds):
            guard let milliseconds = Int64(exactly: (seconds * 1000).rounded()) else {
                throw WireError(offset: start, found: "an instant out of range", expected: "epoch milliseconds")
            }
            return .timestamp(milliseconds: milliseconds)
        default: throw WireError(offset: start, found: "tag 1 over another type", expected: "tag 1 over a number")
        }
    }

    private func simple(initialByte: UInt8, _ argument: UInt64?, at start: Int) throws(WireError) -> WireValue {
        guard let argument else { throw WireError(offset: start, found: "a break", expected: "a data item") }
        let float: Double
        switch initialByte & 31 {
        case 20: return .bool(false)
        case 21: return .bool(true)
        // Undefined is read as null: some writers use it for an absent member.
        case 22, 23: return .null
        case 25: float = Self.half(UInt16(truncatingIfNeeded: argument))
        case 26: float = Double(Float(bitPattern: UInt32(truncatingIfNeeded: argument)))
        case 27: float = Double(bitPattern: argument)
        default:
            throw WireError(offset: start, found: "simple value \(argument)", expected: "true, false, null or a float")
        }
        guard float.isFinite else {
            throw WireError(offset: start, found: "NaN or infinity", expected: "a finite number")
        }
        return .double(float)
    }

    /// The value of an IEEE 754 binary16; written out because `Float16` is not available on every platform.
    private static func half(_ bits: UInt16) -> Double {
        let exponent = Int(bits >> 10 & 31)
        let fraction = Double(bits & 0x3FF) / 1024
        let magnitude: Double =
            switch exponent {
            case 0: Double(sign: .plus, exponent: -14, significand: fraction)
            case 31: fraction == 0 ? .infinity : .nan
            default: Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
            }
        return bits & 0x8000 == 0 ? magnitude : -magnitude
    }

    // MARK: Errors

    private func unexpected(_ expected: String) -> WireError {
        let found = offset < bytes.count ? "byte 0x\(String(bytes[offset], radix: 16, uppercase: true))" : "the end"
        return WireError(offset: offset, found: found, expected: expected)
    }

    private func ended(_ expected: String) -> WireError {
        WireError(offset: offset, found: "only \(bytes.count - offset) bytes", expected: expected)
    }
}
