import Kinesis
import Synchronization

/// Throws the dice of the current faults, for every connection alike.
final class FaultDice: Sendable {
    fileprivate struct State {
        var faults: Faults
        var dice: SplitMix64
        var recordsSeen = 0
        var reshardAt: Int64?

        init(_ faults: Faults) {
            self.faults = faults
            dice = SplitMix64(seed: faults.seed)
        }
    }

    private let state: Mutex<State>

    init(_ faults: Faults) {
        state = Mutex(State(faults))
    }

    /// The faults in force; setting them starts the dice and the running number of records anew.
    var faults: Faults {
        get { state.withLock(\.faults) }
        set { state.withLock { $0 = State(newValue) } }
    }

    /// Decides what goes wrong with a request.
    func decide(_ operation: Operation, now: Int64) -> RequestFaults {
        state.withLock { $0.decide(operation, now: now) }
    }

    /// Milliseconds by which the service's clock is ahead.
    var clockSkew: Int64 { state.withLock(\.faults.clockSkew.wholeMilliseconds) }

    var readBytesPerSecond: Int? { state.withLock(\.faults.readBytesPerSecond) }

    /// Decides what goes wrong with so many records; nothing at all is no item.
    func decide(records count: Int) -> [RecordFault?] {
        state.withLock { state in
            state.faults.touchesRecords ? (0..<count).map { _ in state.decideRecord() } : []
        }
    }

    /// Decides whether a connection is never read from.
    func hangsConnection() -> Bool {
        state.withLock { $0.dice.hits($0.faults.connectionHung) }
    }
}

extension FaultDice.State {
    fileprivate mutating func decideRecord() -> RecordFault? {
        recordsSeen += 1
        if let every = faults.everyNthRecordThrottled, every > 0, recordsSeen.isMultiple(of: every) {
            return .throttled
        }
        if dice.hits(faults.recordThrottled) { return .throttled }
        return dice.hits(faults.recordFailed) ? .internalFailure : nil
    }

    fileprivate mutating func decide(_ operation: Operation, now: Int64) -> RequestFaults {
        var decision = RequestFaults(latency: faults.latency, answerBytesPerSecond: faults.answerBytesPerSecond)
        if dice.hits(faults.slowAnswer) { decision.latency += faults.slowAnswerDelay }
        if let interval = faults.reshardInterval {
            if let due = reshardAt, due <= now { decision.resharding = dice.next() }
            if reshardAt.map({ $0 <= now }) ?? true { reshardAt = now + interval.wholeMilliseconds }
        }
        decision.before = before(operation)
        if decision.before == nil, isNamed(operation, or: operation.puts) { decision.after = after() }
        return decision
    }

    private mutating func before(_ operation: Operation) -> RequestFaults.Before? {
        if isNamed(operation, or: true) {
            if dice.hits(faults.tokenExpired) { return .refused(.expiredToken) }
            if dice.hits(faults.accessDenied) { return .refused(.accessDenied(operation)) }
            if dice.hits(faults.requestThrottled) { return .refused(.throttled(operation)) }
        }
        if isNamed(operation, or: operation.puts || operation == .getRecords), dice.hits(faults.kmsFailed) {
            return .refused(ServiceError(.init(name: faults.kmsError.rawValue), faults.kmsError.message))
        }
        guard isNamed(operation, or: operation.puts) else { return nil }
        if dice.hits(faults.requestInvalid) { return .refused(.invalid) }
        if dice.hits(faults.requestFailed) { return .refused(.internalFailure) }
        if dice.hits(faults.requestUnavailable) { return .refused(.unavailable) }
        if dice.hits(faults.connectionDroppedBeforeCommit) { return .dropped }
        return dice.hits(faults.requestHungBeforeCommit) ? .hung : nil
    }

    private mutating func after() -> RequestFaults.After? {
        if dice.hits(faults.requestFailedAfterCommit) { return .refused(.internalFailure) }
        if dice.hits(faults.requestUnavailableAfterCommit) { return .refused(.unavailable) }
        if dice.hits(faults.connectionDropped) { return .dropped }
        return dice.hits(faults.requestHung) ? .hung : nil
    }

    /// Whether an operation is among those that are named, or among a fault's own if none is.
    private func isNamed(_ operation: Operation, or isOwn: Bool) -> Bool {
        faults.operations.isEmpty ? isOwn : faults.operations.contains(operation.rawValue)
    }
}

extension SplitMix64 {
    /// Whether an event of that probability happens; draws nothing for an impossible one.
    fileprivate mutating func hits(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &self) < probability
    }
}

extension Operation {
    /// Whether it writes records.
    var puts: Bool { self == .putRecord || self == .putRecords }
}

extension ServiceError {
    static let expiredToken = ServiceError(.expiredToken, "The security token included in the request is expired")

    static let invalid = ServiceError(
        .validation,
        "1 validation error detected: Value at 'streamName' failed to satisfy constraint: Member must not be null"
    )

    static let unavailable = ServiceError(
        .serviceUnavailable,
        "The service is unavailable. Please try again shortly.",
        status: 503
    )

    fileprivate static func accessDenied(_ operation: Operation) -> ServiceError {
        ServiceError(
            .accessDenied,
            "User is not authorized to perform: kinesis:\(operation.rawValue) "
                + "because no identity-based policy allows the kinesis:\(operation.rawValue) action"
        )
    }

    fileprivate static func throttled(_ operation: Operation) -> ServiceError {
        switch operation {
        case .putRecord, .putRecords, .getRecords, .getShardIterator:
            ServiceError(.throughputExceeded, "Rate exceeded for \(operation.rawValue).")
        default: ServiceError(.limitExceeded, "Rate exceeded for \(operation.rawValue).")
        }
    }
}
