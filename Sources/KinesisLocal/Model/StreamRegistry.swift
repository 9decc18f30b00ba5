import Synchronization

/// A stream with its lock.
final class StreamCell: Sendable {
    let name: String
    private let state: Mutex<StreamState>

    init(_ state: StreamState) {
        name = state.name
        self.state = Mutex(state)
    }

    func withState<Result: Sendable>(_ body: (inout StreamState) -> Result) -> Result {
        state.withLock { body(&$0) }
    }
}

/// The streams of the account, by name.
final class StreamRegistry: Sendable {
    private struct State {
        var cells: [String: StreamCell] = [:]
        var incarnations: UInt64 = 0
    }

    /// Why a stream was not made.
    enum CreationFailure: Error, Equatable {
        case exists
        case shardLimit(current: Int)
        case onDemandLimit(current: Int)
    }

    private let configuration: KinesisLocalServer.Configuration
    private let state = Mutex(State())

    init(_ configuration: KinesisLocalServer.Configuration) {
        self.configuration = configuration
    }

    /// Makes a stream; it is active at once, or after the configured transition time.
    func create(_ settings: StreamState.Settings, now: Int64) -> CreationFailure? {
        state.withLock { state in
            Self.settle(&state, now: now)
            if state.cells[settings.name] != nil { return .exists }
            let usage = Self.usage(of: state)
            switch settings.mode {
            case .provisioned where usage.shards + settings.shardCount > configuration.shardsMax:
                return .shardLimit(current: usage.shards)
            case .onDemand where usage.onDemandStreams >= LocalLimits.onDemandStreamsMax:
                return .onDemandLimit(current: usage.onDemandStreams)
            default: break
            }
            state.incarnations += 1
            state.cells[settings.name] = StreamCell(
                StreamState(
                    settings,
                    incarnation: state.incarnations,
                    retention: .init(
                        age: configuration.retentionAge.wholeMilliseconds,
                        bytes: configuration.retentionBytes
                    ),
                    isLimited: configuration.enforcesShardLimits,
                    createdAt: now,
                    phase: transition > 0 ? .creating(until: now + transition) : .active
                )
            )
            return nil
        }
    }

    /// Starts a stream's deletion; false if there is none.
    func delete(_ name: String, now: Int64) -> Bool {
        state.withLock { state in
            Self.settle(&state, now: now)
            guard let cell = state.cells[name] else { return false }
            if transition > 0 {
                cell.withState { stream in
                    stream.phase = .deleting(until: now + transition)
                    stream.consumers = []
                }
            } else {
                state.cells[name] = nil
            }
            return true
        }
    }

    func cell(_ name: String, now: Int64) -> StreamCell? {
        state.withLock { state in
            guard let cell = state.cells[name] else { return nil }
            if !cell.withState({ $0.settle(now: now) }) {
                state.cells[name] = nil
                return nil
            }
            return cell
        }
    }

    /// All streams by name.
    func all(now: Int64) -> [StreamCell] {
        state.withLock { state in
            Self.settle(&state, now: now)
            return state.cells.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }
    }

    /// How long whatever takes its time takes.
    var transition: Int64 { configuration.transitionTime.wholeMilliseconds }

    /// Open shards of provisioned streams and streams in on-demand mode.
    func usage(now: Int64) -> (shards: Int, onDemandStreams: Int) {
        state.withLock { state in
            Self.settle(&state, now: now)
            return Self.usage(of: state)
        }
    }

    private static func usage(of state: borrowing State) -> (shards: Int, onDemandStreams: Int) {
        var shards = 0
        var onDemand = 0
        for cell in state.cells.values {
            let (mode, count) = cell.withState { ($0.mode, $0.map.openCount) }
            if mode == .onDemand { onDemand += 1 } else { shards += count }
        }
        return (shards, onDemand)
    }

    private static func settle(_ state: inout State, now: Int64) {
        for (name, cell) in state.cells where !cell.withState({ $0.settle(now: now) }) { state.cells[name] = nil }
    }
}
