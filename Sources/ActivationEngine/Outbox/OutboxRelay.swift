import ActivationCore
import Logging
import Synchronization

/// Whether a dataflow's records are leaving.
public enum RelayState: Sendable, Hashable {
    /// Records leave as they come.
    case running
    /// Passing trouble; waiting for the next attempt.
    case retrying(code: String, message: String)
    /// The destination refuses everything until a person acts (RULINGS 15).
    case paused(code: String, message: String)
    /// The dataflow is disabled; its rows wait.
    case disabled
}

/// Moves one dataflow's outbox rows to its sink: claim in order, submit, settle each by its own report (I3, I4).
final class OutboxRelay: Sendable {
    private let dataflow: Dataflow.ID
    private let storage: any Storage
    private let sinks: any SinkFactory
    private let time: any TimeSource
    private let options: EngineOptions
    private let logger: Logger
    /// Told that the storage must be opened again.
    private let onWriteLost: @Sendable (EngineError) -> Void
    private let state = Mutex(RelayState.running)
    /// Wakes the feeder: new rows, room in the window, a failure, the end.
    private let feeder = Signal()
    /// Closed when the relay must end.
    private let stopping = Signal()

    init(
        dataflow: Dataflow.ID,
        storage: any Storage,
        sinks: any SinkFactory,
        time: any TimeSource,
        options: EngineOptions,
        logger: Logger,
        onWriteLost: @escaping @Sendable (EngineError) -> Void
    ) {
        self.dataflow = dataflow
        self.storage = storage
        self.sinks = sinks
        self.time = time
        self.options = options
        self.onWriteLost = onWriteLost
        var logger = logger
        logger[metadataKey: "dataflow.id"] = "\(dataflow.uuid)"
        self.logger = logger
    }

    /// What the relay is doing.
    var current: RelayState { state.withLock { $0 } }

    /// Tells the relay that rows are waiting.
    func wake() { feeder.ring() }

    /// Ends the relay: what the sink can deliver before the deadline is delivered and settled.
    func stop() {
        stopping.close()
        feeder.close()
    }

    /// Relays until stopped; passing trouble is retried with growing pauses, a fatal failure pauses for good.
    func run() async {
        var attempt = 0
        while !stopping.isClosed {
            let end = await relayOnce(attempt: &attempt)
            state.withLock { $0 = end }
            await releaseClaims()
            switch end {
            case .running, .disabled:
                return
            case .paused(let code, let message):
                logger.error(
                    "Dataflow paused",
                    metadata: ["error.code": "\(code)", "error.message": "\(message)"]
                )
                return
            case .retrying(let code, let message):
                logger.warning(
                    "Dataflow retries",
                    metadata: ["error.code": "\(code)", "error.message": "\(message)"]
                )
                // 0.2 s, doubling, 20 s at most.
                attempt = min(attempt + 1, 8)
                await stopping.wait(atMost: min(.milliseconds(100 << attempt), .seconds(20)))
            }
        }
    }

    private func relayOnce(attempt: inout Int) async -> RelayState {
        do throws(SinkFactoryError) {
            let sink = try await sinks.sink(for: dataflow)
            state.withLock { $0 = .running }
            let window = RelayWindow()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.collect(sink, window) }
                group.addTask { await self.settle(window) }
                await self.feed(sink, window)
                await sink.close(within: window.failure == nil ? self.options.drainDeadline : .zero)
            }
            if window.hasSettled { attempt = 0 }
            return window.failure ?? .running
        } catch {
            return .paused(code: error.code, message: error.message)
        }
    }

    private func releaseClaims() async {
        do throws(StorageError) {
            try await storage.releaseClaims(dataflow: dataflow)
        } catch {
            logger.error("Claims not released", metadata: ["error.message": "\(error)"])
        }
    }

    /// Claims rows while the window has room and hands them over, until it fails or the relay is stopped.
    private func feed(_ sink: any RecordSink, _ window: RelayWindow) async {
        while !stopping.isClosed, window.failure == nil {
            let room = options.relayWindowMax - window.outstanding
            var rows: [OutboxRow] = []
            if room > 0 {
                do throws(StorageError) {
                    rows = try await storage.claim(
                        dataflow: dataflow,
                        limit: min(room, 2_000),
                        limitPerProfile: options.relayWindowPerProfileMax
                    )
                } catch {
                    window.fail(.retrying(code: error.code.rawValue, message: error.message))
                    return
                }
            }
            guard !rows.isEmpty else {
                await feeder.wait()
                continue
            }
            window.add(rows.count)
            await sink.submit(
                rows.map {
                    SinkRecord(
                        token: $0.row,
                        orderingKey: $0.profile,
                        partitionKey: $0.partitionKey,
                        payload: $0.payload
                    )
                }
            )
        }
    }

    /// Sorts reports: settled rows on one side, the end of the relay on the other.
    private func collect(_ sink: any RecordSink, _ window: RelayWindow) async {
        for await reports in sink.reports {
            var settlements: [OutboxSettlement] = []
            settlements.reserveCapacity(reports.count)
            for report in reports {
                switch report.outcome {
                case .delivered:
                    settlements.append(OutboxSettlement(row: report.token, outcome: .delivered))
                case .recordRejected(let code, let message):
                    let outcome = OutboxSettlement.Outcome.parked(code: code, message: message, at: time.now())
                    settlements.append(OutboxSettlement(row: report.token, outcome: outcome))
                case .transient(let code, let message):
                    window.fail(.retrying(code: code, message: message))
                case .destinationFailed(let code, let message):
                    window.fail(.paused(code: code, message: message))
                }
            }
            window.enter(settlements)
            if window.failure != nil { feeder.ring() }
        }
        window.finish()
    }

    /// Writes settlements; those that come while one write is under way make the next.
    private func settle(_ window: RelayWindow) async {
        while let settlements = await window.nextSettlements() {
            do throws(StorageError) {
                try await storage.settle(dataflow: dataflow, settlements)
                window.settled(settlements.count)
            } catch {
                if error.code == .writeLost { onWriteLost(EngineError(error)) }
                // The rows stay in the outbox and are sent again: at least once, in order.
                window.fail(.retrying(code: error.code.rawValue, message: error.message))
            }
            feeder.ring()
        }
    }
}
