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
    /// Parts and branches written since the last callout that counts the work.
    private var uncountedParts = 0
    private var uncountedBranches = 0
    /// How many of these a search may pass uncounted.
    private static let uncountedPartsMax = 32
    private static let uncountedBranchesMax = 8
    /// Rounds of one character that a search may pass uncounted.
    private static let uncountedRoundsMax = 16
    private static let count = "(?C\(PQLPattern.Work.callout))"

    init(_ pattern: JavaPattern, groupCount: Int) {
        self.groupCount = groupCount
        write(pattern)
    }

    private var isFull: Bool { text.utf8.count > Self.bytesMax }

    private mutating func write(_ pattern: JavaPattern) {
        guard !isFull else { return }
        switch pattern {
        case .empty: break
        case .character(let set): write(set)
        case .position(let position): text += Self.text(of: position)
        case .lineEnd: text += #"(?:\r\n|[\n-\r\x{85}\x{2028}\x{2029}])"#
        case .grapheme: text += #"\X"#
        case .reference(let number, _) where number > groupCount: text += Self.text(of: .nowhere)
        case .reference(let number, nil):
            text += "(?C'\(PQLPattern.Work.Announcement.group.rawValue)\(number)')\\g{\(number)}"
        case .reference(let number, let folding?): text += comparison(with: number, folding)
        case .group(let body, let number): write(body, within: number == nil ? "(?:" : "(")
        case .atomic(let body): write(body, within: "(?>")
        case .look(let look, let body):
            write(body, within: "(?\(look.isAhead ? "" : "<")\(look.isNegated ? "!" : "=")")
        case .repetition(let body, let repetition): write(body, repetition)
        case .sequence(let parts):
            for part in parts where !isFull {
                uncountedParts += 1
                if uncountedParts > Self.uncountedPartsMax { count() }
                write(part)
            }
        case .choice(let branches):
            for (index, branch) in branches.enumerated() where !isFull {
                if index > 0 { text += "|" }
                uncountedBranches += 1
                if uncountedBranches > Self.uncountedBranchesMax || index % Self.uncountedBranchesMax == 7 { count() }
                write(branch)
            }
        }
    }

    /// Has the search count what it did up to here.
    private mutating func count() {
        text += Self.count
        uncountedParts = 0
        uncountedBranches = 0
    }

    private mutating func write(_ body: JavaPattern, within start: String) {
        text += start
        write(body)
        text += ")"
    }

    private mutating func write(_ body: JavaPattern, _ repetition: JavaPattern.Repetition) {
        var low = repetition.low
        var high = repetition.high
        var takesMany = !repetition.isOption
        switch body {
        case .character:
            takesMany = high.map { $0 > Self.uncountedRoundsMax } ?? true
            // Tells where it starts, so that its way can be counted.
            if takesMany { count() }
            if low > Self.uncountedRoundsMax {
                // Most searches end in the first rounds; the work of the others is announced.
                write(body)
                low -= Self.uncountedRoundsMax
                high = high.map { $0 - Self.uncountedRoundsMax }
                text += "{\(Self.uncountedRoundsMax)}"
                text += "(?C'\(PQLPattern.Work.Announcement.rounds.rawValue)\(low)')"
            }
            write(body)
        case .atomic(let inner): writeRound(inner, within: "(?>")
        // Java never goes back into a round of a possessive group, nor into a repeated line end.
        case .group(let inner, let number) where repetition.greed != .possessive:
            writeRound(inner, within: number == nil ? "(?:" : "(")
        default: writeRound(body, within: "(?>")
        }
        switch (low, high) {
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
        if takesMany { count() }
    }

    private mutating func writeRound(_ body: JavaPattern, within start: String) {
        text += start
        // A choice ends before what follows it.
        if case .choice = body { write(body, within: "(?:") } else { write(body) }
        count()
        text += ")"
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

    /// Writes a pattern that takes one character out of a set and can be repeated.
    private mutating func write(_ set: JavaCharacterSet) {
        guard !isFull else { return }
        if case .ranges(let ranges) = set, ranges.count == 1, ranges[0].count == 1,
            let scalar = Unicode.Scalar(ranges[0].lowerBound)
        {
            text += Self.text(of: scalar)
        } else if Self.isEmpty(set) {
            text += "(?!)"
        } else if Self.isClass(set) {
            text += "["
            writeItems(set)
            text += "]"
        } else {
            writeWithoutClass(set)
        }
    }

    private mutating func writeWithoutClass(_ set: JavaCharacterSet) {
        switch set {
        case .ranges, .property: text += "(?!)"
        case .complement(let inner):
            if Self.isEmpty(inner) {
                text += "."
            } else if Self.isClass(inner) {
                text += "[^"
                writeItems(inner)
                text += "]"
            } else {
                text += "(?:(?!"
                write(inner)
                text += ").)"
            }
        case .intersection(let sets):
            text += "(?:"
            for set in sets.dropLast() {
                text += "(?="
                write(set)
                text += ")"
            }
            if let last = sets.last { write(last) }
            text += ")"
        // Atomic, since a character in both would be tried twice.
        case .union(let sets):
            for (index, set) in sets.enumerated() {
                text += index == 0 ? "(?>" : "|"
                write(set)
            }
            text += ")"
        }
    }

    /// Whether a set can be written between the brackets of a class.
    private static func isClass(_ set: JavaCharacterSet) -> Bool {
        switch set {
        case .ranges, .property, .complement(.property), .complement(.ranges): true
        case .complement(.complement(let inner)): isClass(inner)
        case .union(let sets): sets.allSatisfy(isClass)
        case .complement, .intersection: false
        }
    }

    /// Whether a set that can stand in a class has nothing to be written there.
    private static func isEmpty(_ set: JavaCharacterSet) -> Bool {
        switch set {
        case .ranges(let ranges): ranges.allSatisfy { item(of: $0).isEmpty }
        case .complement(.ranges(let ranges)): complement(of: ranges).allSatisfy { item(of: $0).isEmpty }
        case .complement(.complement(let inner)): isEmpty(inner)
        case .union(let sets): sets.allSatisfy(isEmpty)
        case .property, .complement, .intersection: false
        }
    }

    /// Writes what stands between the brackets of a class.
    private mutating func writeItems(_ set: JavaCharacterSet) {
        switch set {
        case .ranges(let ranges): writeItems(ranges)
        case .property(let name): text += "\\p{\(name)}"
        case .complement(.property(let name)): text += "\\P{\(name)}"
        case .complement(.complement(let inner)): writeItems(inner)
        case .complement(.ranges(let ranges)): writeItems(Self.complement(of: ranges))
        case .union(let sets):
            for set in sets where !isFull { writeItems(set) }
        case .complement, .intersection: break
        }
    }

    private mutating func writeItems(_ ranges: [ClosedRange<UInt32>]) {
        for range in ranges where !isFull { text += Self.item(of: range) }
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
