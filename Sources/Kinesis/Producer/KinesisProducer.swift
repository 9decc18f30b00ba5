public import Logging
import NIOCore
import Synchronization

/// Writes records to one stream: in order per ordering key, many requests at a time, retried until they are settled.
///
/// At most one record of an ordering key is on its way at any time; what fails goes again before anything later of its key.
/// Failed requests and lost connections are retried after random, growing delays, throttled records at the pace that their shard
/// takes, without limit unless ``ProducerOptions/attemptsMax`` says otherwise. Which shards there are is asked of the service; a
/// key that may not ask is paced by what is throttled alone. A client's CBOR is given up for JSON when the first answers say that
/// the endpoint does not take it. When the fate of a request is unknown its records are sent again, and later
/// records of their keys wait until the request timeout and ``ProducerOptions/ambiguityGuard`` have passed since it was sent:
/// the stream may then hold a record twice, but a late copy does not follow a newer record unless the service commits it even
/// later than that. Such a record is settled only when its hold is over, so that whoever remembers unsettled records can keep
/// the order over the end of a producer: by waiting for ``landing`` after ``close(within:)``, or for ``landingTime(requestTimeout:options:)`` when the
/// process died.
///
/// ```swift
/// let producer = KinesisProducer(client: client, stream: stream, logger: logger)
/// async let serving: Void = producer.run()
/// await producer.submit(records)
/// while let settlements = await producer.nextSettlements() { … }
/// ```
public final class KinesisProducer: Sendable {
    /// The stream that records go to.
    public let stream: StreamReference

    /// A question may take so long; records do not wait for it.
    private static let questionTimeout = Duration.seconds(5)

    private let client: KinesisClient
    private let logger: Logger
    private let eventLoop: any EventLoop
    private let submitterIDs = Atomic<Int>(0)
    private let options: ProducerOptions
    private let willSend: @Sendable () throws -> Void
    private let tracing: (any RecordTracing)?
    private let recalls: (any RecordRecalls)?
    private let state: Mutex<ProducerState>

    /// Creates a producer; nothing is sent before ``run()``.
    ///
    /// - Parameters:
    ///   - client: Sends the requests; may be shared.
    ///   - stream: The stream that records go to.
    ///   - options: Limits and times.
    ///   - willSend: Called before every request; when it throws, the request is not sent and tried again later.
    ///   - tracing: Knows of which traces records are part; nil = of none.
    ///   - recalls: Knows what must not be sent any more; nil = nothing.
    ///   - logger: Told of failing requests (debug), of an encoding that is not taken (warning) and of the destination's failure
    ///     (error); never of a record's content.
    public init(
        client: KinesisClient,
        stream: StreamReference,
        options: ProducerOptions = ProducerOptions(),
        willSend: @escaping @Sendable () throws -> Void = {},
        tracing: (any RecordTracing)? = nil,
        recalls: (any RecordRecalls)? = nil,
        logger: Logger
    ) {
        self.client = client
        self.stream = stream
        self.options = options
        self.willSend = willSend
        self.tracing = tracing
        self.recalls = recalls
        eventLoop = client.eventLoopGroup.next()
        var logger = logger
        logger[metadataKey: "kinesis.stream"] = "\(stream.name)"
        self.logger = logger
        var generator = SystemRandomNumberGenerator()
        var machine = ProducerStateMachine(
            options: options,
            requestTimeout: client.requestTimeout,
            wire: client.wire,
            seed: generator.next()
        )
        machine.recalls = recalls
        state = Mutex(ProducerState(machine: machine))
    }

    /// What the producer did so far and what it holds.
    public var statistics: ProducerStatistics { state.withLock { $0.statistics } }

    /// Why requests go as JSON although the client's ``KinesisClient/wire`` is another: the endpoint does not take it.
    ///
    /// Nil while it does.
    public var wireRefusal: KinesisError? { state.withLock { $0.machine.wires.refusal } }

    /// How much longer a copy of a record that was not settled may still reach the stream, once the producer is closed.
    public var landing: Duration { state.withLock { $0.machine.landing(now: Self.now).duration } }

    // MARK: Records in, outcomes out

    /// Hands records over, in order; returns when bounded memory has taken them all.
    ///
    /// Records of one ordering key must come from one task at a time, or nothing says which is first.
    ///
    /// - Parameter records: The records, in order.
    /// - Returns: How many were taken, from the front: fewer than given only if the producer was closed or the task cancelled
    ///   meanwhile. Each taken record is settled exactly once, unless the producer ends before.
    @discardableResult
    public func submit(_ records: [KinesisRecord]) async -> Int {
        let hashes = records.map { HashKey.prefix($0.partitionKey) }
        var taken = 0
        while true {
            taken += update { state, now in state.take(records, hashes: hashes, taken..<records.count, now: now) }
            guard taken < records.count, await waitForRoom() else { return taken }
        }
    }

