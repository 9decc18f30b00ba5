/// A set of characters: ranges of them, properties, and what is made of these.
indirect enum JavaCharacterSet: Sendable {
    case ranges([ClosedRange<UInt32>])
    /// A property by the name that PCRE2 has for it.
    case property(String)
    case union([JavaCharacterSet])
    /// What all of some sets hold; at least one.
    case intersection([JavaCharacterSet])
    case complement(JavaCharacterSet)

    static let all = JavaCharacterSet.ranges([0...0x10FFFF])

    init(_ scalar: Unicode.Scalar) {
        self = .ranges([scalar.value...scalar.value])
    }

    init(_ ranges: ClosedRange<UInt32>...) {
        self = .ranges(ranges)
    }

    /// The characters with any of some properties.
    init(anyOf properties: String...) {
        self = .union(properties.map(JavaCharacterSet.property))
    }

    func union(_ other: JavaCharacterSet) -> JavaCharacterSet { .united([self, other]) }

    /// What any of some sets holds, however many, without one lying within the other.
    static func united(_ sets: [JavaCharacterSet]) -> JavaCharacterSet {
        var ranges: [ClosedRange<UInt32>] = []
        var others: [JavaCharacterSet] = []
        func add(_ set: JavaCharacterSet) {
            if case .ranges(let more) = set { ranges += more } else { others.append(set) }
        }
        for set in sets {
            if case .union(let inner) = set { inner.forEach(add) } else { add(set) }
        }
        let merged = JavaCharacterSet.ranges(merged(ranges))
        return others.isEmpty ? merged : ranges.isEmpty && others.count == 1 ? others[0] : .union([merged] + others)
    }

    /// The same characters in ranges that neither overlap nor touch, in order.
    static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    var negated: JavaCharacterSet { .complement(self) }

    // MARK: What Java calls by a letter

    /// Between lines, by Java's default.
    static let lineEnds = JavaCharacterSet(0xA...0xA, 0xD...0xD, 0x85...0x85, 0x2028...0x2029)
    static let horizontalBlanks = JavaCharacterSet(
        0x9...0x9,
        0x20...0x20,
        0xA0...0xA0,
        0x1680...0x1680,
        0x180E...0x180E,
        0x2000...0x200A,
        0x202F...0x202F,
        0x205F...0x205F,
        0x3000...0x3000
    )
    static let verticalBlanks = JavaCharacterSet(0xA...0xD, 0x85...0x85, 0x2028...0x2029)

    static func digits(isUnicode: Bool) -> JavaCharacterSet {
        isUnicode ? .property("Nd") : JavaCharacterSet(0x30...0x39)
    }

    static func blanks(isUnicode: Bool) -> JavaCharacterSet {
        isUnicode
            ? JavaCharacterSet(0x9...0xD, 0x85...0x85).union(.property("Z")) : JavaCharacterSet(0x9...0xD, 0x20...0x20)
    }

    static func wordCharacters(isUnicode: Bool) -> JavaCharacterSet {
        isUnicode
            ? JavaCharacterSet(anyOf: "Alphabetic", "M", "Nd", "Pc").union(JavaCharacterSet(0x200C...0x200D))
            : JavaCharacterSet(0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A)
    }

    // MARK: Case

    /// A character with its other cases if the flags say so; Java compares it otherwise within a longer literal text.
    init(_ scalar: Unicode.Scalar, _ flags: JavaPattern.Flags, isAlone: Bool) {
        self.init(scalar)
        guard flags.ignoresCase else { return }
        guard flags.foldsUnicode else {
            if scalar.isASCII, let other = JavaCase.otherASCII(scalar) {
                self = JavaCharacterSet(scalar.value...scalar.value, other.value...other.value)
            }
            return
        }
        let folded = JavaCase.folded(scalar)
        if isAlone, JavaCase.upper(scalar) == folded { return }
        let values = JavaCase.foldingTo(folded).map(\.value) + [folded.value]
        self = .ranges(values.map { $0...$0 })
    }

    /// A range of characters, with their other cases if the flags say so.
    init(_ range: ClosedRange<UInt32>, _ flags: JavaPattern.Flags) {
        self = .ranges([range])
        guard flags.ignoresCase else { return }
        if flags.foldsUnicode {
            let others = JavaCase.cased.filter { cased in
                range.contains(cased.upper.value) || range.contains(cased.folded.value)
            }
            self = .ranges([range] + others.map { $0.scalar.value...$0.scalar.value })
        } else {
            let upper = range.clamped(to: 0x41...0x5A)
            let lower = range.clamped(to: 0x61...0x7A)
            var ranges = [range]
            if range.overlaps(0x41...0x5A) { ranges.append((upper.lowerBound + 32)...(upper.upperBound + 32)) }
            if range.overlaps(0x61...0x7A) { ranges.append((lower.lowerBound - 32)...(lower.upperBound - 32)) }
            self = .ranges(ranges)
        }
    }
}
