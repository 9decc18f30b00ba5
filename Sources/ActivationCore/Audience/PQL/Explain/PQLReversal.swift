/// The conditions of a rule that would have to say the opposite for the rule to say the opposite (PQL 16).
///
/// Conditions count as independent of one another: that an attribute cannot have two values at once is not looked at.
public struct PQLReversal: Sendable, Equatable {
    /// The numbers of the conditions, in order; nil when none would do.
    public var conditions: [Int]?
    /// Whether fewer would not do, or, where there are none, whether really nothing would.
    ///
    /// False only for rules in which many conditions stand in several places: not all ways to change them are tried.
    public var isSmallest: Bool
}

extension PQLExplanation {
    /// Visits of conditions that are spent on finding the smallest reversal.
    private static let visitsMax = 1 << 18

    /// The fewest conditions that would have to say the opposite for the tree to say the opposite.
    ///
    /// Exact: in a tree each way to what a node should say is the fewest conditions of one part, or of all parts together.
    /// Where conditions stand in several places, that is worked out for each choice of what these say.
    public func reversal() -> PQLReversal {
        let conditions = self.conditions
        var present = [Bool?](repeating: nil, count: (conditions.compactMap(\.number).max() ?? 0) + 1)
        var places = [Int](repeating: 0, count: present.count)
        for condition in conditions where !condition.isFixed {
            guard let number = condition.number else { continue }
            present[number] = condition.outcome.qualifies
            places[number] += 1
        }
        let repeated = places.indices.filter { places[$0] > 1 }
        let tried = min(repeated.count, (PQLExplanation.visitsMax / conditions.count).powersOfTwo)
        var best: [Int]?
        for choice in 0..<1 << tried {
            let changed = repeated.prefix(tried).enumerated().filter { choice >> $0.offset & 1 == 1 }.map(\.element)
            guard best.map({ changed.count < $0.count }) ?? true else { continue }
            var settled = [Bool?](repeating: nil, count: present.count)
            for number in repeated { settled[number] = present[number] }
            for number in changed { settled[number]?.toggle() }
            guard let others = changes(settled)[!outcome.qualifies] else { continue }
            let all = changed + others
            if best.map({ all.count < $0.count }) ?? true { best = all }
        }
        if best == nil, tried < repeated.count { best = someReversal(present) }
        return PQLReversal(conditions: best?.sorted(), isSmallest: tried == repeated.count || best?.count == 1)
    }

    /// Rounds of changes after which no reversal is looked for any more.
    private static let roundsMax = 64

    /// Conditions that reverse the tree, none of which can be left out, though others may be fewer; nil = none were found.
    ///
    /// As if each place of a condition were one of its own: where a change undoes what another place needs, that is changed in the
    /// next round.
    private func someReversal(_ present: [Bool?]) -> [Int]? {
        let wanted = !outcome.qualifies
        let unsettled = [Bool?](repeating: nil, count: present.count)
        var current = present
        for _ in 0..<PQLExplanation.roundsMax where changes(current)[wanted] == nil {
            guard let more = changes(unsettled, from: current)[wanted] else { return nil }
            for number in Set(more) { current[number]?.toggle() }
        }
        guard changes(current)[wanted] != nil else { return nil }
        for number in current.indices where current[number] != present[number] {
            current[number] = present[number]
            if changes(current)[wanted] == nil { current[number]?.toggle() }
        }
        return current.indices.filter { current[$0] != present[$0] }
    }

    /// The fewest conditions to change, none of the settled ones among them, so that the node says true or false; from what they say
    /// now, or would say.
    private func changes(_ settled: [Bool?], from current: [Bool?]? = nil) -> Changes {
        let parts = self.parts.map { $0.changes(settled, from: current) }
        switch kind {
        case .all: return Changes(toTrue: Changes.all(parts.map(\.toTrue)), toFalse: Changes.any(parts.map(\.toFalse)))
        case .any: return Changes(toTrue: Changes.any(parts.map(\.toTrue)), toFalse: Changes.all(parts.map(\.toFalse)))
        case .not where parts.count == 1: return Changes(toTrue: parts[0].toFalse, toFalse: parts[0].toTrue)
        case .choice where parts.count == 3:
            func ways(_ truth: Bool) -> [Int]? {
                Changes.any([
                    Changes.all([parts[0].toTrue, parts[1][truth]]), Changes.all([parts[0].toFalse, parts[2][truth]]),
                ])
            }
            return Changes(toTrue: ways(true), toFalse: ways(false))
        case .not, .choice, .condition:
            guard let number, !isFixed else { return Changes(always: outcome.qualifies) }
            if let truth = settled[number] { return Changes(always: truth) }
            return current?[number] ?? outcome.qualifies
                ? Changes(toTrue: [], toFalse: [number]) : Changes(toTrue: [number], toFalse: [])
        }
    }
}

/// The fewest conditions to change so that a node says true, and so that it says false; nil = it cannot.
private struct Changes {
    var toTrue: [Int]?
    var toFalse: [Int]?

    init(toTrue: [Int]?, toFalse: [Int]?) {
        self.toTrue = toTrue
        self.toFalse = toFalse
    }

    init(always truth: Bool) {
        toTrue = truth ? [] : nil
        toFalse = truth ? nil : []
    }

    subscript(truth: Bool) -> [Int]? { truth ? toTrue : toFalse }

    /// All of them have to be changed.
    static func all(_ sets: [[Int]?]) -> [Int]? {
        var all: [Int] = []
        for set in sets {
            guard let set else { return nil }
            all += set
        }
        return all
    }

    /// One of them is enough: the smallest, of several the first.
    static func any(_ sets: [[Int]?]) -> [Int]? {
        sets.compactMap(\.self).min { $0.count < $1.count }
    }
}

extension Int {
    /// How often it can be halved until nothing but 1 is left; 0 for none.
    fileprivate var powersOfTwo: Int { self < 1 ? 0 : Int.bitWidth - 1 - leadingZeroBitCount }
}
