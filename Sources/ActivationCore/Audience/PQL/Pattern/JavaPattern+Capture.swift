extension JavaPattern {
    /// A group of which Java and PCRE2 would not always tell the same text, and why.
    struct UnsureGroup {
        enum Reason: String {
            case negated = "within (?!…) and (?<!…)"
            case emptyRound = "within a repetition whose rounds can be empty"
            case cut = "that can be left out, within (?>…), (?=…), (?<=…), a possessive or a counted repetition"
        }

        var number: Int
        var reason: Reason
    }

    /// The parts of a pattern that a group lies in, as far as they make its text unsure.
    private struct Surroundings {
        var isNegated = false
        var canRoundBeEmpty = false
        var canBeLeftOut = false
        /// Whether Java keeps what the group took although what follows makes it go back.
        var isCut = false

        var reason: UnsureGroup.Reason? {
            isNegated ? .negated : canRoundBeEmpty ? .emptyRound : canBeLeftOut && isCut ? .cut : nil
        }
    }

    /// The first group whose text is unsure.
    var unsureGroup: UnsureGroup? { unsureGroup(in: Surroundings()) }

    /// Whether it refers to what a group took.
    var refersToGroups: Bool {
        switch self {
        case .reference: true
        case .empty, .position, .character, .lineEnd, .grapheme: false
        case .group(let body, _), .atomic(let body), .look(_, let body), .repetition(let body, _): body.refersToGroups
        case .sequence(let parts), .choice(let parts): parts.contains(where: \.refersToGroups)
        }
    }

    private func unsureGroup(in surroundings: Surroundings) -> UnsureGroup? {
        var inner = surroundings
        switch self {
        case .empty, .position, .character, .lineEnd, .grapheme, .reference: return nil
        case .group(let body, let number):
            if let number, let reason = surroundings.reason { return UnsureGroup(number: number, reason: reason) }
            return body.unsureGroup(in: inner)
        case .atomic(let body):
            inner.isCut = true
            return body.unsureGroup(in: inner)
        case .look(let look, let body):
            inner.isCut = true
            inner.isNegated = inner.isNegated || look.isNegated
            return body.unsureGroup(in: inner)
        case .repetition(let body, let repetition):
            inner.canBeLeftOut = inner.canBeLeftOut || repetition.low == 0
            inner.isCut = inner.isCut || repetition.greed == .possessive
            guard !repetition.isOption else { return body.unsureGroup(in: inner) }
            inner.canRoundBeEmpty = inner.canRoundBeEmpty || body.lengthMin == 0
            guard case .group(let content, let number) = body, body.isDeterministic else {
                return body.unsureGroup(in: inner)
            }
            if let number, let reason = inner.reason { return UnsureGroup(number: number, reason: reason) }
            inner.isCut = true
            return content.unsureGroup(in: inner)
        case .sequence(let parts):
            return parts.lazy.compactMap { $0.unsureGroup(in: inner) }.first
        case .choice(let branches):
            inner.canBeLeftOut = true
            return branches.lazy.compactMap { $0.unsureGroup(in: inner) }.first
        }
    }

    /// Whether it takes something at least, as 1 or 0.
    var lengthMin: Int {
        switch self {
        case .empty, .position, .look, .reference: 0
        case .character, .lineEnd, .grapheme: 1
        case .group(let body, _), .atomic(let body): body.lengthMin
        case .repetition(let body, let repetition): repetition.low == 0 ? 0 : body.lengthMin
        case .sequence(let parts): parts.contains { $0.lengthMin > 0 } ? 1 : 0
        case .choice(let branches): branches.allSatisfy { $0.lengthMin > 0 } ? 1 : 0
        }
    }

    /// Whether Java sees that it matches in one way only.
    var isDeterministic: Bool {
        switch self {
        case .empty, .position, .character, .lineEnd, .reference, .look: true
        case .grapheme, .choice: false
        case .group(let body, _), .atomic(let body): body.isDeterministic
        case .repetition(let body, let repetition): repetition.low == repetition.high && body.isDeterministic
        case .sequence(let parts): parts.allSatisfy(\.isDeterministic)
        }
    }
}

extension JavaPattern.Repetition {
    /// Whether it is `?` or the same in braces.
    var isOption: Bool { low == 0 && high == 1 }

    /// Whether it asks for more rounds than `+`, or bounds them.
    var isCounted: Bool { low > 1 || (high ?? 0) > 1 }
}
