import Kinesis

/// What a consumer that subscribed to a shard is sent: an answer to begin with, then events until the shard or five minutes end.
struct Subscription: Sendable {
    let service: KinesisService
    let key: SubscriptionTable.Key
    /// Its number among all subscriptions.
    let number: UInt64
    let consumer: ConsumerReference
    let stream: String
    let incarnation: UInt64
    let wire: KinesisWire
    let startedAt: Int64
    /// The index in the shard of the next record.
    var index: UInt64
    /// When the last event was made; nil before the first.
    private var sentAt: Int64?

    init(
        service: KinesisService,
        key: SubscriptionTable.Key,
        number: UInt64,
        consumer: ConsumerReference,
        stream: String,
        incarnation: UInt64,
        wire: KinesisWire,
        startedAt: Int64,
        index: UInt64
    ) {
        self.service = service
        self.key = key
        self.number = number
        self.consumer = consumer
        self.stream = stream
        self.incarnation = incarnation
        self.wire = wire
        self.startedAt = startedAt
        self.index = index
    }

    /// What is to be sent now.
    struct Part: Equatable, Sendable {
        var messages: [UInt8] = []
        /// Whether nothing follows.
        var isLast = false
    }

    /// The message that says that the subscription stands.
    var opening: [UInt8] {
        EventStream.message(
            headers: [
                (":message-type", "event"), (":event-type", "initial-response"), (":content-type", wire.contentType),
            ],
            payload: wire.encode(.map([]))
        )
    }

    /// Reads on.
    mutating func next(now: Int64) -> Part {
        service.advance(now: now)
        guard now - startedAt < LocalLimits.subscriptionLifetime else { return Part(isLast: true) }
        guard service.subscriptions.isCurrent(number, key) else {
            return failure(
                ServiceError(.resourceInUse, "Another subscription of this consumer has taken the shard over.")
            )
        }
        guard let cell = service.registry.cell(stream, now: now),
            cell.withState({ $0.isLive && $0.incarnation == incarnation })
        else { return failure(service.notFound(stream)) }
        do throws(ServiceError) {
            _ = try service.consumer(consumer, now: now)
        } catch {
            return failure(error)
        }
        return read(cell, now: now)
    }

    private mutating func read(_ cell: StreamCell, now: Int64) -> Part {
        let (shard, index) = (key.shard, index)
        let (read, children, number) = cell.withState { stream in
            stream.trim(now: now)
            let read = stream.map[shard].read(
                from: index,
                limit: LocalLimits.recordsPerReadMax,
                bytesMax: LocalLimits.eventBytesMax,
                now: now
            )
            return (
                read, read.isAtEnd ? KinesisService.children(of: shard, in: stream) : nil,
                stream.map[shard].number(before: read.nextIndex)
            )
        }
        let isDue = sentAt.map { now - $0 >= LocalLimits.eventPauseMax } ?? true
        guard !read.records.isEmpty || children != nil || isDue else { return Part() }
        self.index = read.nextIndex
        sentAt = now
        var members: [(String, WireValue)] = [
            ("Records", .array(read.records.map(KinesisService.recordValue))),
            ("MillisBehindLatest", .integer(read.millisecondsBehind)),
        ]
        // There is nothing to go on from at the end of a shard.
        members.append(
            children.map { ("ChildShards", $0) } ?? ("ContinuationSequenceNumber", .string(number.description))
        )
        let message = EventStream.message(
            headers: [
                (":message-type", "event"), (":event-type", "SubscribeToShardEvent"),
                (":content-type", wire.contentType),
            ],
            payload: wire.encode(.map(members))
        )
        return Part(messages: message, isLast: children != nil)
    }

    private func failure(_ error: ServiceError) -> Part {
        let message = EventStream.message(
            headers: [
                (":message-type", "exception"), (":exception-type", error.code.name),
                (":content-type", wire.contentType),
            ],
            payload: wire.encode(["message": .string(error.message)])
        )
        return Part(messages: message, isLast: true)
    }
}
