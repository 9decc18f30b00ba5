/// The tokens of a text: checks them and writes them canonically.
///
/// What is called for every token is inlined and keeps the cursor in registers; what is rare takes and returns it.
///
/// The raw pointers are sound because `position` never passes `count` and `written` never passes `position`: every
/// byte written stands for at least one byte read, and the output has room for as many bytes as the input.
struct JSONScanner {
    static let endName = "the end of the text"

    let input: UnsafePointer<UInt8>
    let count: Int
    let output: UnsafeMutablePointer<UInt8>

    @inline(__always)
    func skipSpace(_ at: inout JSONCursor) {
        while at.position < count {
            let byte = input[at.position]
            if byte > 0x20 { return }
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return }
            at.position &+= 1
        }
    }

    /// Whether this byte comes next.
    @inline(__always)
    func has(_ byte: UInt8, _ at: JSONCursor) -> Bool {
        at.position < count && input[at.position] == byte
    }

    /// Passes the next byte on as it is.
    @inline(__always)
    func copyByte(_ at: inout JSONCursor) {
        output[at.written] = input[at.position]
        at.position &+= 1
        at.written &+= 1
    }

    /// Passes the next bytes on as they are.
    @inline(__always)
    func copy(_ length: Int, _ at: inout JSONCursor) {
        var done = 0
        while done < length, at.position &+ done &+ 8 <= count {
            copyWord(from: at.position &+ done, to: at.written &+ done)
            done &+= 8
        }
        while done < length {
            output[at.written &+ done] = input[at.position &+ done]
            done &+= 1
        }
        at.position &+= length
        at.written &+= length
    }

    /// Copies eight bytes of input, which there must be, and gives them with the first one lowest.
    @inline(__always) @discardableResult
    func copyWord(from position: Int, to written: Int) -> UInt64 {
        let word = UnsafeRawPointer(input + position).loadUnaligned(as: UInt64.self)
        UnsafeMutableRawPointer(output + written).storeBytes(of: word, as: UInt64.self)
        return UInt64(littleEndian: word)
    }

    /// Passes on one of the three literals.
    @inline(__always)
    func literal(_ word: StaticString, _ at: inout JSONCursor) throws(JSONError) {
        for index in 0..<word.utf8CodeUnitCount {
            guard has(word.utf8Start[index], at) else { throw unexpected(at.position, "the word \(word)") }
            copyByte(&at)
        }
    }

    /// The error at a byte.
    @inline(never)
    func unexpected(_ offset: Int, _ expected: String) -> JSONError {
        JSONError(
            offset: offset,
            found: offset < count ? JSONError.name(of: input[offset]) : JSONScanner.endName,
            expected: expected
        )
    }
}
