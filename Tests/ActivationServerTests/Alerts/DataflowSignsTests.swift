import ActivationCore
import Testing

@testable import ActivationEngine
@testable import ActivationServer

/// What rules see of a dataflow.
@Suite struct DataflowSignsTests {
    private static let hour = Timestamp(milliseconds: 1_700_000_000_000 / 3_600_000 * 3_600_000)

    private static func after(_ hours: Double) -> Timestamp {
        Timestamp(milliseconds: hour.milliseconds + Int64(hours * 3_600_000))
    }

    private static func signs(
        relay: RelayState = .running,
        counters: DataflowCounters = DataflowCounters(),
        pending: Int64 = 0,
        oldest: Timestamp? = nil,
        hours: [(Double, DataflowCounters)] = []
    ) -> DataflowSigns {
        DataflowSigns(
            id: "f",
            relay: relay,
            books: Engine.DataflowBooks(
                counters: counters,
                pendingRows: pending,
                oldestPendingAt: oldest,
                state: relay
            ),
            hours: hours.map { BookedHour(start: after($0.0), counters: $0.1) }
        )
    }

    private static func rule(_ kind: AlertKind, _ threshold: Double? = nil) -> AlertRule {
        AlertRule(
            id: "r",
            name: "r",
            kind: kind,
            threshold: threshold ?? kind.threshold?.preset,
            windowSeconds: 0,
            severity: .info
        )
    }

    private static func figure(_ observation: AlertObservation) -> Double? {
        if case .met(let finding) = observation { finding.figure ?? .nan } else { nil }
    }

    private static func isMet(_ observation: AlertObservation) -> Bool { figure(observation) != nil }

    @Test func `lag counts from the oldest waiting record, but not of what a person disabled`() {
        let now = Self.after(1)
        let oldest = Timestamp(milliseconds: now.milliseconds - 75_000)
        let rule = Self.rule(.lag)

        #expect(Self.figure(Self.signs(pending: 2, oldest: oldest).observation(of: rule, at: now)) == 75)
        #expect(Self.signs().observation(of: rule, at: now) == .clear)
        #expect(Self.signs(relay: .disabled, pending: 2, oldest: oldest).observation(of: rule, at: now) == .clear)
        #expect(Self.signs(pending: 2, oldest: oldest).observation(of: Self.rule(.lag, 75), at: now) == .clear)
    }

    @Test func `parked counts what nobody has dealt with`() {
        let signs = Self.signs(counters: DataflowCounters(triggered: 9, parked: 5, replayed: 2, discarded: 1))

        #expect(Self.figure(signs.observation(of: Self.rule(.parked), at: Self.hour)) == 2)
        #expect(signs.observation(of: Self.rule(.parked, 3), at: Self.hour) == .clear)
    }

    @Test func `books are off when what was counted is not what they say`() {
        let counters = DataflowCounters(triggered: 9, delivered: 3, parked: 1)
        let rule = Self.rule(.booksOff)
        func observation(_ counted: CountedBooks?) -> AlertObservation {
            var signs = Self.signs()
            signs.counted = counted
            return signs.observation(of: rule, at: Self.hour)
        }

        #expect(observation(nil) == .unknown)
        #expect(observation(CountedBooks(counters: counters, waiting: 5, deadLetters: 1)) == .clear)
        #expect(Self.figure(observation(CountedBooks(counters: counters, waiting: 3, deadLetters: 2))) == 3)
    }

    @Test func `paused, retrying and credentials go by the relay and its code`() {
        let now = Self.after(1)
        let trouble = RelayTrouble(code: "AccessDeniedException", message: "m", since: Self.after(0.9))
        let passing = RelayTrouble(code: "ConnectionFailed", message: "m", since: Self.after(0.9))

        let paused = Self.signs(relay: .paused(trouble))
        let retrying = Self.signs(relay: .retrying(passing))

        #expect(Self.isMet(paused.observation(of: Self.rule(.paused), at: now)))
        #expect(Self.isMet(paused.observation(of: Self.rule(.credentialsExpire), at: now)))
        #expect(paused.observation(of: Self.rule(.retrying), at: now) == .clear)
        #expect(retrying.observation(of: Self.rule(.paused), at: now) == .clear)
        #expect(retrying.observation(of: Self.rule(.credentialsExpire), at: now) == .clear)
        #expect(Self.figure(retrying.observation(of: Self.rule(.retrying), at: now)) == 360)
        #expect(retrying.observation(of: Self.rule(.retrying, 360), at: now) == .clear)
    }

