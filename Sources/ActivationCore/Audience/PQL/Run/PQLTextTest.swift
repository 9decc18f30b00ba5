/// The string tests with their opposites.
struct PQLTextTest: Sendable, Equatable {
    enum Kind: Sendable {
        /// Any of the arguments is equal; for numbers and booleans too.
        case equals
        case startsWith, endsWith, contains
    }

    var kind: Kind
    var isNegative: Bool
    var ignoresCase: Bool

    /// Whether a value, or its elements when it is an array, pass; a null argument makes every test false.
    func passes(_ value: PQLValue, _ arguments: [PQLValue], _ calendar: PQLCalendar) -> Bool {
        for argument in arguments {
            if argument.isNull { return false }
            if kind != .equals, case .string = argument {} else if kind != .equals { return false }
        }
        let folded = ignoresCase ? arguments.map(PQLTextTest.fold) : arguments
        return PQLLogic.test(value, isNegative: isNegative) { item in
            if item.isNull { return false }
            if kind != .equals, case .string = item {} else if kind != .equals { return false }
            let item = ignoresCase ? PQLTextTest.fold(item) : item
            return folded.contains { holds(item, $0, calendar) } != isNegative
        }
    }

    private static func fold(_ value: PQLValue) -> PQLValue {
        if case .string(let text) = value { .string(JavaCase.folded(text)) } else { value }
    }

    private func holds(_ value: PQLValue, _ argument: PQLValue, _ calendar: PQLCalendar) -> Bool {
        if kind == .equals { return PQLLogic.areEqual(value, argument, calendar) }
        guard case .string(let text) = value, case .string(let part) = argument else { return false }
        switch kind {
        case .equals, .startsWith: return PQLText.starts(text.utf8, with: part.utf8)
        case .endsWith: return PQLText.ends(text.utf8, with: part.utf8)
        case .contains: return PQLText.contains(Array(text.utf8), Array(part.utf8))
        }
    }
}
