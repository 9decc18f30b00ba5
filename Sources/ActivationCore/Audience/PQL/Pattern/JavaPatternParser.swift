/// Reads a pattern by Java's rules, its oddities included: what Java refuses is refused.
struct JavaPatternParser {
    typealias Refusal = JavaPattern.Refusal

    var reader: JavaPatternReader
    /// Where the groups that capture start, in the order of their numbers.
    private var groupOffsets: [Int] = []
    private var groupNames: [String: Int] = [:]
    private var depth = 0
    private var lookBehindCount = 0
    var flags = JavaPattern.Flags() {
        didSet {
            reader.hasComments = flags.hasComments
            reader.hasUnixLines = flags.hasUnixLines
        }
    }

    init(_ pattern: String) {
        reader = JavaPatternReader(pattern)
    }

    /// How many groups capture, as far as read.
    var groupCount: Int { groupOffsets.count }

    /// Reads the whole pattern, of which it may matter what the groups take, not only whether it matches.
    mutating func pattern(tellsGroups: Bool) throws(Refusal) -> JavaPattern {
        let pattern = try choice()
        if let unit = reader.peek() {
            throw refusal("nothing opens this \"\(unit.scalar)\"; a literal one is \"\\)\"", at: unit.offset)
        }
        if tellsGroups || pattern.refersToGroups, let unsure = pattern.unsureGroup {
            throw refusal(
                "it is not sure what a capturing group takes \(unsure.reason.rawValue); write (?:…), or take it out of there",
                at: groupOffsets[unsure.number - 1]
            )
        }
        return pattern
    }

    /// A refusal at a place, by default the next character.
    func refusal(_ message: String, at offset: Int? = nil) -> Refusal {
        Refusal(message: message, offset: offset ?? reader.offset)
    }

    /// Reads something that may hold its own kind.
    mutating func nested<Part>(_ read: (inout Self) throws(Refusal) -> Part) throws(Refusal) -> Part {
        depth += 1
        defer { depth -= 1 }
        guard depth <= JavaPattern.depthMax else {
            throw refusal("more than \(JavaPattern.depthMax) levels of groups or classes; use fewer")
        }
        return try read(&self)
    }

    // MARK: Sequences

