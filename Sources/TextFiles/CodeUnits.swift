/// Bytes seen as the code units of their encoding.
///
/// Line ends, quotes and delimiters are one unit each in every encoding that is read, so text is cut before it is decoded.
struct CodeUnits {
    /// The bytes; one too many for whole units when a file ends inside one.
    let bytes: ArraySlice<UInt8>
    /// What they are.
    let encoding: TextEncoding

    /// How many whole units there are.
    var count: Int { bytes.count / encoding.unitBytes }

    /// Whether bytes are left that are no unit.
    var hasTornUnit: Bool { bytes.count % encoding.unitBytes != 0 }

    /// A unit.
    subscript(index: Int) -> UInt16 {
        let place = bytes.startIndex + index * encoding.unitBytes
        return switch encoding {
        case .utf8, .windows1252, .iso8859_1: UInt16(bytes[place])
        case .utf16LittleEndian: UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
        case .utf16BigEndian: UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1])
        }
    }

    /// Some of the units.
    subscript(range: Range<Int>) -> CodeUnits {
        let width = encoding.unitBytes
        let start = bytes.startIndex + range.lowerBound * width
        return CodeUnits(bytes: bytes[start..<(start + range.count * width)], encoding: encoding)
    }

    static let lineFeed = UInt16(UInt8(ascii: "\n"))
    static let carriageReturn = UInt16(UInt8(ascii: "\r"))
    static let quote = UInt16(UInt8(ascii: "\""))

    /// Whether a unit ends a line, alone or with its neighbour.
    static func isLineEnd(_ unit: UInt16) -> Bool { unit == lineFeed || unit == carriageReturn }

    /// The first place of a unit at or after an index.
    func firstIndex(of unit: UInt16, from start: Int = 0) -> Int? {
        guard encoding.unitBytes == 1 else { return (start..<max(start, count)).first { self[$0] == unit } }
        return bytes.dropFirst(start).firstIndex(of: UInt8(truncatingIfNeeded: unit)).map { $0 - bytes.startIndex }
    }

    /// The byte order mark; in a file of one byte a character it is what is left of one in UTF-8.
    private var mark: [UInt16] { encoding.unitBytes == 1 ? [0xEF, 0xBB, 0xBF] : [0xFEFF] }

    /// Whether a byte order mark begins at a unit.
    func hasMark(at index: Int) -> Bool {
        index + mark.count <= count && mark.indices.allSatisfy { self[index + $0] == mark[$0] }
    }

    /// Whether a byte order mark ends before a unit.
    func hasMark(endingAt index: Int) -> Bool { index >= mark.count && hasMark(at: index - mark.count) }

    /// Where a unit stands, as an editor shows it.
    ///
    /// - Parameters:
    ///   - index: The unit, at most ``count``.
    ///   - line: Lines before the first unit.
    ///   - acceptsCarriageReturn: Whether a lone carriage return ends a line.
    /// - Returns: The line and the character in it, both from 1.
    func place(of index: Int, line: Int64, acceptsCarriageReturn: Bool) -> TextPlace {
        var place = TextPlace(line: line + 1, column: 1)
        for position in 0..<min(index, count) {
            let unit = self[position]
            let isEnd =
                unit == Self.lineFeed
                || acceptsCarriageReturn && unit == Self.carriageReturn
                    && !(position + 1 < count && self[position + 1] == Self.lineFeed)
            if isEnd {
                place = TextPlace(line: place.line + 1, column: 1)
            } else if beginsCharacter(unit) {
                place.column += 1
            }
        }
        return place
    }

    private func beginsCharacter(_ unit: UInt16) -> Bool {
        switch encoding {
        case .utf8: unit & 0xC0 != 0x80
        case .utf16LittleEndian, .utf16BigEndian: !UTF16.isTrailSurrogate(unit)
        case .windows1252, .iso8859_1: true
        }
    }
}
