extension JavaPattern {
    /// Why what a look-behind looks for cannot be written so that each way to match has one length.
    struct Unfixed: Error {
        var message: String

        static let unbounded = Unfixed(
            message:
                "what \"(?<=\" and \"(?<!\" look for has to have a largest length; write {0,20} for * and {1,20} for +"
        )
        static let atomic = Unfixed(
            message:
                "within \"(?<=\" and \"(?<!\" a possessive or (?>…) part has to have one length; leave the + or ?> out"
        )
        static let capturing = Unfixed(
            message:
                "within \"(?<=\" and \"(?<!\" a capturing group has to have one length; write (?:…) or spell the lengths out"
        )
        static let undetermined = Unfixed(
            message:
                "within \"(?<=\" and \"(?<!\" Java cannot repeat a group that holds | or another repetition; write the rounds out"
        )
        static let reference = Unfixed(
            message: "\"(?<=\" and \"(?<!\" cannot hold a reference to a group; write the text itself"
        )
        static let grapheme = Unfixed(message: "\"(?<=\" and \"(?<!\" cannot hold \\X; write a class or a dot")
        static let tooMany = Unfixed(
            message:
                "what \"(?<=\" and \"(?<!\" look for matches in more than \(waysMax) lengths or ways; write it more simply"
        )
        /// Ways to match that a look-behind is spelt out into.
        static let waysMax = 200
        /// Characters that PCRE2 can look behind.
        static let lengthMax = 65_535
        /// Parts of all ways together.
        static let partsMax = 10_000
    }

    /// The same pattern as a choice of patterns of one length each, which is what PCRE2 can look behind for.
    func withFixedLengths() throws(Unfixed) -> JavaPattern {
        try checkRepetitions()
        let ways = try waysOfOneLength()
        return ways.count == 1 ? ways[0] : .choice(ways)
    }

    /// How many characters it takes, when that is always the same; nil otherwise, and for what looks back at a group.
    private var length: Int? {
        switch self {
        case .empty, .position, .look: return 0
        case .character: return 1
        case .lineEnd, .grapheme, .reference: return nil
        case .group(let body, _), .atomic(let body): return body.length
        case .repetition(let body, let repetition):
            guard let length = body.length, let high = repetition.high else { return nil }
            let whole = length * high
            // PCRE2 looks behind for a fixed number of rounds only, even of what takes nothing.
            return repetition.low == high && whole <= Unfixed.lengthMax ? whole : nil
        case .sequence(let parts):
            var sum = 0
            for part in parts {
                guard let length = part.length, sum + length <= Unfixed.lengthMax else { return nil }
                sum += length
            }
            return sum
        case .choice(let branches):
            guard let length = branches.first?.length else { return nil }
            return branches.allSatisfy { $0.length == length } ? length : nil
        }
    }

    /// Refuses repetitions in which Java finds no largest length, although there is one.
    private func checkRepetitions() throws(Unfixed) {
        switch self {
        case .empty, .position, .character, .lineEnd, .grapheme, .reference, .look: return
        case .group(let body, _), .atomic(let body): try body.checkRepetitions()
        case .repetition(let body, let repetition):
            try body.checkRepetitions()
            guard case .group = body, !repetition.isOption, repetition.greed != .possessive else { return }
            if !body.isDeterministic { throw .undetermined }
        case .sequence(let parts), .choice(let parts):
            for part in parts { try part.checkRepetitions() }
        }
    }

    private var capturesGroups: Bool {
        switch self {
        case .empty, .position, .character, .lineEnd, .grapheme, .reference: false
        case .group(let body, let number): number != nil || body.capturesGroups
        case .atomic(let body), .look(_, let body), .repetition(let body, _): body.capturesGroups
        case .sequence(let parts), .choice(let parts): parts.contains(where: \.capturesGroups)
        }
    }

    private func waysOfOneLength() throws(Unfixed) -> [JavaPattern] {
        if length != nil { return [self] }
        if capturesGroups { throw .capturing }
        switch self {
        case .empty, .position, .look, .character: return [self]
        case .lineEnd:
            let crlf = [JavaPattern.character(JavaCharacterSet("\r")), .character(JavaCharacterSet("\n"))]
            return [.sequence(crlf), .character(.verticalBlanks)]
        case .grapheme: throw .grapheme
        case .reference: throw .reference
        case .atomic: throw .atomic
        case .group(let body, _): return try body.waysOfOneLength()
        case .repetition(let body, let repetition):
            guard let high = repetition.high else { throw .unbounded }
            guard repetition.greed != .possessive else { throw .atomic }
            guard high <= Unfixed.waysMax else { throw .tooMany }
            let once = try body.waysOfOneLength()
            var ways: [JavaPattern] = []
            for count in repetition.low...high {
                let times = [[JavaPattern]](repeating: once, count: count)
                ways += try JavaPattern.combinations(of: times)
                guard ways.count <= Unfixed.waysMax else { throw .tooMany }
            }
            return ways
        case .sequence(let parts):
            var choices: [[JavaPattern]] = []
            for part in parts { choices.append(try part.waysOfOneLength()) }
            return try JavaPattern.combinations(of: choices)
        case .choice(let branches):
            var ways: [JavaPattern] = []
            for branch in branches { ways += try branch.waysOfOneLength() }
            guard ways.count <= Unfixed.waysMax else { throw .tooMany }
            return ways
        }
    }

    /// All sequences that take one part out of each list.
    private static func combinations(of choices: [[JavaPattern]]) throws(Unfixed) -> [JavaPattern] {
        var sequences: [[JavaPattern]] = [[]]
        for choice in choices {
            let count = sequences.count * choice.count
            guard count <= Unfixed.waysMax, count * choices.count <= Unfixed.partsMax else { throw .tooMany }
            sequences = sequences.flatMap { start in choice.map { start + [$0] } }
        }
        return sequences.map(JavaPattern.sequence)
    }
}
