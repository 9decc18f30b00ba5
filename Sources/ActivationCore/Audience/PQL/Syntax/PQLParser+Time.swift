extension PQLParser {
    // MARK: What follows occurs

    mutating func when() throws(PQLError) -> PQLWhen {
        if let comparison = comparison() { return try distance(comparison) }
        switch token.kind {
        case .integer: return try distance(.equal)
        case .keyword(.from, _):
            advance()
            return .side(.from, try timePosition())
        default: break
        }
        switch word() {
        case "before":
            advance()
            return .side(.before, try timePosition())
        case "after":
            advance()
            return .side(.after, try timePosition())
        case "between":
            advance()
            let start = try timePosition()
            guard skip(.and) else { throw unexpected("\"and\" and the end of the time span") }
            return .between(start, try timePosition())
        case "on":
            advance()
            return .on(try timePosition())
        default:
            return .on(try timePosition())
        }
    }

    private mutating func distance(_ comparison: PQLComparison) throws(PQLError) -> PQLWhen {
        guard case .integer(let amount) = token.kind else {
            throw unexpected("a whole number of units, as in < 3 days before now")
        }
        advance()
        guard let word = word(), let unit = PQLUnit(word: word) else {
            throw unexpected("a unit such as days, hours or months after the number \(amount)")
        }
        advance()
        let direction: PQLDirection
        if skip(.from) {
            direction = .from
        } else if let named = self.word().flatMap(PQLDirection.init(rawValue:)) {
            advance()
            direction = named
        } else {
            throw unexpected("\"before\", \"after\" or \"from\" and a time, as in < 3 days before now")
        }
        return .distance(comparison, amount, unit, direction, try timePosition())
    }

    private mutating func timePosition() throws(PQLError) -> PQLTimePosition {
        if let period = word().flatMap(PQLPeriod.init(rawValue:)) {
            if let unit = word(after: 1).flatMap(PQLUnit.init(word:)) {
                advance()
                advance()
                return .period(period, unit)
            }
            if case .integer(let amount) = token(after: 1).kind {
                throw source.error(
                    .syntax,
                    at: token.offset,
                    "found \"\(period.rawValue) \(amount)\"; a stretch of time is written < \(amount) days before now, "
                        + "\"\(period.rawValue)\" takes a unit alone, as in \(period.rawValue) month"
                )
            }
        }
        if let word = word(), word == "never" || word == "stop" {
            throw source.error(
                .syntax,
                at: token.offset,
                "found \"\(word)\"; \"not (… occurs …)\" says that something never occurred, and a field of that name "
                    + "is written in backticks"
            )
        }
        return .value(try sum())
    }

    // MARK: CHAIN

    mutating func chain() throws(PQLError) -> PQLNode {
        let offset = token.offset
        advance()
        advance()
        return try nested { (parser) throws(PQLError) in
            let outer = parser.allowsIn
            parser.allowsIn = true
            defer { parser.allowsIn = outer }
            let items = try parser.sum()
            try parser.expect(.comma, "after the events of a chain")
            let timestamp = try parser.sum()
            try parser.expect(.comma, "after the timestamp path of a chain")
            try parser.expect(.openBracket, "before the steps of a chain")
            var steps: [PQLChain.Step] = []
            repeat {
                let step = try parser.step()
                guard !steps.contains(where: { $0.label == step.label }) else {
                    throw parser.source.error(
                        .syntax,
                        at: step.offset,
                        "the label \"\(step.label)\" stands twice in this chain"
                    )
                }
                steps.append(step)
            } while parser.skip(.comma)
            try parser.expect(.closeBracket, "to close the steps of a chain")
            try parser.expect(.closeParenthesis, "to close the chain")
            let chain = PQLChain(source: items, timestamp: timestamp, steps: steps)
            return PQLNode(kind: .chain(chain), offset: offset)
        }
    }

    private mutating func step() throws(PQLError) -> PQLChain.Step {
        let offset = token.offset
        let isNegated = skip(.not)
        guard case .word(let label) = token.kind, PQLSpecial(rawValue: label) == nil else {
            throw unexpected("the label of a step, as in A: WHAT(kind = \"buy\")")
        }
        advance()
        try expect(.colon, "after a label")
        guard word() == "what" else { throw unexpected("\"WHAT\" and a condition in parentheses") }
        advance()
        try expect(.openParenthesis, "after WHAT")
        let what = try bracketed()
        try expect(.closeParenthesis, "to close WHAT")
        var step = PQLChain.Step(isNegated: isNegated, label: label, what: what, offset: offset)
        while try clause(of: &step) {}
        return step
    }

    /// Reads one WHEN, WHERE or COUNT; false when none follows.
    private mutating func clause(of step: inout PQLChain.Step) throws(PQLError) -> Bool {
        let name: String
        let isRepeated: Bool
        switch (token.kind, word()) {
        case (_, "when"): (name, isRepeated) = ("WHEN", step.when != nil)
        case (_, "count"): (name, isRepeated) = ("COUNT", step.count != nil)
        case (.keyword(.where, _), _): (name, isRepeated) = ("WHERE", step.condition != nil)
        default: return false
        }
        guard !isRepeated else {
            throw source.error(.syntax, at: token.offset, "\(name) stands twice in this step")
        }
        advance()
        try expect(.openParenthesis, "after \(name)")
        switch name {
        case "WHEN": step.when = try nested { (parser) throws(PQLError) in try parser.when() }
        case "WHERE": step.condition = try bracketed()
        default: step.count = try count()
        }
        try expect(.closeParenthesis, "to close \(name)")
        return true
    }

    private mutating func count() throws(PQLError) -> PQLChain.Count {
        if word() == "between" {
            advance()
            let low = try countNumber()
            guard skip(.and) else { throw unexpected("\"and\" and the larger number") }
            return .between(low, try countNumber())
        }
        if let comparison = comparison() { return .compared(comparison, try countNumber()) }
        return .atLeast(try countNumber())
    }

    private mutating func countNumber() throws(PQLError) -> Int64 {
        guard case .integer(let number) = token.kind else {
            throw unexpected("a number of events, as in COUNT(2), COUNT(<= 3) or COUNT(between 1 and 3)")
        }
        advance()
        return number
    }
}
