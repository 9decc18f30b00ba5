/// Standard base64 with padding (RFC 4648 section 4), strict in both directions.
public enum Base64 {
    /// The length of the text for so many bytes.
    public static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    /// Writes the text of some bytes.
    ///
    /// - Parameters:
    ///   - source: The bytes.
    ///   - target: Memory for at least `encodedCount(source.count)` bytes that does not overlap the source.
    /// - Returns: The number of bytes written.
    @discardableResult
    public static func encode(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int {
        let length = encodedCount(source.count)
        precondition(target.count >= length, "base64 target of \(target.count) bytes for \(length)")
        guard let input = source.baseAddress, let output = target.baseAddress else { return 0 }
        pairs.withUnsafeBufferPointer { pairs in
            var read = 0
            var written = 0
            // Two groups at a time while eight bytes can be loaded for the six of them.
            let lastWideLoad = source.count - 8
            while read <= lastWideLoad {
                let bits = UInt64(bigEndian: input.loadUnaligned(fromByteOffset: read, as: UInt64.self))
                let first = UInt64(pairs[Int(bits &>> 52)]) | UInt64(pairs[Int(bits &>> 40 & 4095)]) &<< 16
                let second = UInt64(pairs[Int(bits &>> 28 & 4095)]) | UInt64(pairs[Int(bits &>> 16 & 4095)]) &<< 16
                output.storeBytes(of: (first | second &<< 32).littleEndian, toByteOffset: written, as: UInt64.self)
                read += 6
                written += 8
            }
            // Four bytes are loaded for the three of a group, so that the last group is written by itself.
            let lastLoad = source.count - 4
            while read <= lastLoad {
                let bits = UInt32(bigEndian: input.loadUnaligned(fromByteOffset: read, as: UInt32.self))
                let letters = UInt32(pairs[Int(bits &>> 20)]) | UInt32(pairs[Int(bits &>> 8 & 4095)]) &<< 16
                output.storeBytes(of: letters.littleEndian, toByteOffset: written, as: UInt32.self)
                read += 3
                written += 4
            }
            encodeLast(source[read...], into: UnsafeMutableRawBufferPointer(rebasing: target[written...]))
        }
        return length
    }

    /// Writes the last group: one to three bytes, padded, or nothing.
    private static func encodeLast(
        _ bytes: Slice<UnsafeRawBufferPointer>,
        into target: UnsafeMutableRawBufferPointer
    ) {
        guard !bytes.isEmpty else { return }
        let bits = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - bytes.count))
        for place in 0..<4 {
            let letter = alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)]
            target[place] = place <= bytes.count ? letter : UInt8(ascii: "=")
        }
    }

    /// Appends the text of some bytes to a buffer.
    ///
    /// - Parameters:
    ///   - source: The bytes.
    ///   - bytes: The buffer that grows by `encodedCount(source.count)`.
    public static func append(_ source: [UInt8], to bytes: inout [UInt8]) {
        let text = [UInt8](unsafeUninitializedCapacity: encodedCount(source.count)) { target, count in
            count = source.withUnsafeBytes { encode($0, into: UnsafeMutableRawBufferPointer(target)) }
        }
        bytes.append(contentsOf: text)
    }

    /// The text of some bytes.
    public static func encode(_ source: [UInt8]) -> String {
        var bytes: [UInt8] = []
        append(source, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads base64 text.
    ///
    /// - Parameters:
    ///   - text: The text, padded.
    ///   - target: Memory for at least `text.count / 4 * 3` bytes that does not overlap the text.
    /// - Returns: The number of bytes written, or nil if the text is not strict base64: a length that is no multiple of
    ///   four, a byte outside the alphabet, padding inside, or bits after the last byte.
    public static func decode(_ text: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int? {
        guard text.count > 0 else { return 0 }
        guard text.count % 4 == 0, let input = text.baseAddress, let output = target.baseAddress else { return nil }
        precondition(target.count >= text.count / 4 * 3, "base64 target of \(target.count) bytes")
        return groups.withUnsafeBufferPointer { groups -> Int? in
            func group(at offset: Int) -> UInt32 {
                groups[Int(input.load(fromByteOffset: offset, as: UInt8.self))]
                    | groups[256 + Int(input.load(fromByteOffset: offset + 1, as: UInt8.self))]
                    | groups[512 + Int(input.load(fromByteOffset: offset + 2, as: UInt8.self))]
                    | groups[768 + Int(input.load(fromByteOffset: offset + 3, as: UInt8.self))]
            }
            var seen: UInt32 = 0
            var read = 0
            var written = 0
            let lastGroup = text.count - 4
            while read < lastGroup {
                let bytes = group(at: read)
                seen |= bytes
                // The fourth byte is the next group's first and is overwritten by it.
                output.storeBytes(of: bytes.littleEndian, toByteOffset: written, as: UInt32.self)
                read += 4
                written += 3
            }
            guard seen & invalid == 0 else { return nil }
            let last = UnsafeRawBufferPointer(rebasing: text[lastGroup...])
            let rest = UnsafeMutableRawBufferPointer(rebasing: target[written...])
            return decodeLast(last, into: rest).map { written + $0 }
        }
    }

    /// Reads the last four letters, the only ones that may hold padding, and answers how many bytes they stand for.
    private static func decodeLast(
        _ letters: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawBufferPointer
    ) -> Int? {
        let padding = UInt8(ascii: "=")
        let count = letters[3] != padding ? 3 : letters[2] != padding ? 2 : 1
        var bytes: UInt32 = 0
        for place in 0...count { bytes |= groups[256 * place + Int(letters[place])] }
        guard bytes & invalid == 0 else { return nil }
        // No bits may be left over after the last byte.
        guard bytes >> UInt32(8 * count) == 0 else { return nil }
        for place in 0..<count { target[place] = UInt8(truncatingIfNeeded: bytes >> UInt32(8 * place)) }
        return count
    }

    /// Reads base64 text; nil if it is not strict base64.
    public static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { utf8 -> [UInt8]? in
            var isValid = true
            let bytes = [UInt8](unsafeUninitializedCapacity: utf8.count / 4 * 3) { target, count in
                let written = decode(UnsafeRawBufferPointer(utf8), into: UnsafeMutableRawBufferPointer(target))
                isValid = written != nil
                count = written ?? 0
            }
            return isValid ? bytes : nil
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Two letters for every 12-bit value, the first one low.
    private static let pairs: [UInt16] = (0..<4096).map { value in
        UInt16(alphabet[value >> 6]) | UInt16(alphabet[value & 63]) << 8
    }

    /// Set in the entry of every byte that is no letter, at each place of a group.
    private static let invalid: UInt32 = 0x8000_0000

    /// The three bytes that a letter contributes to, the first one lowest, for each of the four places in a group.
    private static let groups: [UInt32] = {
        var table = [UInt32](repeating: invalid, count: 4 * 256)
        for (value, letter) in alphabet.enumerated() {
            for place in 0..<4 {
                let bits = UInt32(value) << UInt32(18 - 6 * place)
                table[256 * place + Int(letter)] = bits.byteSwapped >> 8
            }
        }
        return table
    }()
}
