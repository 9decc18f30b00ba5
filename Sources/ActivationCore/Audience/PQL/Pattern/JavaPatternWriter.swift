/// Writes a pattern in PCRE2's syntax; no flag of PCRE2's but "a dot takes all" is needed to read it.
struct JavaPatternWriter {
    /// What an assertion asks that PCRE2 has no syntax for; the number of a callout.
    enum Question: UInt32, Sendable {
        case isWordBoundary = 1
        case isNoWordBoundary
        case isUnicodeWordBoundary
        case isNoUnicodeWordBoundary
    }

    /// More is nothing that PCRE2 could compile.
    static let bytesMax = 1 << 18

    /// The pattern, incomplete when it is longer than ``bytesMax``.
    private(set) var text = ""
    private let groupCount: Int

    init(_ pattern: JavaPattern, groupCount: Int) {
        self.groupCount = groupCount
        write(pattern)
    }

    private mutating func write(_ pattern: JavaPattern) {
        guard text.utf8.count <= Self.bytesMax else { return }
        switch pattern {
        case .empty: break
        case .character(let set): text += Self.text(of: set)
        case .position(let position): text += Self.text(of: position)
        case .lineEnd: text += #"(?:\r\n|[\n-\r\x{85}\x{2028}\x{2029}])"#
        case .grapheme: text += #"\X"#
        case .reference(let number, _) where number > groupCount: text += Self.text(of: .nowhere)
        case .reference(let number, nil): text += "\\g{\(number)}"
        case .reference(let number, let folding?): text += comparison(with: number, folding)
        case .group(let body, let number): write(body, within: number == nil ? "(?:" : "(")
        case .atomic(let body): write(body, within: "(?>")
        case .look(let look, let body):
            write(body, within: "(?\(look.isAhead ? "" : "<")\(look.isNegated ? "!" : "=")")
        case .repetition(let body, let repetition): write(body, repetition)
        case .sequence(let parts): for part in parts { write(part) }
        case .choice(let branches):
            for (index, branch) in branches.enumerated() {
                if index > 0 { text += "|" }
                write(branch)
            }
        }
    }

    private mutating func write(_ body: JavaPattern, within start: String) {
        text += start
        write(body)
        text += ")"
    }

    private mutating func write(_ body: JavaPattern, _ repetition: JavaPattern.Repetition) {
        switch body {
        case .character, .atomic: write(body)
        // Java never goes back into a round of a possessive group, nor into a repeated line end.
        case .group where repetition.greed == .possessive: write(body, within: "(?>")
        case .group: write(body)
        default: write(body, within: "(?>")
        }
        switch (repetition.low, repetition.high) {
        case (0, nil): text += "*"
        case (1, nil): text += "+"
        case (0, 1): text += "?"
        case (let low, nil): text += "{\(low),}"
        case (let low, let high?): text += low == high ? "{\(low)}" : "{\(low),\(high)}"
        }
        switch repetition.greed {
        case .greedy: break
        case .lazy: text += "?"
        case .possessive: text += "+"
        }
    }

    /// Takes character by character as long as the group has the same one in some case, then asks whether that was all.
    private func comparison(with group: Int, _ folding: JavaPattern.Folding) -> String {
        func callout(_ step: PQLPattern.Comparison.Step) -> String {
            "(?C'\(step.rawValue)\(folding.rawValue)\(group)')"
        }
        return "(?>\(callout(.start))(?:\(callout(.next)).)*\(callout(.end)))"
    }

    // MARK: Positions

