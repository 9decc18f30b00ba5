import ActivationCore
import Testing

@testable import ActivationEngine

@Suite struct RelayStateMachineTests {
    private static let flow = Dataflow.ID(uuid: UUIDBytes(high: 2, low: 1))

    private static func at(_ milliseconds: Int64) -> RelayInstant {
        RelayInstant(elapsed: .milliseconds(milliseconds), wall: Timestamp(milliseconds: milliseconds))
    }

    private static func row(_ number: Int64, bytes: Int = 10) -> OutboxRow {
        OutboxRow(
            row: number,
            dataflow: flow,
            profile: Profile.ID(uuid: UUIDBytes(high: 0, low: UInt64(number))),
            mergePolicy: MergePolicy.ID(uuid: UUIDBytes(high: 1, low: 1)),
            revision: 1,
            reasons: .attribute,
            partitionKey: "p",
            payload: [UInt8](repeating: 0, count: bytes),
            admittedAt: Timestamp(milliseconds: 0)
        )
    }

    private static func delivered(_ numbers: ClosedRange<Int64>) -> [SinkReport] {
        numbers.map { SinkReport(token: $0, outcome: .delivered(receipt: "")) }
    }

    /// The words of actions, with what matters of them.
    private static func words(_ actions: [RelayStateMachine.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .readLastRow: "readLastRow"
            case .openSink: "open"
            case .claim(let request):
                "claim \(request.limit)" + (request.holdingThrough.map { " after \($0)" } ?? "")
                    + (request.through.map { " through \($0)" } ?? "")
            case .readFirstRow: "readFirstRow"
            case .pass(let row): "pass \(row)"
            case .settle(let settlements): "settle \(settlements.map(\.row))"
            case .closeSink(let deadline): "close \(deadline.components.seconds)"
            case .releaseClaims: "release"
            case .tell(.retries(let trouble)): "retries \(trouble.code)"
            case .tell(.runsAgain(let trouble)): "runs again \(trouble.since.milliseconds) \(trouble.attempts)"
            case .tell(.paused(let trouble)): "paused \(trouble.code)"
            case .tell(.resumed(let trouble)): "resumed \(trouble.code)"
            case .reportWriteLost: "write lost"
            }
        }
    }

    /// A machine whose sink has taken rows 1 to `rows`.
    private static func running(
        rows: Int64 = 3,
        trial: RelayTrouble? = nil,
        _ adjust: (inout EngineOptions) -> Void = { _ in }
    ) -> RelayStateMachine {
        var options = EngineOptions()
        adjust(&options)
        var machine = RelayStateMachine(dataflow: flow, options: options, trial: trial)
        _ = machine.actions(now: at(0))
        machine.opened(now: at(0))
        _ = machine.actions(now: at(0))
        let taken = machine.claimed((1...rows).map { row($0) })
        machine.submitted(taken.count, now: at(0))
        _ = machine.actions(now: at(0))
        _ = machine.claimed([])
        return machine
    }

    @Test func `rows are claimed until none comes, and again when some may wait`() {
        var machine = RelayStateMachine(dataflow: Self.flow, options: EngineOptions())
        #expect(Self.words(machine.actions(now: Self.at(0))) == ["open"])
        machine.opened(now: Self.at(0))
        #expect(Self.words(machine.actions(now: Self.at(0))) == ["claim 2000"])
        #expect(machine.claimed([]).isEmpty)
        #expect(Self.words(machine.actions(now: Self.at(1))).isEmpty)
        machine.wake()
        #expect(Self.words(machine.actions(now: Self.at(2))) == ["claim 2000"])
    }

    @Test func `the window is bounded in rows and in bytes`() {
        var byRows = Self.running(rows: 3) { $0.relayWindowMax = 4 }
        byRows.wake()
        #expect(Self.words(byRows.actions(now: Self.at(1))) == ["claim 1"])
        var byBytes = Self.running(rows: 3) { $0.relayWindowBytesMax = 300 }
        byBytes.wake()
        #expect(Self.words(byBytes.actions(now: Self.at(1))).isEmpty)
        byBytes.reported(Self.delivered(1...2), now: Self.at(1))
        #expect(Self.words(byBytes.actions(now: Self.at(1))).contains { $0.hasPrefix("claim") })
    }

    @Test func `outcomes that cannot be written wait longer and longer, and are written before anything later`() {
        var machine = Self.running()
        machine.reported(Self.delivered(1...2), now: Self.at(10))
        #expect(Self.words(machine.actions(now: Self.at(10))) == ["settle [1, 2]"])
        machine.settlingFailed(StorageError(.full, "no room"), now: Self.at(20))
        #expect(Self.words(machine.actions(now: Self.at(20))) == ["retries storage_full"])
        machine.reported(Self.delivered(3...3), now: Self.at(30))
        #expect(Self.words(machine.actions(now: Self.at(219))).isEmpty)
        #expect(machine.wakeUpAt(now: Self.at(219)) == .milliseconds(220))
        #expect(Self.words(machine.actions(now: Self.at(220))) == ["settle [1, 2, 3]"])
        machine.settlingFailed(StorageError(.full, "no room"), now: Self.at(230))
        #expect(Self.words(machine.actions(now: Self.at(629))).isEmpty)
        #expect(Self.words(machine.actions(now: Self.at(630))) == ["settle [1, 2, 3]"])
        machine.settled()
        #expect(Self.words(machine.actions(now: Self.at(640))) == ["claim 2000", "runs again 20 2"])
        #expect(machine.current == .running)
    }

    @Test func `a second report of a row and one of a row that is not out count for nothing`() {
        var machine = Self.running()
        machine.reported(Self.delivered(1...1) + Self.delivered(1...1) + Self.delivered(9...9), now: Self.at(1))
        #expect(Self.words(machine.actions(now: Self.at(1))) == ["settle [1]"])
    }

    @Test func `everybody waits for copies of records that were called back and of which the sink said nothing`() {
        var machine = Self.running()
        machine.reported([SinkReport(token: 2, outcome: .transient(code: "SLOW", message: "m"))], now: Self.at(10))
        _ = machine.actions(now: Self.at(10))
        machine.closed(landing: .seconds(3), hasRecalled: true, now: Self.at(20))
        _ = machine.actions(now: Self.at(30))
        machine.released()
        _ = machine.actions(now: Self.at(40))
        _ = machine.actions(now: Self.at(240))
        machine.opened(now: Self.at(240))
        #expect(Self.words(machine.actions(now: Self.at(240))) == ["claim 2000 after \(Int64.max)"])
    }

    @Test func `what was called back is settled as such, with a receipt when it may have arrived`() {
        var machine = Self.running()
        let reports = [(1, false), (2, true)].map {
            SinkReport(token: $0.0, outcome: .recalled(mayHaveArrived: $0.1))
        }
        machine.reported(reports, now: Self.at(1))
        guard case .settle(let settlements)? = machine.actions(now: Self.at(1)).first else {
            Issue.record("nothing is settled")
            return
        }
        #expect(settlements.map(\.receipt?.text) == [nil, OutboxSettlement.unknownReceipt])
        #expect(machine.current == .running)
    }

    @Test func `after records came back the sink is closed, outcomes are settled, and another opens after a pause`() {
        var machine = Self.running()
        machine.reported(
            [SinkReport(token: 2, outcome: .transient(code: "SLOW", message: "m"))] + Self.delivered(1...1),
            now: Self.at(10)
        )
        #expect(Self.words(machine.actions(now: Self.at(10))) == ["close 0", "settle [1]", "retries SLOW"])
        machine.closed(landing: .seconds(3), now: Self.at(20))
        #expect(Self.words(machine.actions(now: Self.at(20))).isEmpty, "what was delivered is not written yet")
        machine.settled()
        #expect(Self.words(machine.actions(now: Self.at(30))) == ["release"])
        machine.released()
        #expect(Self.words(machine.actions(now: Self.at(40))).isEmpty)
        #expect(Self.words(machine.actions(now: Self.at(240))) == ["open"])
        machine.opened(now: Self.at(240))
        #expect(Self.words(machine.actions(now: Self.at(240))) == ["claim 2000 after 3"], "copies may land")
        #expect(machine.claimed([]).isEmpty)
        #expect(Self.words(machine.actions(now: Self.at(3_020))) == ["claim 2000"])
    }

    @Test func `rows that a closing sink did not take are not overtaken by those behind them`() {
        var machine = Self.running()
        machine.wake()
        _ = machine.actions(now: Self.at(1))
        #expect(machine.claimed([Self.row(4), Self.row(5)]).count == 2)
        machine.submitted(1, now: Self.at(2))
        #expect(Self.words(machine.actions(now: Self.at(2))) == ["close 0", "retries SinkClosed"])
    }

    @Test func `a failed destination pauses for good, and is said once`() {
        var machine = Self.running()
        let gone = SinkOutcome.destinationFailed(code: "GONE", message: "m")
        machine.reported((1...3).map { SinkReport(token: $0, outcome: gone) }, now: Self.at(10))
        let trouble = RelayTrouble(code: "GONE", message: "m", since: Timestamp(milliseconds: 10))
        #expect(machine.current == .paused(trouble))
        #expect(Self.words(machine.actions(now: Self.at(10))) == ["close 0", "paused GONE"])
        machine.closed(landing: .zero, now: Self.at(20))
        #expect(Self.words(machine.actions(now: Self.at(20))) == ["release"])
        machine.released()
        #expect(machine.actions(now: Self.at(30)).isEmpty)
        #expect(machine.isOver && machine.current == .paused(trouble))
    }

    @Test func `a trial is a pause until a record is delivered, and is said once`() {
        let paused = RelayTrouble(code: "GONE", message: "m", since: Timestamp(milliseconds: 1), attempts: 2)
        let gone = SinkOutcome.destinationFailed(code: "GONE", message: "m")
        var machine = Self.running(trial: paused)
        #expect(machine.current == .paused(paused))
        machine.conditionChanged(.retrying(code: "NET", message: "m", attempts: 1), now: Self.at(5))
        #expect(machine.actions(now: Self.at(5)).isEmpty && machine.current == .paused(paused))

        var failing = machine
        failing.reported([SinkReport(token: 1, outcome: gone)], now: Self.at(10))
        #expect(Self.words(failing.actions(now: Self.at(10))) == ["close 0"])
        let again = RelayTrouble(code: "GONE", message: "m", since: Timestamp(milliseconds: 1), attempts: 3)
        #expect(failing.current == .paused(again))
        var other = machine
        other.reported([SinkReport(token: 1, outcome: .destinationFailed(code: "KEY", message: "k"))], now: Self.at(10))
        #expect(Self.words(other.actions(now: Self.at(10))) == ["close 0", "paused KEY"])

        machine.conditionChanged(.flowing, now: Self.at(20))
        machine.reported(Self.delivered(1...1), now: Self.at(20))
        #expect(Self.words(machine.actions(now: Self.at(20))).contains("resumed GONE"))
        #expect(machine.current == .running)
    }

    @Test func `a stopped relay gives up what it cannot write by its deadline, and not before`() {
        var machine = Self.running()
        machine.stop(within: .seconds(20), now: Self.at(0))
        #expect(Self.words(machine.actions(now: Self.at(0))) == ["close 20"])
        machine.reported(Self.delivered(1...3), now: Self.at(10))
        _ = machine.actions(now: Self.at(10))
        machine.closed(landing: .zero, now: Self.at(10))
        machine.settlingFailed(StorageError(.full, "no room"), now: Self.at(10))
        #expect(Self.words(machine.actions(now: Self.at(10))) == ["retries storage_full"])
        #expect(Self.words(machine.actions(now: Self.at(15_000))) == ["settle [1, 2, 3]"])
        machine.settlingFailed(StorageError(.full, "no room"), now: Self.at(19_999))
        #expect(Self.words(machine.actions(now: Self.at(19_999))).isEmpty && !machine.isOver)
        #expect(Self.words(machine.actions(now: Self.at(20_000))) == ["release"])
        machine.released()
        _ = machine.actions(now: Self.at(20_000))
        #expect(machine.isOver)
    }

    @Test(arguments: [0, 5, 20])
    func `an end waits for outcomes on their way, or what was delivered would leave once more`(_ seconds: Int64) {
        var machine = Self.running()
        machine.reported(Self.delivered(1...3), now: Self.at(10))
        #expect(Self.words(machine.actions(now: Self.at(10))) == ["settle [1, 2, 3]"])
        machine.stop(within: .seconds(seconds), now: Self.at(20))
        #expect(Self.words(machine.actions(now: Self.at(20))) == ["close \(seconds)"])
        machine.closed(landing: .zero, now: Self.at(30))
        #expect(Self.words(machine.actions(now: Self.at(20_019))).isEmpty && !machine.isOver)
        #expect(machine.wakeUpAt(now: Self.at(20_019)) == .milliseconds(20_020))

        var late = machine
        late.settled()
        #expect(Self.words(late.actions(now: Self.at(20_019))) == ["release"])
        // A storage that does not answer holds up nobody for ever.
        #expect(Self.words(machine.actions(now: Self.at(20_020))) == ["release"])
    }

    @Test func `an end that leaves the sink no time tries again to write what was delivered`() {
        var machine = Self.running()
        machine.reported(Self.delivered(1...3), now: Self.at(10))
        _ = machine.actions(now: Self.at(10))
        machine.stop(within: .zero, now: Self.at(20))
        _ = machine.actions(now: Self.at(20))
        machine.closed(landing: .zero, now: Self.at(30))
        machine.settlingFailed(StorageError(.full, "no room"), now: Self.at(40))
        #expect(Self.words(machine.actions(now: Self.at(40))) == ["retries storage_full"])
        #expect(Self.words(machine.actions(now: Self.at(10_000))) == ["settle [1, 2, 3]"])
        machine.settled()
        #expect(Self.words(machine.actions(now: Self.at(10_000))) == ["release", "runs again 40 1"])
    }

    @Test func `a lost write ends sending at once, and the relay when the engine ends it`() {
        var machine = Self.running()
        machine.reported(Self.delivered(1...3), now: Self.at(10))
        _ = machine.actions(now: Self.at(10))
        machine.settlingFailed(StorageError(.writeLost, "lost"), now: Self.at(20))
        #expect(Self.words(machine.actions(now: Self.at(20))) == ["write lost", "close 0", "retries write_lost"])
        machine.closed(landing: .zero, now: Self.at(30))
        #expect(Self.words(machine.actions(now: Self.at(30))) == ["release"])
        machine.released()
        _ = machine.actions(now: Self.at(60_000))
        #expect(!machine.isOver, "another relay would send the same again")
        machine.stop(within: .zero, now: Self.at(60_000))
        _ = machine.actions(now: Self.at(60_000))
        #expect(machine.isOver)
    }

    @Test func `a storage that cannot be read is tried again and shows`() {
        let heir = RelayHold(through: .max, until: .seconds(12))
        var machine = RelayStateMachine(dataflow: Self.flow, options: EngineOptions(), heir: heir)
        #expect(Self.words(machine.actions(now: Self.at(0))) == ["readLastRow"])
        machine.readingFailed(StorageError(.io, "m"), now: Self.at(1))
        #expect(Self.words(machine.actions(now: Self.at(1))) == ["retries io"])
        #expect(Self.words(machine.actions(now: Self.at(201))) == ["readLastRow"])
        machine.lastRow(7)
        #expect(Self.words(machine.actions(now: Self.at(202))) == ["open", "runs again 1 1"])
        machine.opened(now: Self.at(203))
        #expect(Self.words(machine.actions(now: Self.at(203))) == ["claim 2000 after 7"])
        machine.readingFailed(StorageError(.io, "m"), now: Self.at(204))
        #expect(machine.wakeUpAt(now: Self.at(204)) == .milliseconds(404))
        #expect(Self.words(machine.actions(now: Self.at(404))) == ["retries io", "claim 2000 after 7"].reversed())
    }

    @Test func `a relay that is told to end while its sink opens closes it`() {
        var machine = RelayStateMachine(dataflow: Self.flow, options: EngineOptions())
        _ = machine.actions(now: Self.at(0))
        machine.stop(within: .zero, now: Self.at(1))
        #expect(machine.actions(now: Self.at(1)).isEmpty && !machine.isOver)
        machine.opened(now: Self.at(2))
        #expect(Self.words(machine.actions(now: Self.at(2))) == ["close 0"])
        machine.closed(landing: .zero, now: Self.at(3))
        #expect(Self.words(machine.actions(now: Self.at(3))) == ["release"])
        machine.released()
        _ = machine.actions(now: Self.at(3))
        #expect(machine.isOver)
    }

    @Test func `a pause is the last word, whatever else was wrong`() {
        var machine = Self.running()
        machine.conditionChanged(.retrying(code: "SLOW", message: "slow", attempts: 1), now: Self.at(1))
        machine.reported(
            [SinkReport(token: 1, outcome: .destinationFailed(code: "GONE", message: "no stream"))],
            now: Self.at(1)
        )
        #expect(Self.words(machine.actions(now: Self.at(1))) == ["close 0", "paused GONE"])
    }

    // MARK: Refused records

    private static func refused(_ numbers: ClosedRange<Int64>) -> [SinkReport] {
        numbers.map { SinkReport(token: $0, outcome: .recordRefused(code: "ValidationException", message: "no")) }
    }

    @Test func `a refused record is parked when the destination takes another`() {
        var machine = Self.running(rows: 30)
        machine.reported(Self.refused(1...2), now: Self.at(1))
        #expect(machine.actions(now: Self.at(1)).isEmpty, "28 are on their way and will show it")
        machine.reported(Self.delivered(3...3), now: Self.at(2))
        #expect(Self.words(machine.actions(now: Self.at(2))) == ["settle [3, 1, 2]"])
    }

    @Test func `one refused record is parked when there is nothing else to try with`() {
        var machine = Self.running(rows: 1)
        machine.reported(Self.refused(1...1), now: Self.at(1))
        #expect(Self.words(machine.actions(now: Self.at(1))) == ["settle [1]"])
        #expect(machine.current == .running)
    }

    @Test(arguments: [3, 40])
    func `a destination that refuses every record pauses and parks none`(rows: Int64) throws {
        var machine = Self.running(rows: rows)
        machine.reported(Self.refused(1...min(rows, 20)), now: Self.at(1))
        #expect(Self.words(machine.actions(now: Self.at(1))) == ["paused ValidationException", "close 0"].reversed())
        machine.closed(landing: .zero, now: Self.at(2))
        #expect(Self.words(machine.actions(now: Self.at(2))) == ["release"])
        machine.released()
        #expect(machine.actions(now: Self.at(2)).isEmpty && machine.isOver)
        guard case .paused(let trouble) = machine.current else {
            Issue.record("\(machine.current)")
            return
        }
        #expect(trouble.message.contains("refused \(min(rows, 20)) records in a row"))
    }

    @Test func `those parked alone count with those that follow`() {
        var machine = Self.running(rows: 2)
        machine.reported(Self.refused(1...2), now: Self.at(1))
        #expect(Self.words(machine.actions(now: Self.at(1))) == ["settle [1, 2]"])
        machine.settled()
        #expect(Self.words(machine.actions(now: Self.at(1))) == ["claim 2000"])
        machine.submitted(machine.claimed([Self.row(3)]).count, now: Self.at(2))
        _ = machine.actions(now: Self.at(2))
        _ = machine.claimed([])
        machine.reported(Self.refused(3...3), now: Self.at(3))
        #expect(Self.words(machine.actions(now: Self.at(3))).contains("paused ValidationException"))
    }

    @Test func `a trial that finds every record refused parks none`() {
        let trouble = RelayTrouble(code: "ValidationException", message: "no", since: Timestamp(milliseconds: 0))
        var machine = Self.running(rows: 1, trial: trouble)
        machine.reported(Self.refused(1...1), now: Self.at(1))
        #expect(Self.words(machine.actions(now: Self.at(1))) == ["close 0"], "paused for the same, said before")
    }
}