    /// All outcomes known and not yet taken; waits for at least one.
    ///
    /// Changes of the condition are passed over.
    ///
    /// - Returns: What ``nextEvent()`` would give next of outcomes; nil when that gives nil.
    public func nextSettlements() async -> [Settlement]? {
        while let event = await nextEvent() {
            if case .settlements(let settlements) = event { return settlements }
        }
        return nil
    }

    /// A change of the condition, or all outcomes known and not yet taken; waits for something to tell.
    ///
    /// One consumer at a time. Outcomes that are not taken count against the producer's memory, so that a consumer that stops also stops
    /// ``submit(_:)``.
    ///
    /// - Returns: The event; nil once the producer has ended and everything was taken, or when the task is cancelled while it
    ///   waits.
    public func nextEvent() async -> ProducerEvent? {
        await withTaskCancellationHandler {
            let event = await withCheckedContinuation { continuation in
                state.withLock { state in
                    state.nextEvent(continuation)
                    // The handler may have run before there was anybody to wake.
                    if Task.isCancelled { state.stopWaitingForEvents() }
                }
            }
            // Room for waiting submitters.
            if event != nil { update { _, _ in } }
            return event
        } onCancel: {
            state.withLock { $0.stopWaitingForEvents() }
        }
    }

    /// Takes no more records, sends what is held without lingering, and ends the producer when all is settled or at the deadline.
    ///
    /// No request is begun that could last beyond the deadline. What is on its way is waited for in any case, at most as long as
    /// one request lasts, but not where nothing gets through: it is given up then, and may still arrive. A cancelled task makes the
    /// deadline be now. Then ``run()`` returns and ``nextEvent()`` gives what is
    /// left and ends. Records without an outcome by then have none; ``landing`` tells how long they may still arrive.
    ///
    /// - Parameter deadline: How long records may be sent and outcomes waited for.
    public func close(within deadline: Duration) async {
        update { state, now in state.close(until: now + Nanoseconds(deadline)) }
        await withTaskCancellationHandler {
            await ended()
        } onCancel: {
            update { state, now in state.close(until: now) }
        }
    }

    // MARK: Serving

