import Kinesis

/// Answers the operations of the service over the streams of one account; knows no sockets and no clock.
final class KinesisService: Sendable {
    let configuration: KinesisLocalServer.Configuration
    let registry: StreamRegistry
    let dice: FaultDice
    let seal = TokenSeal()

    init(_ configuration: KinesisLocalServer.Configuration) {
        self.configuration = configuration
        registry = StreamRegistry(configuration)
        dice = FaultDice(configuration.faults)
    }

    /// An answer that the shell sends with status 200.
    struct Answer: Equatable, Sendable {
        /// The encoded document; nothing for operations without output.
        var body: [UInt8] = []
        /// Close the connection instead of answering.
        var dropsConnection = false
    }

    /// Does one operation.
    ///
    /// - Parameters:
    ///   - operation: What to do.
    ///   - body: The request's document.
    ///   - wire: The encoding of the document and the answer.
    ///   - now: Epoch milliseconds.
    /// - Returns: The answer.
    /// - Throws: The service's refusal; nothing was changed then.
    func answer(
        _ operation: Operation,
        body: UnsafeRawBufferPointer,
        wire: KinesisWire,
        now: Int64
    ) throws(ServiceError) -> Answer {
        if operation == .putRecords { return try putRecords(body, wire: wire, now: now) }
        let request = try RequestReader(Self.decode(body, wire: wire), wire: wire)
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
        case .deleteStream: return try deleteStream(request, now: now)
        case .describeLimits: return describeLimits(now: now)
        case .describeStream: return try describeStream(request, now: now)
        case .describeStreamSummary: return try describeStreamSummary(request, now: now)
        case .getRecords: return try getRecords(request, now: now)
        case .getShardIterator: return try getShardIterator(request, now: now)
        case .listShards: return try listShards(request, now: now)
        case .listStreams: return try listStreams(request, now: now)
        case .listTagsForStream: return try listTagsForStream(request, now: now)
        case .removeTagsFromStream: return try removeTagsFromStream(request, now: now)
        case .putRecord, .putRecords: preconditionFailure("puts are answered on their own path")
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

    /// The stream, if its records can be written and read.
    func liveStream(_ reference: StreamReference, now: Int64) throws(ServiceError) -> StreamCell {
        let cell = try anyStream(reference, now: now)
        guard cell.withState({ $0.phase == .active }) else { throw notFound(cell.name) }
        return cell
    }

    func arn(_ name: String) -> String {
        "arn:aws:kinesis:\(configuration.region):\(configuration.accountID):stream/\(name)"
    }
}
