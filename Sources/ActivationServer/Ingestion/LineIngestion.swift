import ActivationCore
import ActivationEngine
import NIOCore
import ServiceLifecycle

/// Streams the lines of a body to the engine: while one batch is being stored the next one is read, never more.
///
/// Batches enter the engine one after the other, so lines keep their order. A busy engine stops the reading, which
/// stops the sender. Lines do not wait for others that may not come: when the sender is quiet, what there is goes to the
/// engine.
struct LineIngestion: Sendable {
    /// Why not all lines of a body were taken.
    struct Interruption: Error {
        /// What stopped it: the engine, the encoding or the connection.
        var cause: any Error
        /// What had become of the lines before; it is durable.
        var report: LineReport
    }

    /// Takes the messages.
    let engine: any ServerEngine
    /// Counts what was left out of them.
    var metrics = ServerMetrics()
    /// Bounds how many bodies hold lines at the same time.
    var permits = BodyPermits(IngestionLimits.concurrentBodiesMax)
    /// Who sends the body.
    var sender: BodyPermits.Sender = ByteKey("")
    /// Waits until the server is going down; an upload without an end must not keep it up.
    var untilStopping: @Sendable () async throws -> Void = { try await gracefulShutdown() }
    /// Tells when a time has passed.
    var timer: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// Gets what came of each batch of lines.
    var onSettled: @Sendable (IngestionCounts.Outcome) -> Void = { _ in }
    /// Waits before a batch is offered again.
    let pause: @Sendable (Duration) async throws -> Void

    /// Reads the body to its end.
    ///
    /// - Returns: What became of every line, after the last of them is durable.
    /// - Throws: ``Interruption``; its cause is an overloaded engine only while no line is stored, or after waiting long.
    func run(_ body: DecodedBody, reader: LineReader) async throws(Interruption) -> LineReport {
        let source = BodySource(body)
        let (report, failure) = await withTaskGroup(of: LineUpload.Event.self) { group in
            var upload = LineUpload(reader: reader)
            var failure: (any Error)?
            do {
                try await advance(&upload, of: source, in: &group)
            } catch {
                failure = error
                // What is on its way may still become durable, and the report must say so.
                while upload.isStoring, let event = await group.next() {
                    guard case .stored(let stored) = event else { continue }
                    do throws(EngineError) { try settle(stored, in: &upload) } catch { failure = error }
                }
            }
            if upload.hasPermit { permits.give(from: sender) }
            group.cancelAll()
            return (upload.report, failure)
        }
        if let failure { throw Interruption(cause: failure, report: report) }
        return report
    }

    private func advance(
        _ upload: inout LineUpload,
        of source: BodySource,
        in group: inout TaskGroup<LineUpload.Event>
    ) async throws {
        addTimer(.overdue, after: IngestionLimits.lineTime, to: &group)
        group.addTask {
            // Cancelled at the end of the upload; then nobody looks at the event.
            try? await untilStopping()
            return .stopping
        }
        while true {
            let isContended = upload.hasPermit && permits.waitingCount > 0
            if let batch = upload.takeBatch(isUrgent: isContended) {
                let mayWait = upload.report.settledThroughLine > 0
                group.addTask { .stored(await store(batch, mayWait: mayWait)) }
            }
            if upload.hasPermit, upload.holdsNothing {
                permits.give(from: sender)
                upload.hasPermit = false
            }
            guard !upload.isDone else { return }
            if upload.takeRead(isContended: isContended) {
                group.addTask { .piece(await source.next()) }
            }
            guard let event = await group.next() else { return }
            switch event {
            case .piece(let piece):
                try upload.append(piece.get())
                if !upload.hasPermit, !upload.holdsNothing { try await takePermit(for: &upload) }
                if upload.takeQuietTimer() { addTimer(.quiet, after: IngestionLimits.quietTime, to: &group) }
            case .stored(let stored):
                try settle(stored, in: &upload)
            case .quiet:
                upload.beQuiet()
                if upload.takeQuietTimer() { addTimer(.quiet, after: IngestionLimits.quietTime, to: &group) }
            case .overdue:
                try upload.checkProgress()
                addTimer(.overdue, after: IngestionLimits.lineTime, to: &group)
            case .stopping:
                throw EngineError(.shuttingDown, "the server is stopping")
            }
        }
    }

    private func settle(
        _ stored: LineUpload.StoredBatch,
        in upload: inout LineUpload
    ) throws(EngineError) {
        let before = upload.report
        try upload.settle(stored)
        onSettled(upload.report.outcome(since: before))
    }

    private func addTimer(
        _ event: LineUpload.Event,
        after time: Duration,
        to group: inout TaskGroup<LineUpload.Event>
    ) {
        group.addTask {
            // Cancelled at the end of the upload; then nobody looks at the event.
            try? await timer(time)
            return event
        }
    }

    /// Waits for room for lines; while none is stored not long, for the sender can be told to come again.
    private func takePermit(for upload: inout LineUpload) async throws(EngineError) {
        let isNew = upload.report.settledThroughLine == 0
        let wait = isNew ? IngestionLimits.firstPermitTime : IngestionLimits.nextPermitTime
        upload.hasPermit = await withTaskGroup(of: Bool.self) { group in
            group.addTask { await permits.take(for: sender) }
            group.addTask {
                try? await timer(wait)
                return false
            }
            var isTaken = await group.next() ?? false
            group.cancelAll()
            // It may have been granted at the last moment.
            for await isTakenLate in group { isTaken = isTaken || isTakenLate }
            return isTaken
        }
        guard upload.hasPermit else {
            throw EngineError(
                .overloaded,
                "\(IngestionLimits.concurrentBodiesMax) bodies are being read, the most there may be; retry soon",
                retryAfterSeconds: 1
            )
        }
    }

    private func store(_ batch: LineBatch, mayWait: Bool) async -> LineUpload.StoredBatch {
        do throws(EngineError) {
            let results = try await ingest(batch.messages, mayWait: mayWait)
            return LineUpload.StoredBatch(batch: batch, results: .success(results))
        } catch {
            return LineUpload.StoredBatch(batch: batch, results: .failure(error))
        }
    }

    private func ingest(_ messages: [Message], mayWait: Bool) async throws(EngineError) -> [DecisionResult] {
        guard !messages.isEmpty else { return [] }
        var delay = Duration.milliseconds(5)
        var attempts = 0
        while true {
            do throws(EngineError) {
                let results = try await engine.ingest(messages)
                for message in messages { metrics.countIgnored(message.ignoredIdentities) }
                return results
            } catch {
                attempts += 1
                guard error.code == .overloaded, mayWait, attempts < IngestionLimits.attemptsMax else { throw error }
                // A wait that is cancelled ends the attempts.
                guard (try? await pause(delay)) != nil else { throw error }
                delay = min(delay * 2, .seconds(1))
            }
        }
    }
}

/// A body that is read by one task after the other.
///
/// Sendable because there is at most one read at a time: the next one begins when the result of the last has been seen.
final class BodySource: @unchecked Sendable {
    private var body: DecodedBody

    init(_ body: DecodedBody) {
        self.body = body
    }

    /// The next piece, nil at the end.
    func next() async -> Result<ByteBuffer?, any Error> {
        do { return .success(try await body.next()) } catch { return .failure(error) }
    }
}
