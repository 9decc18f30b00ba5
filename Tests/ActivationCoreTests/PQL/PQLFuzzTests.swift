import Foundation
import Testing

@testable import ActivationCore

/// Random expressions over random profiles.
///
/// HEADWATER_FUZZ_COUNT raises the number of inputs, HEADWATER_SEED
/// repeats a run; both are printed.
struct PQLFuzzTests {
    @Test func `random expressions never trap and the short cuts agree with the general rules`() throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["HEADWATER_FUZZ_COUNT"].flatMap(Int.init) ?? 4_000
        let seed = TestSeed.next()
        print("PQL fuzzing: \(count) inputs")
        var random = SplitMix64(seed: seed)
        var corpus = PQLCorpus()
        var profiles = try (0..<8).map { _ in try PQLCorpus.profile(&random) }
        var parsed = 0
        var compiled = 0

        for round in 0..<count {
            let text = corpus.expression(&random)
            guard let expression = try? PQLExpression(parsing: text) else { continue }
            parsed += 1
            let printed = try? PQLExpression(parsing: expression.description)
            if printed != expression, expression.description.utf8.count < Limits.expressionBytesMax {
                // Parentheses the printer adds may pass the nesting limit; the tree itself never differs.
                if printed != nil || !PQLCorpus.isDeep(expression) {
                    Issue.record("seed \(seed), round \(round): \(text) prints as \(expression.description)")
                    break
                }
            }
            let index = Int.random(in: 0..<profiles.count, using: &random)
            guard let (fast, general) = outcomes(of: expression, for: &profiles[index]) else { continue }
            compiled += 1
            if let fault = fault(of: expression, for: profiles[index]) {
                Issue.record("seed \(seed), round \(round): \(text) \(fault)")
                break
            }
            if fast != general {
                Issue.record("seed \(seed), round \(round): \(text) is \(fast) but by the general rules \(general)")
                break
            }
        }
        print("PQL fuzzing: \(parsed) parsed, \(compiled) evaluated")
        #expect(count < 1_000 || compiled * 20 > count)
    }

    /// The value and truth with and without short cuts; nil when the expression does not compile.
    private func outcomes(of expression: PQLExpression, for profile: inout PQLProfile) -> (String, String)? {
        var texts: [String] = []
        for usesLeafTests in [true, false] {
            let program = try? PQLProgram(
                compiling: expression,
                paths: &profile.paths,
                clock: .read,
                usesLeafTests: usesLeafTests,
                audience: { $0.hasPrefix("s") ? Audience.ID(uuid: UUIDBytes(high: 1, low: 1)) : nil }
            )
            guard let program else { return nil }
            var bytes: [UInt8] = []
            program.value(profile.input, paths: profile.paths).write(to: &bytes)
            bytes.append(contentsOf: program.qualifies(profile.input, paths: profile.paths) ? " yes".utf8 : " no".utf8)
            let outcome = program.evaluate(profile.input, paths: profile.paths)
            bytes.append(contentsOf: " \(outcome.qualifies) \(outcome.changesAt?.milliseconds ?? 0)".utf8)
            texts.append(String(decoding: bytes, as: UTF8.self))
        }
        return (texts[0], texts[1])
    }

    /// What is wrong with the change told of an expression that can be followed; nil when nothing is, or it cannot be.
    private func fault(of expression: PQLExpression, for profile: PQLProfile) -> String? {
        var paths = profile.paths
        let program = try? PQLProgram(
            compiling: expression,
            paths: &paths,
            audience: { $0.hasPrefix("s") ? Audience.ID(uuid: UUIDBytes(high: 1, low: 1)) : nil }
        )
        guard let program else { return nil }
        let outcome = program.evaluate(profile.input, paths: paths)
        if outcome.qualifies != program.qualifies(profile.input, paths: paths) { return "has two outcomes" }
        guard let change = outcome.changesAt else { return nil }
        if !program.readsClock { return "changes without reading the clock" }
        if change <= profile.input.now { return "has changed already" }
        var input = profile.input
        input.now = Timestamp(milliseconds: change.milliseconds - 1)
        return program.qualifies(input, paths: paths) == outcome.qualifies ? nil : "changes before \(change.rfc3339)"
    }
}