    @Test func `credentials that end soon are told of while they cannot be renewed`() {
        func observation(_ minutes: Double, isFailing: Bool = true, threshold: Double = 10) -> AlertObservation {
            var signs = Self.signs()
            signs.credentials = SinkStatistics.Credentials(
                left: .seconds(minutes * 60),
                failure: isFailing ? .init(code: "CredentialsUnavailable", message: "no answer") : nil
            )
            return signs.observation(of: Self.rule(.credentialsExpire, threshold), at: Self.hour)
        }

        #expect(observation(11) == .clear)
        #expect(observation(9, isFailing: false) == .clear)
        #expect(Self.figure(observation(9)) == 9)
        #expect(Self.figure(observation(0)) == 0)
        #expect(observation(9, threshold: 5) == .clear)
        guard case .met(let finding) = observation(9) else { return }
        #expect(
            finding.text == "The credentials end in 9 min and cannot be renewed: CredentialsUnavailable: no answer."
        )
    }

    @Test func `a relay that says it runs is believed once what waited has left`() {
        let (since, now) = (Self.after(1), Self.after(2))
        let waits = Self.signs(pending: 1, oldest: Self.after(0.9))
        let later = Self.signs(pending: 1, oldest: Self.after(1.1))

        for kind in [AlertKind.paused, .retrying, .credentialsExpire] {
            let rule = Self.rule(kind)
            #expect(waits.observation(of: rule, toldSince: since, at: now) == .unknown)
            #expect(waits.observation(of: rule, at: now) == .clear)
            #expect(later.observation(of: rule, toldSince: since, at: now) == .clear)
            #expect(Self.signs().observation(of: rule, toldSince: since, at: now) == .clear)
        }
    }

    @Test func `a dataflow that cannot be used is paused`() {
        var signs = Self.signs()
        signs.leftOut = Quarantine.Reason(etag: "1", message: "no audience", since: Self.hour)

        #expect(Self.isMet(signs.observation(of: Self.rule(.paused), at: Self.hour)))
    }

    @Test func `a run is its hour, and has ended when nothing of it waits`() {
        let fine = DataflowCounters(triggered: 4, delivered: 4)
        let open = Self.signs(hours: [(0, fine)])
        let waits = Self.signs(pending: 1, oldest: Self.after(0.5), hours: [(0, fine)])
        func token(_ signs: DataflowSigns, _ kind: AlertKind, _ now: Double) -> String? {
            guard case .happened(let token, _) = signs.observation(of: Self.rule(kind), at: Self.after(now)) else {
                return nil
            }
            return token
        }
        let name = "f-\(BookedHour.number(of: Self.hour))"

        #expect(token(open, .flowRunStart, 0.1) == name)
        #expect(token(open, .flowRunSuccess, 0.9) == nil)
        #expect(token(open, .flowRunSuccess, 1) == name)
        #expect(token(waits, .flowRunSuccess, 1) == nil)
        #expect(Self.signs().observation(of: Self.rule(.flowRunStart), at: Self.hour) == .never)
    }

    @Test func `a run with refused records has failed until a later one ends well, or for a day`() {
        let failed = (0.0, DataflowCounters(triggered: 4, delivered: 3, parked: 1))
        let fine = (1.0, DataflowCounters(triggered: 2, delivered: 2))
        let rule = Self.rule(.flowRunFailure)

        #expect(Self.signs(hours: [failed]).observation(of: rule, at: Self.after(0.9)) == .clear)
        #expect(Self.figure(Self.signs(hours: [failed]).observation(of: rule, at: Self.after(1))) == 1)
        #expect(Self.isMet(Self.signs(hours: [failed, fine]).observation(of: rule, at: Self.after(1.5))))
        #expect(Self.signs(hours: [failed, fine]).observation(of: rule, at: Self.after(2)) == .clear)
        #expect(Self.signs(hours: [failed]).observation(of: rule, at: Self.after(26)) == .clear)
    }

    @Test func `a skipped rate of 1.2 percent in a run is over one percent`() {
        let hour = (0.0, DataflowCounters(triggered: 1_000, delivered: 988, suppressedDisabled: 12))

        let signs = Self.signs(hours: [hour])

        #expect(Self.figure(signs.observation(of: Self.rule(.skippedRateExceeded), at: Self.after(1))) == 1.2)
        #expect(signs.observation(of: Self.rule(.skippedRateExceeded, 1.2), at: Self.after(1)) == .clear)
    }

    @Test func `a run is delayed while a record of it waits for longer than the threshold`() {
        let signs = Self.signs(pending: 1, oldest: Self.after(0.7))

        #expect(signs.observation(of: Self.rule(.flowRunDelay), at: Self.after(2.5)) == .clear)
        #expect(Self.figure(signs.observation(of: Self.rule(.flowRunDelay), at: Self.after(2.6))) == 156)
    }

    @Test(arguments: AlertKind.ofDataflows) func `what could not be read says nothing`(_ kind: AlertKind) {
        let signs = DataflowSigns(id: "f", relay: .running)
        let goesByRelay: Set<AlertKind> = [.paused, .retrying, .credentialsExpire]

        let observation = signs.observation(of: Self.rule(kind), at: Self.hour)

        #expect(observation == (goesByRelay.contains(kind) ? .clear : .unknown))
    }

    @Test func `the disk is low below the threshold`() {
        let space = ServerSigns(space: StoreSpace(database: 1, log: 1, free: 4 << 30, disk: 100 << 30))

        #expect(space.observation(of: Self.rule(.diskShare, 4)) == .clear)
        #expect(Self.figure(space.observation(of: Self.rule(.diskShare, 5))) == 4)
        #expect(space.observation(of: Self.rule(.diskSpace, 4_096)) == .clear)
        #expect(Self.figure(space.observation(of: Self.rule(.diskSpace, 4_097))) == 4_096)
        #expect(ServerSigns().observation(of: Self.rule(.diskShare, 5)) == .unknown)
        #expect(space.observation(of: Self.rule(.writesRefused)) == .clear)
        let full = ServerSigns(writeFailure: EngineError(.storageFull, "no room"))
        #expect(Self.isMet(full.observation(of: Self.rule(.writesRefused))))
    }
}