    private mutating func choice() throws(Refusal) -> JavaPattern {
        var branches = [try sequence()]
        while reader.skip("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(Refusal) -> JavaPattern {
        var parts: [JavaPattern] = []
        while let unit = reader.peek(), !unit.is(anyOf: ["|", ")"]) {
            if unit.is("(") {
                if let group = try group() { parts.append(try quantified(group)) }
            } else if let atom = try atom(unit) {
                parts.append(try quantified(atom))
            } else {
                parts += try literals()
            }
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    /// Reads a part other than a group; nil before a literal text.
    private mutating func atom(_ unit: JavaPatternReader.Unit) throws(Refusal) -> JavaPattern? {
        guard !unit.isQuoted else { return nil }
        switch unit.scalar {
        case "[":
            _ = reader.take()
            return .character(try characterClass(isWhole: true))
        case "\\": return try escapedAtom()
        case "^":
            _ = reader.take()
            return .position(flags.isMultiline ? .lineStart(isUnix: flags.hasUnixLines) : .textStart)
        case "$":
            _ = reader.take()
            let isUnix = flags.hasUnixLines
            return .position(flags.isMultiline ? .lineEnd(isUnix: isUnix) : .lastLineEnd(isUnix: isUnix))
        case ".":
            _ = reader.take()
            if flags.dotTakesAll { return .character(.all) }
            return .character((flags.hasUnixLines ? JavaCharacterSet("\n") : .lineEnds).negated)
        case "*", "+", "?":
            throw refusal(
                "nothing stands before this \"\(unit.scalar)\"; a literal one is \"\\\(unit.scalar)\"",
                at: unit.offset
            )
        // Java repeats nothing here.
        case "{": return .empty
        default: return nil
        }
    }

    /// Reads a literal text and the quantifier of its last character.
    private mutating func literals() throws(Refusal) -> [JavaPattern] {
        var scalars: [Unicode.Scalar] = []
        var lastStart = reader.cursor
        reading: while let unit = reader.peek() {
            let start = reader.cursor
            if unit.is("\\") {
                // What is wrong with an escape is said when it is read as a part of its own.
                guard case .character(let scalar)? = try? escape(inClass: false) else {
                    reader.cursor = start
                    break reading
                }
                scalars.append(scalar)
            } else if unit.is(anyOf: ["*", "+", "?", "{"]) {
                // The quantifier is that of the last character alone.
                if scalars.count > 1 {
                    scalars.removeLast()
                    reader.cursor = lastStart
                }
                break reading
            } else if unit.is(anyOf: ["$", ".", "^", "(", "[", "|", ")"]) {
                break reading
            } else {
                _ = reader.take()
                scalars.append(unit.scalar)
            }
            lastStart = start
        }
        let isAlone = scalars.count == 1
        var parts = scalars.map { JavaPattern.character(JavaCharacterSet($0, flags, isAlone: isAlone)) }
        if isAlone, let part = parts.popLast() { parts.append(try quantified(part)) }
        return parts
    }

    private mutating func escapedAtom() throws(Refusal) -> JavaPattern? {
        let start = reader.cursor
        switch try escape(inClass: false) {
        case .character:
            reader.cursor = start
            return nil
        case .set(let set): return .character(set)
        case .pattern(let pattern): return pattern
        }
    }

    // MARK: Quantifiers

    private mutating func quantified(_ pattern: JavaPattern) throws(Refusal) -> JavaPattern {
        guard let unit = reader.peek(), unit.is(anyOf: ["*", "+", "?", "{"]) else { return pattern }
        _ = reader.take()
        var low = 0
        var high: Int?
        switch unit.scalar {
        case "*": break
        case "+": low = 1
        case "?": high = 1
        default: (low, high) = try bounds(from: unit.offset)
        }
        let greed: JavaPattern.Repetition.Greed = reader.skip("?") ? .lazy : reader.skip("+") ? .possessive : .greedy
        let repetition = JavaPattern.Repetition(low: low, high: high, greed: greed)
        // After an empty round Java goes on to what follows, even when it has not had its rounds yet.
        if case .group = pattern, greed != .possessive, repetition.isCounted, pattern.lengthMin == 0,
            !pattern.isDeterministic
        {
            throw refusal(
                "a group that may take nothing cannot be counted; let it take at least one character, or write * or +",
                at: unit.offset
            )
        }
        return .repetition(pattern, repetition)
    }

    /// Reads `n}`, `n,}` or `n,m}`.
    private mutating func bounds(from offset: Int) throws(Refusal) -> (Int, Int?) {
        // Java passes blanks among the numbers, but not before them.
        guard reader.following(0)?.scalar.digit(radix: 10) != nil, let low = try number(from: offset) else {
            throw refusal("a number follows \"{\", as in {2} or {2,5}; a literal one is \"\\{\"", at: offset)
        }
        var high: Int? = low
        if reader.skip(",") {
            if reader.skip("}") { return (low, nil) }
            high = try number(from: offset)
        }
        guard reader.skip("}") else { throw refusal("this \"{\" has no \"}\" after its numbers", at: offset) }
        guard let high, high >= low else {
            throw refusal("the larger number stands first between \"{\" and \"}\"; turn them round", at: offset)
        }
        return (low, high)
    }

    private mutating func number(from offset: Int) throws(Refusal) -> Int? {
        var value: Int?
        while let unit = reader.peek(), !unit.isQuoted, let digit = unit.scalar.digit(radix: 10) {
            _ = reader.take()
            let number = (value ?? 0) * 10 + Int(digit)
            guard number <= 65_535 else { throw refusal("a quantifier goes up to 65,535", at: offset) }
            value = number
        }
        return value
    }

    // MARK: Groups

    /// Reads a group; nil when it only sets flags.
    private mutating func group() throws(Refusal) -> JavaPattern? {
        let offset = reader.offset
        let outer = flags
        _ = reader.take()
        guard reader.skip("?") else { return try capturingGroup(from: offset, outer) }
        guard let unit = reader.takeRaw(), !unit.isQuoted else {
            throw refusal("a letter or symbol follows \"(?\"", at: offset)
        }
        switch unit.scalar {
        case ":": return .group(try body(from: offset, outer), number: nil)
        case "=", "!":
            let look = JavaPattern.Look(isAhead: true, isNegated: unit.scalar == "!")
            return .look(look, try body(from: offset, outer))
        case ">": return .atomic(try body(from: offset, outer))
        case "<":
            if reader.skip("=") {
                return .look(.init(isAhead: false, isNegated: false), try lookBehind(from: offset, outer))
            }
            if reader.skip("!") {
                return .look(.init(isAhead: false, isNegated: true), try lookBehind(from: offset, outer))
            }
            let name = try groupName()
            guard groupNames[name] == nil else {
                throw refusal("the group \"\(name)\" is defined already", at: offset)
            }
            groupNames[name] = groupCount + 1
            return try capturingGroup(from: offset, outer)
        default:
            reader.cursor -= 1
            return try flagGroup(from: offset, outer)
        }
    }

    private mutating func capturingGroup(
        from offset: Int,
        _ outer: JavaPattern.Flags
    ) throws(Refusal) -> JavaPattern {
        groupOffsets.append(offset)
        let number = groupCount
        return .group(try body(from: offset, outer), number: number)
    }

    private mutating func lookBehind(from offset: Int, _ outer: JavaPattern.Flags) throws(Refusal) -> JavaPattern {
        let body = try body(from: offset, outer)
        lookBehindCount += 1
        guard lookBehindCount <= JavaPattern.lookBehindsMax else {
            throw refusal("more than \(JavaPattern.lookBehindsMax) look-behinds; use fewer", at: offset)
        }
        do throws(JavaPattern.Unfixed) {
            return try body.withFixedLengths()
        } catch {
            throw refusal(error.message, at: offset)
        }
    }

    /// Reads the rest of a group; its flags end with it.
    private mutating func body(from offset: Int, _ outer: JavaPattern.Flags) throws(Refusal) -> JavaPattern {
        let body = try nested { (parser) throws(Refusal) in try parser.choice() }
        guard reader.skip(")") else { throw refusal("this group has no \")\"", at: offset) }
        flags = outer
        return body
    }

    private mutating func flagGroup(from offset: Int, _ outer: JavaPattern.Flags) throws(Refusal) -> JavaPattern? {
        var isOn = true
        while let unit = reader.peek(), !unit.isQuoted {
            let letter = unit.scalar
            if letter == "-", isOn {
                isOn = false
            } else if letter == ")" {
                _ = reader.take()
                return nil
            } else if letter == ":" {
                _ = reader.take()
                return .group(try body(from: offset, outer), number: nil)
            } else {
                try setFlag(letter, isOn, from: offset)
            }
            _ = reader.take()
        }
        throw refusal("this group has no \")\"", at: offset)
    }

    private mutating func setFlag(_ letter: Unicode.Scalar, _ isOn: Bool, from offset: Int) throws(Refusal) {
        switch letter {
        case "i": flags.ignoresCase = isOn
        case "d": flags.hasUnixLines = isOn
        case "m": flags.isMultiline = isOn
        case "s": flags.dotTakesAll = isOn
        case "u": flags.foldsUnicode = isOn
        case "x": flags.hasComments = isOn
        case "U":
            flags.hasUnicodeClasses = isOn
            flags.foldsUnicode = isOn
        case "c":
            throw refusal("the flag \"c\" (canonical equivalence) is not supported; spell both forms out", at: offset)
        default:
            throw refusal(
                "Java has no group that starts with \"(?\(letter)\"; its kinds are (?:…), (?=…), (?!…), (?<=…), (?<!…), "
                    + "(?>…), (?<name>…) and the flags (?idmsuxU-idmsuxU)",
                at: offset
            )
        }
    }

    private mutating func groupName() throws(Refusal) -> String {
        let offset = reader.offset
        var name = ""
        while let unit = reader.take(), !unit.isQuoted {
            if unit.scalar == ">", !name.isEmpty { return name }
            let isLetter = unit.scalar.isASCII && unit.scalar.properties.isAlphabetic
            guard isLetter || (!name.isEmpty && unit.scalar.digit(radix: 10) != nil) else { break }
            name.unicodeScalars.append(unit.scalar)
        }
        throw refusal("the name of a group is a letter A to Z, then letters and digits, then \">\"", at: offset)
    }

    // MARK: References

    /// Reads the rest of `\k<name>`.
    mutating func namedReference(from offset: Int) throws(Refusal) -> JavaPattern {
        guard reader.skip("<") else { throw refusal("\"<name>\" follows \"\\k\"", at: offset) }
        let name = try groupName()
        guard let number = groupNames[name] else {
            throw refusal("no group before this place is called \"\(name)\"", at: offset)
        }
        return reference(number)
    }

    /// Reads the rest of `\1`: more digits as long as so many groups stand before.
    mutating func numberedReference(_ digit: Int) -> JavaPattern {
        var number = digit
        while let unit = reader.peek(), !unit.isQuoted, let digit = unit.scalar.digit(radix: 10),
            number * 10 + digit <= groupCount
        {
            _ = reader.take()
            number = number * 10 + digit
        }
        return reference(number)
    }

    private func reference(_ number: Int) -> JavaPattern {
        guard flags.ignoresCase else { return .reference(number, nil) }
        return .reference(number, flags.foldsUnicode ? .unicode : .ascii)
    }
}

extension Unicode.Scalar {
    /// The value of a digit of ASCII.
    func digit(radix: Int) -> Int? {
        let value: Int
        switch self {
        case "0"..."9": value = Int(self.value) - 0x30
        case "a"..."z": value = Int(self.value) - 0x61 + 10
        case "A"..."Z": value = Int(self.value) - 0x41 + 10
        default: return nil
        }
        return value < radix ? value : nil
    }
}
