import Kinesis

/// Answers the operations of the service over the streams of one account; knows no sockets and no clock.
final class KinesisService: Sendable {
    let configuration: KinesisLocalServer.Configuration
    let registry: StreamRegistry
    let dice: FaultDice
    let player = ScenarioPlayer()
    let subscriptions = SubscriptionTable()
    let seal = TokenSeal()

    init(_ configuration: KinesisLocalServer.Configuration) {
        self.configuration = configuration
        registry = StreamRegistry(configuration)
        dice = FaultDice(configuration.faults)
    }

    /// An answer that the shell sends with status 200.
    struct Answer: Sendable {
        /// The encoded document; nothing for operations without output.
        var body: [UInt8] = []
        /// What follows instead of a document.
        var subscription: Subscription?
        var delivery = Delivery.sent
        /// How long the answer is held back.
        var latency = Duration.zero
        /// How fast it is written; nil is at once.
        var bytesPerSecond: Int?
    }

    /// Whether an answer reaches whoever asked.
    enum Delivery: Equatable, Sendable {
        case sent
        /// The connection is closed instead.
        case dropped
        /// Nothing is sent, and the connection stays.
        case hung
    }

    /// Does one operation, or what the faults in force do in its place.
    ///
    /// - Parameters:
    ///   - operation: What to do.
    ///   - body: The request's document.
    ///   - wire: The encoding of the document and the answer.
    ///   - now: Epoch milliseconds.
    /// - Returns: The answer.
    /// - Throws: The service's refusal; nothing was changed then, unless a fault is about just that.
    func answer(
        _ operation: Operation,
        body: UnsafeRawBufferPointer,
        wire: KinesisWire,
        now: Int64
    ) throws(ServiceError) -> Answer {
        let faults = dice.decide(operation, now: now)
        if let draw = faults.resharding { reshard(draw, now: now) }
        switch faults.before {
        case .refused(let error): throw error
        case .dropped: return Answer(delivery: .dropped)
        case .hung: return Answer(delivery: .hung)
        case nil: break
        }
        var answer = try perform(operation, body: body, wire: wire, now: now)
        answer.latency = faults.latency
        answer.bytesPerSecond = faults.answerBytesPerSecond
        switch faults.after {
        case .refused(let error): throw error
        case .dropped: answer.delivery = .dropped
        case .hung: answer.delivery = .hung
        case nil: break
        }
        return answer
    }

    private func perform(
        _ operation: Operation,
        body: UnsafeRawBufferPointer,
        wire: KinesisWire,
        now: Int64
    ) throws(ServiceError) -> Answer {
        if operation == .putRecords { return try putRecords(body, wire: wire, now: now) }
        let request = try RequestReader(Self.decode(body, wire: wire), wire: wire)
        if operation == .subscribeToShard { return Answer(subscription: try subscribe(request, now: now)) }
        if operation == .putRecord { return try putRecord(request, now: now) }
        guard let output = try output(operation, request, now: now) else { return Answer() }
        return Answer(body: wire.encode(output))
    }

    private func output(
        _ operation: Operation,
        _ request: RequestReader,
        now: Int64
    ) throws(ServiceError) -> WireValue? {
        switch operation {
        case .addTagsToStream: return try addTagsToStream(request, now: now)
        case .createStream: return try createStream(request, now: now)
        case .decreaseStreamRetentionPeriod: return try decreaseRetention(request, now: now)
        case .deleteStream: return try deleteStream(request, now: now)
        case .deregisterStreamConsumer: return try deregisterConsumer(request, now: now)
        case .describeLimits: return describeLimits(now: now)
        case .describeStream: return try describeStream(request, now: now)
        case .describeStreamConsumer: return try describeConsumer(request, now: now)
        case .describeStreamSummary: return try describeStreamSummary(request, now: now)
        case .disableEnhancedMonitoring: return try disableMonitoring(request, now: now)
        case .enableEnhancedMonitoring: return try enableMonitoring(request, now: now)
        case .getRecords: return try getRecords(request, now: now)
        case .getShardIterator: return try getShardIterator(request, now: now)
        case .increaseStreamRetentionPeriod: return try increaseRetention(request, now: now)
        case .listShards: return try listShards(request, now: now)
        case .listStreamConsumers: return try listConsumers(request, now: now)
        case .listStreams: return try listStreams(request, now: now)
        case .listTagsForResource: return try listTagsForResource(request, now: now)
        case .listTagsForStream: return try listTagsForStream(request, now: now)
        case .mergeShards: return try mergeShards(request, now: now)
        case .registerStreamConsumer: return try registerConsumer(request, now: now)
        case .removeTagsFromStream: return try removeTagsFromStream(request, now: now)
        case .splitShard: return try splitShard(request, now: now)
        case .startStreamEncryption: return try startEncryption(request, now: now)
        case .stopStreamEncryption: return try stopEncryption(request, now: now)
        case .tagResource: return try tagResource(request, now: now)
        case .untagResource: return try untagResource(request, now: now)
        case .updateMaxRecordSize: return try updateMaxRecordSize(request, now: now)
        case .updateShardCount: return try updateShardCount(request, now: now)
        case .updateStreamMode: return try updateStreamMode(request, now: now)
        case .updateStreamWarmThroughput: return try updateWarmThroughput(request, now: now)
        case .putRecord, .putRecords, .subscribeToShard:
            preconditionFailure("\(operation.rawValue) is answered on its own path")
        }
    }

    static func decode(_ body: UnsafeRawBufferPointer, wire: KinesisWire) throws(ServiceError) -> WireValue {
        do throws(WireError) {
            return try wire.decode(Array(body))
        } catch {
            throw ServiceError(.serialization, "The body could not be read as \(wire.contentType). \(error)")
        }
    }

    // MARK: Streams by reference

    func notFound(_ name: String) -> ServiceError {
        ServiceError(.resourceNotFound, "Stream \(name) under account \(configuration.accountID) not found.")
    }

    /// The stream in whatever phase of its life.
    func anyStream(_ reference: StreamReference, now: Int64) throws(ServiceError) -> StreamCell {
        let name = try reference.resolve()
        guard let cell = registry.cell(name, now: now) else { throw notFound(name) }
        return cell
    }

    /// The stream that was created at that time, to the second, since clients cut the rest off; any one if no time is given.
    func stream(_ reference: StreamReference, createdAt: Int64?, now: Int64) throws(ServiceError) -> StreamCell {
        let cell = try anyStream(reference, now: now)
        if let createdAt, cell.withState(\.createdAt) / 1000 != createdAt / 1000 {
            throw ServiceError(
                .resourceNotFound,
                "Stream \(cell.name) under account \(configuration.accountID) with creation timestamp "
                    + "\(UTCDate(milliseconds: createdAt).longText) not found."
            )
        }
        return cell
    }

    /// The stream, if its records can be written and read.
    func liveStream(_ reference: StreamReference, now: Int64) throws(ServiceError) -> StreamCell {
        let cell = try anyStream(reference, now: now)
        guard cell.withState(\.isLive) else { throw notFound(cell.name) }
        return cell
    }

    func arn(_ name: String) -> String {
        "arn:aws:kinesis:\(configuration.region):\(configuration.accountID):stream/\(name)"
    }
}