    private static func text(of position: JavaPattern.Position) -> String {
        switch position {
        case .textStart: #"\A"#
        case .textEnd: #"\z"#
        case .lastLineEnd(isUnix: true): #"(?=\n?\z)"#
        case .lastLineEnd(isUnix: false): #"(?=(?:\r\n|(?<!\r)\n|[\r\x{85}\x{2028}\x{2029}])?\z)"#
        // No line starts at the end of a text.
        case .lineStart(isUnix: true): #"(?!\z)(?:\A|(?<=\n))"#
        case .lineStart(isUnix: false): #"(?!\z)(?:\A|(?<=[\n\x{85}\x{2028}\x{2029}])|(?<=\r)(?!\n))"#
        case .lineEnd(isUnix: true): #"(?=\n|\z)"#
        case .lineEnd(isUnix: false): #"(?=\z|[\r\x{85}\x{2028}\x{2029}]|(?<!\r)\n)"#
        case .wordBoundary(isUnicode: false, isNegated: false): callout(.isWordBoundary)
        case .wordBoundary(isUnicode: false, isNegated: true): callout(.isNoWordBoundary)
        case .wordBoundary(isUnicode: true, isNegated: false): callout(.isUnicodeWordBoundary)
        case .wordBoundary(isUnicode: true, isNegated: true): callout(.isNoUnicodeWordBoundary)
        case .nowhere: "(?!)"
        }
    }

    private static func callout(_ question: Question) -> String { "(?C\(question.rawValue))" }

    // MARK: Sets

    /// A pattern that takes one character out of a set and can be repeated.
    private static func text(of set: JavaCharacterSet) -> String {
        if case .ranges(let ranges) = set, ranges.count == 1, ranges[0].count == 1,
            let scalar = Unicode.Scalar(ranges[0].lowerBound)
        {
            return text(of: scalar)
        }
        if let items = items(of: set) { return items.isEmpty ? "(?!)" : "[\(items)]" }
        switch set {
        case .ranges, .property: return "(?!)"
        case .complement(let inner):
            guard let items = items(of: inner) else { return "(?:(?!\(text(of: inner))).)" }
            return items.isEmpty ? "." : "[^\(items)]"
        case .intersection(let left, let right): return "(?:(?=\(text(of: left)))\(text(of: right)))"
        // Atomic, since a character in both would be tried twice.
        case .union(let sets): return "(?>\(sets.map(text(of:)).joined(separator: "|")))"
        }
    }

    /// What stands between the brackets of a class; nil for a set that is none.
    private static func items(of set: JavaCharacterSet) -> String? {
        switch set {
        case .ranges(let ranges): return ranges.map(item(of:)).joined()
        case .property(let name): return "\\p{\(name)}"
        case .complement(.property(let name)): return "\\P{\(name)}"
        case .complement(.complement(let inner)): return items(of: inner)
        case .complement(.ranges(let ranges)): return complement(of: ranges).map(item(of:)).joined()
        case .union(let sets):
            var text = ""
            for set in sets {
                guard let items = items(of: set) else { return nil }
                text += items
            }
            return text
        case .complement, .intersection: return nil
        }
    }

    /// A range without the halves of pairs, which are no characters.
    private static func item(of range: ClosedRange<UInt32>) -> String {
        let halves: ClosedRange<UInt32> = 0xD800...0xDFFF
        guard range.overlaps(halves) else { return item(range.lowerBound, range.upperBound) }
        let below = range.lowerBound < halves.lowerBound ? item(range.lowerBound, halves.lowerBound - 1) : ""
        let above = range.upperBound > halves.upperBound ? item(halves.upperBound + 1, range.upperBound) : ""
        return below + above
    }

    private static func item(_ low: UInt32, _ high: UInt32) -> String {
        low == high ? hexadecimal(low) : "\(hexadecimal(low))-\(hexadecimal(high))"
    }

    private static func complement(of ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { gaps.append(next...0x10FFFF) }
        return gaps
    }

    private static func text(of scalar: Unicode.Scalar) -> String {
        scalar.digit(radix: 36) == nil ? hexadecimal(scalar.value) : String(scalar)
    }

    private static func hexadecimal(_ value: UInt32) -> String { "\\x{\(String(value, radix: 16))}" }
}
