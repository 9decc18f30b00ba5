import Testing

@testable import ActivationCore

struct PublishedExampleTests {
    @Test(arguments: PublishedExample.usable)
    func `a published form is told what it is, and comes back from its plain spelling`(example: PublishedExample) throws
    {
        let expression = try PQLExpression(parsing: example.text)
        var paths = PathDictionary()

        let program = try PQLProgram(compiling: expression, paths: &paths, audience: PQLFixture.audience)

        let span = program.plan.span.map { ", \($0)" } ?? ""
        #expect(program.plan.kind.rawValue + span == example.plan)
        #expect((program.plan.cause == nil) == (example.plan == "incremental"))
        #expect(program.readsClock == example.readsClock)
        let eligibility = StreamingEligibility(of: expression) { _ in false }
        #expect(eligibility.obstacle?.reason.prefix(example.batch?.count ?? 0) == example.batch?[...])
        for mode in EvaluationMode.allCases {
            #expect(eligibility.allows(mode) == (mode == .batch || example.batch == nil))
        }
        let again = try PQLExpression(parsing: expression.description)
        #expect(again == expression)
        #expect(again.description == expression.description)
    }

    @Test(arguments: PublishedExample.usable)
    func `a published form gives what its page says`(example: PublishedExample) throws {
        let now = try ClockFixture.instant(PublishedExample.now)
        var values: Set<String> = []
        for trial in example.trials {
            let fixture = try ClockFixture(example.text, of: "{\(trial.profile)}")
            values.insert(trial.value)

            #expect(fixture.value(at: now) == trial.value, "\(trial.profile)")
            #expect(fixture.outcome(at: now).qualifies == isTrue(trial.value), "\(trial.profile)")
            #expect(fixture.qualifies(at: now) == isTrue(trial.value), "\(trial.profile)")
        }
        let isConstant = try ClockFixture(example.text, of: "{}").program.readsNothing
        #expect(example.changing != nil || isConstant || values.count > 1, "every profile has the same value")
    }

    @Test(arguments: PublishedExample.usable.filter { $0.changing != nil })
    func `a published form changes with the clock just then`(example: PublishedExample) throws {
        let (profile, changes) = try #require(example.changing)
        let fixture = try ClockFixture(example.text, of: "{\(profile)}")
        #expect(!changes.isEmpty)
        for change in changes {
            let instant = try ClockFixture.instant(change.instant)
            let before = fixture.outcome(at: instant.later(by: -1))

            #expect(fixture.value(at: instant.later(by: -1)) == change.before, "before \(change.instant)")
            #expect(fixture.value(at: instant) == change.after, "at \(change.instant)")
            #expect(fixture.value(at: instant.later(by: 1)) == change.after, "after \(change.instant)")
            #expect(before.qualifies == isTrue(change.before))
            #expect(fixture.outcome(at: instant).qualifies == isTrue(change.after))
            #expect(fixture.outcome(at: instant.later(by: 1)).qualifies == isTrue(change.after))
            if isTrue(change.before) != isTrue(change.after) { #expect(before.changesAt == instant) }
        }
    }

    /// Whether a profile with this value qualifies (PQL 4).
    private func isTrue(_ value: String) -> Bool { !["false", "null", "[]", "{}"].contains(value) }

    @Test(arguments: PublishedExample.ofOfferDecisions)
    func `what reads an offer decision's context is refused with that reason and its place`(
        example: (text: String, line: Int, column: Int)
    ) {
        let error = PQLFixture.error(example.text)

        #expect(error?.code == .wrongScope)
        #expect(error?.message == "@{…} reads the context of an offer decision; an audience has none")
        #expect(error?.line == example.line)
        #expect(error?.column == example.column)
    }

    @Test func `there are as many examples as the pages have, and some more`() {
        #expect(PublishedExample.usable.count + PublishedExample.ofOfferDecisions.count >= 149)
        #expect(PublishedExample.usable.filter { !$0.trials.isEmpty }.count > 100)
        #expect(PublishedExample.usable.filter { $0.changing != nil }.count > 30)
    }
}

extension PQLProgram {
    /// Whether its value is the same for everybody.
    fileprivate var readsNothing: Bool {
        paths.isEmpty && !readsEvents && !readsIdentities && !readsStandings && !readsClock
    }
}
