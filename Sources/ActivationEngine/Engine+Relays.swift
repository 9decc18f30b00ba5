public import ActivationCore
import Logging

/// What keeps every dataflow's records leaving, and lets go of dataflows that are gone.
extension Engine {
    /// Opens a dataflow's sink anew: its target, its credentials or a person's patience changed.
    public func restartRelay(_ dataflow: Dataflow.ID) async {
        relays.restart(dataflow)
    }

    /// The last record of a dataflow that waits now; 0 when none does.
    ///
    /// Later ones have higher rows.
    ///
    /// - Parameter dataflow: Whose.
    /// - Returns: Its row.
    /// - Throws: The storage's error.
    public func lastRow(_ dataflow: Dataflow.ID) async throws(StorageError) -> Int64 {
        try await storage.lastRow(dataflow: dataflow)
    }

    /// Forgets what was left undone while a dataflow was disabled, so that enabling it makes up for nothing.
    ///
    /// - Parameter dataflow: The dataflow, still disabled.
    /// - Throws: The storage's error.
    public func dropMarks(_ dataflow: Dataflow.ID) async throws(StorageError) {
        try await storage.dropMarks(of: dataflow)
    }

    /// Keeps a dataflow's relay from sending records after a row to the destination that it has now: they belong to
    /// another, which it opens when those before have left.
    ///
    /// To be called where no later record can exist yet: while ``update(_:storing:)`` stores.
    public func boundRelay(_ dataflow: Dataflow.ID, through row: Int64) {
        relays.bound(dataflow, through: row)
    }

    /// What a dataflow's relay is doing now.
    public func relayState(_ dataflow: Dataflow.ID) -> RelayState {
        relays.state(of: dataflow)
    }

    /// What is other than was wanted although a dataflow's records leave, in words for people; nil = nothing.
    public func relayNotice(_ dataflow: Dataflow.ID) -> String? {
        relays.notice(of: dataflow)
    }

    /// The records of a dataflow as they are settled from now on; ends when its reader stops reading, or the engine stops.
    ///
    /// A reader that is too slow misses some and is told how many; it never holds the relay up. May be called at any time by
    /// many.
    public func watch(_ dataflow: Dataflow.ID) -> AsyncStream<WatchedRecord> { watchers.watch(dataflow) }

    /// Lets go of a dataflow that the catalog no longer has: its relay ends, then its pending rows are dropped
    /// (BEHAVIOUR 3.10).
    ///
    /// Returns at once; the rest is done behind it, and tried again while it fails. An engine that stops before leaves it
    /// undone, so whoever runs the next one asks again.
    ///
    /// - Parameters:
    ///   - dataflow: The dataflow.
    ///   - finish: What is left to do when the rows are dropped; called again after a pause when it throws.
    public func retire(_ dataflow: Dataflow.ID, whenDone finish: @escaping @Sendable () async throws -> Void = {}) {
        relays.retire(RelayRetirement(dataflow: dataflow, finish: finish))
    }

    /// Waits until the relay of a dataflow that the catalog no longer has is over, and drops its pending rows
    /// (BEHAVIOUR 3.10).
    public func discardOutbox(_ dataflow: Dataflow.ID) async throws(EngineError) {
        await relays.ended(dataflow)
        do throws(StorageError) {
            try await storage.discardOutbox(dataflow: dataflow)
        } catch {
            throw EngineError(error)
        }
    }

    /// How the records of dataflows leave.
    public var deliveryFigures: [Dataflow.ID: DeliveryFigures] { relays.figures }

    /// Starts relays and drops outboxes as the directory asks, until the engine stops and all have ended.
    func runRelays() async {
        let clock = RelayClock.system
        // What the process before this one sent may land until then.
        let claimed = (storage as? any SharedStorage)?.formerReach ?? .max
        let heir = lifeSign.silence.map {
            RelayHold(through: claimed, until: clock.now() + sinks.landingTime + lifeSign.interval - $0)
        }
        let landsUntil = await withTaskGroup(of: Duration.self) { group in
            while let job = await relays.nextJob() {
                switch job {
                case .start(let dataflow, let hold, let trial):
                    let relay = OutboxRelay(
                        dataflow: dataflow,
                        storage: storage,
                        sinks: sinks,
                        time: time,
                        clock: clock,
                        hold: hold,
                        heir: heir,
                        trial: trial,
                        options: options,
                        logger: logger,
                        watchers: watchers,
                        traces: traces,
                        recalls: recalls,
                        onWriteLost: { self.lane.close(because: $0) }
                    )
                    guard relays.started(relay, for: dataflow) else { continue }
                    group.addTask {
                        await relay.run()
                        let hold = relay.hold
                        self.relays.finished(dataflow, in: relay.current, leaving: hold)
                        return hold?.until ?? .zero
                    }
                case .retire(let retirement):
                    group.addTask {
                        await self.retire(retirement)
                        return .zero
                    }
                }
            }
            return await group.reduce(.zero) { max($0, $1) }
        }
        // What an earlier process sent counts too, also where no relay has met it.
        if max(landsUntil, heir?.until ?? .zero) <= clock.now() { rest() }
    }

    /// Whether what waits may be sent still: not when another process leads by now.
    var maySend: Bool {
        do throws(StorageError) {
            try lifeSign.beat()
            return true
        } catch {
            return error.code != .fenced
        }
    }

    /// Nothing is on its way any more: the next process need not wait for it.
    private func rest() {
        do throws(StorageError) {
            try lifeSign.rest()
        } catch {
            logger.warning("The end was not noted", metadata: ["error.message": "\(error.message)"])
        }
    }

    /// Drops the outbox of a dataflow that has no relay any more, until it succeeds or the engine stops.
    private func retire(_ retirement: RelayRetirement) async {
        var pause = RelayPause(max: .seconds(20))
        while !retirement.stopping.isClosed {
            do {
                await relays.ended(retirement.dataflow)
                var dropped = 1
                while dropped > 0, !retirement.stopping.isClosed {
                    dropped = try await storage.discardSome(of: retirement.dataflow)
                }
                // What a stop leaves over, the next start finds and takes up.
                guard dropped == 0 else { break }
                try await retirement.finish()
                break
            } catch {
                pause.failed(now: .zero)
                if pause.attempts == 1 {
                    logger.warning(
                        "A deleted dataflow is not gone yet",
                        metadata: [
                            "dataflow.id": "\(retirement.dataflow.uuid)",
                            "error.message":
                                "\((error as? EngineError)?.message ?? (error as? StorageError)?.message ?? "\(type(of: error))")",
                        ]
                    )
                }
                await retirement.stopping.wait(atMost: pause.until)
            }
        }
        relays.retired(retirement)
    }
}
