import ActivationCore
import ActivationEngine
import NIOCore

/// Streams the lines of a body to the engine: while one batch is being stored the next one is read, never more.
///
/// Batches enter the engine one after the other, so lines keep their order. A busy engine stops the reading, which
/// stops the sender.
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
    /// Whether the server is going down; an upload without an end must not keep it up.
    var isStopping: @Sendable () -> Bool = { false }
    /// Waits before a batch is offered again.
    let pause: @Sendable (Duration) async throws -> Void

    /// Reads the body to its end.
    ///
    /// - Returns: What became of every line, after the last of them is durable.
    /// - Throws: ``Interruption``; its cause is an overloaded engine only while no line is stored, or after waiting long.
    func run(_ body: DecodedBody, reader: LineReader) async throws(Interruption) -> LineReport {
        var report = LineReport()
        let failure = await withTaskGroup(of: StoredBatch.self) { group -> (any Error)? in
            var inFlight = InFlight(report: report)
            defer { report = inFlight.report }
            do {
                try await readBatches(of: body, reader: reader) { batch in
                    try await inFlight.settle(&group)
                    let mayWait = inFlight.report.settledThroughLine > 0
                    group.addTask { await store(batch, mayWait: mayWait) }
                }
                try await inFlight.settle(&group)
                return nil
            } catch {
                // What is on its way may still become durable, and the report must say so.
                do { try await inFlight.settle(&group) } catch { return error }
                return error
            }
        }
        if let failure { throw Interruption(cause: failure, report: report) }
        return report
    }

    /// A batch and the engine's answer.
    private struct StoredBatch: Sendable {
        var batch: LineBatch
        var results: Result<[DecisionResult], EngineError>
    }

    /// The report, kept up with the one batch that is on its way.
    private struct InFlight {
        var report: LineReport

        mutating func settle(_ group: inout TaskGroup<StoredBatch>) async throws(EngineError) {
            guard let stored = await group.next() else { return }
            stored.batch.settle(try stored.results.get(), in: &report)
        }
    }

    private func readBatches(
        of body: DecodedBody,
        reader: LineReader,
        _ submit: (LineBatch) async throws -> Void
    ) async throws {
        var body = body
        var splitter = LineSplitter(lineBytesMax: reader.kind.lineBytesMax)
        var batch = LineBatch()
        while let piece = try await body.next() {
            guard !isStopping() else { throw EngineError(.shuttingDown, "the server is stopping") }
            splitter.append(piece) { reader.read($1, number: $0, into: &batch) }
            guard batch.isFull else { continue }
            try await submit(batch)
            batch = LineBatch()
        }
        splitter.finish { reader.read($1, number: $0, into: &batch) }
        if !batch.isEmpty { try await submit(batch) }
    }

    private func store(_ batch: LineBatch, mayWait: Bool) async -> StoredBatch {
        do throws(EngineError) {
            return StoredBatch(batch: batch, results: .success(try await ingest(batch.messages, mayWait: mayWait)))
        } catch {
            return StoredBatch(batch: batch, results: .failure(error))
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

extension LineSplitter {
    /// Takes the next bytes of a body.
    mutating func append(_ piece: ByteBuffer, _ report: (Int, Line) -> Void) {
        piece.readableBytesView.withUnsafeBytes { bytes in
            append(bytes.assumingMemoryBound(to: UInt8.self), report)
        }
    }
}
