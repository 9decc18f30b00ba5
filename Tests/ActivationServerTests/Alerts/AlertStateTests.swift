import ActivationCore
import Testing

@testable import ActivationServer

/// When an alert is told, told again, and over.
@Suite struct AlertStateTests {
    private static func rule(_ kind: AlertKind = .lag, window: Int = 0, again: Int = 0) -> AlertRule {
        AlertRule(
            id: "r",
            name: "r",
            kind: kind,
            threshold: 60,
            windowSeconds: window,
            repeatSeconds: again,
            severity: .warning
        )
    }

    private static func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_000_000 + seconds * 1_000) }
    private static func met(_ figure: Double = 61) -> AlertObservation { .met(AlertFinding(text: "x", figure: figure)) }

    /// What a series of looks leads to, each at its second.
    private static func steps(
        _ rule: AlertRule,
        _ looks: [(second: Int64, observation: AlertObservation)],
        _ state: inout AlertState
    ) -> [String] {
        looks.compactMap { look in
            state.observe(look.observation, by: rule, at: at(look.second)).map { "\(look.second) \($0.rawValue)" }
        }
    }

    @Test func `without a window the first look tells and the first look ends`() {
        var state = AlertState()

        let steps = Self.steps(
            Self.rule(),
            [(0, .clear), (5, Self.met()), (10, Self.met()), (15, .clear), (20, .clear), (25, Self.met())],
            &state
        )

        #expect(steps == ["5 fired", "15 resolved", "25 fired"])
    }

    @Test func `one look within the window neither tells nor ends`() {
        var state = AlertState()

        let steps = Self.steps(
            Self.rule(window: 30),
            [
                (0, Self.met()), (5, .clear),  // came and went
                (10, Self.met()), (35, Self.met()), (40, Self.met()), (45, .clear), (50, Self.met()), (55, .clear),
                (80, .clear), (85, .clear), (90, .clear),
            ],
            &state
        )

        #expect(steps == ["40 fired", "85 resolved"])
        #expect(state == AlertState())
    }

    @Test func `it is so since the first look of the window`() {
        var state = AlertState()
        _ = Self.steps(Self.rule(window: 30), [(10, Self.met()), (40, Self.met(99))], &state)

        #expect(state.firing?.since == Self.at(10))
        #expect(state.firing?.finding.figure == 99)
    }

    @Test func `what cannot be looked at neither tells nor ends, nor interrupts a window`() {
        var state = AlertState()

        let steps = Self.steps(
            Self.rule(window: 30),
            [(0, Self.met()), (10, .unknown), (30, Self.met()), (40, .unknown), (400, .unknown)],
            &state
        )

        #expect(steps == ["30 fired"])
        #expect(state.isFiring)
    }

    @Test func `it is told once in each repeat interval`() {
        var state = AlertState()

        let looks = (0...10).map { (second: Int64($0 * 10), observation: Self.met()) }
        let steps = Self.steps(Self.rule(again: 60), looks, &state)

        #expect(steps == ["0 fired", "60 repeated"])
    }

    @Test func `a rule that repeats never tells once`() {
        var state = AlertState()

        let found1 = Self.steps(Self.rule(), [(0, Self.met()), (900_000, Self.met())], &state)
        #expect(found1 == ["0 fired"])
    }

    @Test func `what somebody knows is not told again until it is over and comes anew`() {
        var state = AlertState()
        let rule = Self.rule(again: 60)
        _ = Self.steps(rule, [(0, Self.met())], &state)

        let isNoted = state.acknowledge(by: "ana", note: "looking", at: Self.at(5))
        #expect(isNoted)

        let found2 = Self.steps(rule, [(60, Self.met(500)), (120, Self.met(900))], &state)
        #expect(found2 == [])
        let found3 = Self.steps(rule, [(130, .clear), (140, Self.met())], &state)
        #expect(found3 == ["130 resolved", "140 fired"])
        #expect(state.firing?.acknowledgement == nil)
    }

    @Test func `more parked records than somebody knows of are told again`() {
        var state = AlertState()
        let rule = Self.rule(.parked, again: 60)
        _ = Self.steps(rule, [(0, Self.met(3))], &state)
        _ = state.acknowledge(by: "ana", note: "", at: Self.at(5))

        let found4 = Self.steps(rule, [(70, Self.met(3)), (80, Self.met(4))], &state)
        #expect(found4 == ["80 repeated"])
        #expect(state.firing?.acknowledgement == nil)
    }

    @Test func `a snooze is silent until its end, and then it is told once`() {
        var state = AlertState()
        let rule = Self.rule(again: 0)
        _ = Self.steps(rule, [(0, Self.met())], &state)
        state.snoozedUntil = Self.at(100)

        #expect(state.isSnoozed(at: Self.at(99)) && !state.isSnoozed(at: Self.at(100)))
        let found5 = Self.steps(rule, [(50, Self.met()), (100, Self.met()), (200, Self.met())], &state)
        #expect(found5 == ["100 repeated"])
    }

    @Test func `only what is over cannot be acknowledged`() {
        var state = AlertState()

        let isNoted = state.acknowledge(by: "ana", note: "", at: Self.at(0))
        #expect(!isNoted)
    }

    @Test func `what happens is told each time, but nothing from before the first look`() {
        func happened(_ token: String) -> AlertObservation { .happened(token: token, AlertFinding(text: "x")) }
        var old = AlertState()
        var new = AlertState()
        let rule = Self.rule(.flowRunStart)

        let found6 = Self.steps(rule, [(0, happened("a")), (5, happened("a")), (10, happened("b"))], &old)
        #expect(found6 == ["10 happened"])
        let found7 = Self.steps(rule, [(0, .never), (5, .unknown), (10, happened("a")), (15, happened("a"))], &new)
        #expect(found7 == ["10 happened"])
    }

    @Test(arguments: [0, 1, 2, 3]) func `every state comes back from the store`(_ number: Int) {
        var state = AlertState()
        let rule = Self.rule(.parked, window: number == 1 ? 30 : 0)
        if number > 0 { _ = state.observe(Self.met(7), by: rule, at: Self.at(1)) }
        if number == 2 {
            _ = state.acknowledge(by: "ana", note: "hm", at: Self.at(2))
            state.snoozedUntil = Self.at(9)
        }
        if number == 3 { _ = state.observe(.clear, by: Self.rule(.parked, window: 30), at: Self.at(2)) }
        state.token = number == 0 ? "t" : nil

        #expect(AlertState(.object(state.json)) == state)
    }

    @Test func `a clock that goes back delays and breaks nothing`() {
        var state = AlertState()

        let steps = Self.steps(
            Self.rule(window: 30, again: 60),
            [(100, Self.met()), (0, Self.met()), (130, Self.met()), (50, Self.met()), (190, Self.met())],
            &state
        )

        #expect(steps == ["130 fired", "190 repeated"])
    }
}
