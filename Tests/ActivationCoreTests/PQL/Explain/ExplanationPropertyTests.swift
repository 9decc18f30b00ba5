import Foundation
import Testing

@testable import ActivationCore

/// Explanations of random rules over random profiles.
///
/// HEADWATER_EXPLAIN_PAIRS raises the number of pairs of a profile and a rule, HEADWATER_SEED repeats a run; both are printed.
struct ExplanationPropertyTests {
    private static let pairs =
        ProcessInfo.processInfo.environment["HEADWATER_EXPLAIN_PAIRS"].flatMap { Int($0) } ?? 3_000
    /// Conditions of which all sets are tried.
    private static let triedMax = 7

    @Test func `conditions put together give the membership, and those to change reverse it`() throws {
        let seed = TestSeed.next()
        print("Explanations: \(Self.pairs) pairs")
        var random = SplitMix64(seed: seed)
        var profiles = try (0..<16).map { _ in try PQLCorpus.profile(&random) }
        let words = Self.conditions(profiles[0], &random)
        var (members, repeated, tried, reversible) = (0, 0, 0, 0)
        for round in 0..<Self.pairs {
            let place = Int.random(in: 0..<profiles.count, using: &random)
            profiles[place] = try PQLCorpus.profile(&random)
            let profile = profiles[place]
            // A few conditions for a rule, so that the same one often stands in it twice.
            let few = (0..<Int.random(in: 1...6, using: &random)).map { _ in Self.pick(words, &random) }
            let text = Self.rule(few, depth: Int.random(in: 0...4, using: &random), &random)
            let expression = try PQLExpression(parsing: text)
            var paths = profile.paths
            let program = try PQLProgram(compiling: expression, paths: &paths, audience: Self.audience)
            let explanation = try expression.explanation(
                of: profile.input,
                paths: profile.paths,
                audience: Self.audience
            )
            let isMember = program.qualifies(profile.input, paths: paths)
            if isMember { members += 1 }
            let conditions = explanation.conditions
            if Set(conditions.map(\.number)).count < conditions.count { repeated += 1 }

            let fault = Self.fault(of: explanation, isMember, program.evaluate(profile.input, paths: paths), &random)
            let reversal = explanation.reversal()
            if reversal.conditions != nil { reversible += 1 }
            let (wrong, wereTried) = Self.fault(of: reversal, explanation)
            if wereTried { tried += 1 }
            if let fault = fault ?? wrong {
                Issue.record("seed \(seed), round \(round): \(text) \(fault)")
                return
            }
        }
        print(
            "Explanations: \(members) members, \(repeated) repeat conditions, \(tried) tried, \(reversible) reversible"
        )
        guard Self.pairs >= 1_000 else { return }
        #expect(members * 10 > Self.pairs && repeated * 10 > Self.pairs && tried * 2 > Self.pairs)
        #expect(reversible * 2 > Self.pairs)
    }

    /// What is wrong with an explanation; nil when nothing is.
    private static func fault(
        of explanation: PQLExplanation,
        _ isMember: Bool,
        _ outcome: PQLOutcome,
        _ random: inout SplitMix64
    ) -> String? {
        if explanation.outcome != outcome { return "is told to be \(explanation.outcome) and is \(outcome)" }
        let conditions = explanation.conditions
        let says = truths(conditions)
        if explanation.says({ says[$0] ?? false }) != isMember { return "is not what its conditions say" }
        let reasons = Set(conditions.filter(\.decides).compactMap(\.number))
        for _ in 0..<3 {
            let others = says.map { ($0, reasons.contains($0) ? $1 : Bool.random(using: &random)) }
            let changed = Dictionary(uniqueKeysWithValues: others)
            if explanation.says({ changed[$0] ?? false }) != isMember { return "depends on what is no reason" }
        }
        return nil
    }

    /// What is wrong with a reversal, and whether all smaller ones were tried.
    private static func fault(
        of reversal: PQLReversal,
        _ explanation: PQLExplanation
    ) -> (fault: String?, wereTried: Bool) {
        let says = truths(explanation.conditions)
        func isReversed(by changed: Set<Int>) -> Bool {
            explanation.says { (says[$0] ?? false) != changed.contains($0) } != explanation.outcome.qualifies
        }
        if !reversal.isSmallest { return ("is not told for certain", false) }
        if let changed = reversal.conditions, !isReversed(by: Set(changed)) {
            return ("is not reversed by \(changed)", false)
        }
        let free = Set(explanation.conditions.filter { !$0.isFixed }.compactMap(\.number)).sorted()
        if let changed = reversal.conditions, !Set(changed).isSubset(of: free) {
            return ("has to change \(changed)", false)
        }
        guard free.count <= triedMax else { return (nil, false) }
        let sets = (0..<1 << free.count).map { bits in
            Set(free.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(\.element))
        }
        let least = sets.filter(isReversed).map(\.count).min()
        return (least == reversal.conditions?.count ? nil : "needs \(least ?? -1), told \(reversal)", true)
    }

    private static func truths(_ conditions: [PQLExplanation]) -> [Int: Bool] {
        Dictionary(conditions.compactMap { one in one.number.map { ($0, one.outcome.qualifies) } }) { first, _ in first
        }
    }

    // MARK: Rules

    private static func audience(_ text: String) -> Audience.ID? {
        text.hasPrefix("s") ? Audience.ID(uuid: UUIDBytes(high: 1, low: 1)) : nil
    }

    /// Conditions that can be followed, in parentheses.
    private static func conditions(_ profile: PQLProfile, _ random: inout SplitMix64) -> [String] {
        var corpus = PQLCorpus()
        var words: [String] = []
        while words.count < 300 {
            let text = "(\(corpus.expression(&random)))"
            // A definition with a parameter is no part of another, nor is one whose end is a comment, or that is nested too deep.
            let nested = String(repeating: "not (", count: 16) + text + " and true" + String(repeating: ")", count: 16)
            guard text.utf8.count < 400, let expression = try? PQLExpression(parsing: nested) else { continue }
            var paths = profile.paths
            let program = try? PQLProgram(compiling: expression, paths: &paths, audience: audience)
            if program != nil { words.append(text) }
        }
        return words
    }

    private static func rule(_ words: [String], depth: Int, _ random: inout SplitMix64) -> String {
        guard depth > 0 else { return pick(words, &random) }
        func part(_ random: inout SplitMix64) -> String {
            rule(words, depth: Int.random(in: 0..<depth, using: &random), &random)
        }
        switch Int.random(in: 0..<8, using: &random) {
        case 0..<5:
            let parts = (0..<Int.random(in: 2...4, using: &random)).map { _ in part(&random) }
            return "(\(parts.joined(separator: Bool.random(using: &random) ? " and " : " or ")))"
        case 5: return "not (\(part(&random)))"
        case 6: return "if(\(part(&random)), \(part(&random)), \(part(&random)))"
        default: return part(&random)
        }
    }

    private static func pick(_ words: [String], _ random: inout SplitMix64) -> String {
        words[Int.random(in: 0..<words.count, using: &random)]
    }
}