    /// Sends requests until ``close(within:)`` has finished or the task is cancelled; to be called once.
    ///
    /// When it returns, no request is on its way any more.
    public func run() async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for _ in 0..<options.requestsMax {
                    group.addTask { await self.serve() }
                }
                group.addTask { await self.answerQuestions() }
                await ended()
                group.cancelAll()
            }
        } onCancel: {
            end()
        }
    }

    /// One of as many tasks as requests may be on their way: encodes, sends and reports one request after the other.
    private func serve() async {
        var body = ByteBuffer()
        var next = await nextRequest()
        while let request = next {
            body.clear()
            PutRecordsEncoder(stream: stream, wire: request.wire).encode(request.streamRecords, into: &body)
            let trace = trace(of: request)
            let outcome: Result<[RecordResult], KinesisError>
            do throws(KinesisError) {
                try prepareToSend()
                outcome = .success(
                    try await client.putRecords(
                        body,
                        count: request.records.count,
                        wire: request.wire,
                        traceparent: trace?.traceparent,
                        deadline: deadline(of: request)
                    ) { () throws(KinesisError) in
                        try refuseRecalled(request)
                    }
                )
            } catch {
                log(error, of: request, trace)
                outcome = .failure(error)
            }
            next = finish(request, outcome, trace)
            if next == nil { next = await nextRequest() }
        }
    }

    /// The task that asks the service about the stream, one question after the other, in JSON, which every endpoint takes.
    private func answerQuestions() async {
        while let question = await nextQuestion() {
            switch question {
            case .shards:
                let answer = await answer(to: "ListShards") { () async throws(KinesisError) in
                    try await client.openShards(of: stream, timeout: Self.questionTimeout, wire: .json)
                }
                update { state, now in state.machine.listedShards(answer, now: now) }
            case .recordLimit:
                let answer = await answer(to: "DescribeStreamSummary") { () async throws(KinesisError) in
                    try await client.summary(of: stream, timeout: Self.questionTimeout, wire: .json).recordBytesMax
                }
                update { state, now in state.machine.described(answer, now: now) }
            }
        }
    }

    private func answer<Answer: Sendable>(
        to operation: String,
        _ ask: () async throws(KinesisError) -> Answer
    ) async -> Result<Answer, KinesisError> {
        do throws(KinesisError) {
            return .success(try await ask())
        } catch {
            logger.debug(
                "Kinesis does not tell of the stream; records go on without",
                metadata: [
                    "kinesis.operation": "\(operation)", "kinesis.code": "\(error.code.rawValue)",
                    "kinesis.message": "\(error.message)", "kinesis.request.id": "\(error.requestID ?? "")",
                ]
            )
            return .failure(error)
        }
    }

    private func nextQuestion() async -> StreamQuestion? {
        await withCheckedContinuation { continuation in
            state.withLock { $0.nextQuestion(continuation) }
        }
    }

    /// Stops a request that waited so long that something in it was called back: it is decided anew.
    private func refuseRecalled(_ request: ProducerRequest) throws(KinesisError) {
        guard let recalls, !recalls.isEmpty, request.tokens.contains(where: recalls.contains) else { return }
        throw KinesisError(.notSent, "a record of the request was called back")
    }

    private func prepareToSend() throws(KinesisError) {
        do {
            try willSend()
        } catch {
            throw KinesisError(.notSent, "nothing is sent now: \(error)")
        }
    }

    /// Counted from when the request was decided, as the hold of its keys is, whatever came between.
    private func deadline(of request: ProducerRequest) -> NIODeadline {
        let nanoseconds = (request.sentAt + Nanoseconds(client.requestTimeout)).nanoseconds
        return .uptimeNanoseconds(UInt64(clamping: nanoseconds))
    }

    private func nextRequest() async -> ProducerRequest? {
        await withCheckedContinuation { continuation in
            state.withLock { $0.nextRequest(continuation) }
        }
    }

    // MARK: State

    /// Feeds events to the state and carries out what follows from them.
    @discardableResult
    private func update<Result>(_ events: (inout ProducerState, MonotonicTime) -> Result) -> Result {
        let (result, effects) = state.withLock { state in
            let now = Self.now
            let result = events(&state, now)
            return (result, state.act(now: now))
        }
        setTimer(effects)
        return result
    }

    /// Reports a request and takes the next one, if there is one already.
    private func finish(
        _ request: ProducerRequest,
        _ outcome: Result<[RecordResult], KinesisError>,
        _ trace: RequestTrace?
    ) -> ProducerRequest? {
        let effects = state.withLock { state in
            let now = Self.now
            switch outcome {
            case .success(let results): state.machine.completed(request, results: results, now: now)
            case .failure(let error): state.machine.failed(request, error: error, now: now)
            }
            return state.act(now: now, forFinishedSender: true)
        }
        setTimer(effects)
        if let refusal = effects.wireRefusal {
            logger.warning(
                "The endpoint does not take CBOR; requests go as JSON until the producer ends",
                metadata: ["kinesis.code": "\(refusal.code.rawValue)", "kinesis.message": "\(refusal.message)"]
            )
        }
        if let failure = effects.failure {
            logger.error(
                "Kinesis destination failed; nothing is sent until it is repaired",
                metadata: RequestTrace.metadata(
                    of: trace,
                    and: ["kinesis.code": "\(failure.code.rawValue)", "kinesis.message": "\(failure.message)"]
                )
            )
        }
        return effects.request
    }

    private func setTimer(_ effects: ProducerState.Effects) {
        guard let time = effects.timerAt else { return }
        let delay = TimeAmount.nanoseconds(max(0, time.nanoseconds - Self.now.nanoseconds))
        eventLoop.scheduleTask(in: delay) { [weak self] in
            _ = self?.update { state, _ in state.timerFired(at: time) }
        }
    }

    /// Returns false when no more will be taken: the producer was closed or the task cancelled.
    private func waitForRoom() async -> Bool {
        let id = submitterIDs.wrappingAdd(1, ordering: .relaxed).newValue
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    state.waitForRoom(id, continuation)
                    // The handler may have run before there was anybody to wake.
                    if Task.isCancelled { state.stopWaitingForRoom(id) }
                }
            }
        } onCancel: {
            state.withLock { $0.stopWaitingForRoom(id) }
        }
    }

    /// The traces of a request's records, told in the log; nil when there are none.
    private func trace(of request: ProducerRequest) -> RequestTrace? {
        guard let tracing, tracing.isTracing, let trace = tracing.trace(of: request.tokens) else { return nil }
        logger.debug(
            "PutRecords carries traced records",
            metadata: RequestTrace.metadata(of: trace, and: ["kinesis.records": "\(request.recordCount)"])
        )
        return trace
    }

    private func log(_ error: KinesisError, of request: ProducerRequest, _ trace: RequestTrace?) {
        logger.debug(
            "PutRecords failed",
            metadata: RequestTrace.metadata(
                of: trace,
                and: [
                    "kinesis.code": "\(error.code.rawValue)", "kinesis.records": "\(request.recordCount)",
                    "kinesis.retriable": "\(error.isRetriable)", "kinesis.ambiguous": "\(error.isAmbiguous)",
                    "kinesis.request.id": "\(error.requestID ?? "")",
                ]
            )
        )
    }

    private func ended() async {
        await withCheckedContinuation { continuation in
            state.withLock { $0.waitForEnd(continuation) }
        }
    }

    private func end() {
        state.withLock { $0.end(now: Self.now) }
    }

    private static var now: MonotonicTime {
        MonotonicTime(nanoseconds: Int64(NIODeadline.now().uptimeNanoseconds))
    }
}

extension KinesisProducer {
    /// How long after a process died a record that it sent may still reach the stream.
    ///
    /// - Parameters:
    ///   - requestTimeout: The client's.
    ///   - options: The producer's.
    /// - Returns: The longest request and the guard.
    public static func landingTime(requestTimeout: Duration, options: ProducerOptions = ProducerOptions()) -> Duration {
        requestTimeout + options.ambiguityGuard
    }
}
