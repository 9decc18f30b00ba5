import Kinesis

/// Registering consumers for enhanced fan-out.
extension KinesisService {
    func registerConsumer(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = StreamReference(name: nil, arn: try request.string("StreamARN"))
        let name = try request.string("ConsumerName")
        let tags = try request.texts("Tags") ?? []
        var validation = Validation()
        validation.require(reference.arn != nil, "streamARN")
        reference.validate(&validation)
        validation.require(name != nil, "consumerName")
        validation.name(name, "consumerName")
        Self.validate(tags, &validation)
        try validation.check()
        if tags.count > LocalLimits.tagsMax { throw Self.tooManyTags }

        let cell = try liveStream(reference, now: now)
        let transition = registry.transition
        let consumer = StreamConsumer(
            name: name ?? "",
            createdAt: now,
            tags: Dictionary(tags, uniquingKeysWith: { $1 }),
            phase: transition > 0 ? .creating(until: now + transition) : .active
        )
        let refusal = cell.withState { stream -> ServiceError? in
            let account = configuration.accountID
            if stream.consumers.contains(where: { $0.name == consumer.name }) {
                return ServiceError(
                    .resourceInUse,
                    "Consumer \(consumer.name) under stream \(stream.name) already exists for account \(account)."
                )
            }
            let creating = stream.consumers.filter { $0.status == "CREATING" }.count
            guard stream.consumers.count < LocalLimits.consumersMax, creating < LocalLimits.consumersCreatingMax else {
                return ServiceError(
                    .limitExceeded,
                    "Stream \(stream.name) under account \(account) has \(stream.consumers.count) consumers, of which "
                        + "\(creating) are being created. Limits: \(LocalLimits.consumersMax) and "
                        + "\(LocalLimits.consumersCreatingMax)."
                )
            }
            stream.consumers.append(consumer)
            return nil
        }
        if let refusal { throw refusal }
        // The service answers before the consumer is active.
        var members = summary(of: consumer, stream: cell.name)
        members = members.map { $0.0 == "ConsumerStatus" ? ($0.0, "CREATING") : $0 }
        return ["Consumer": .map(members)]
    }

    func deregisterConsumer(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try consumerReference(request)
        let (cell, consumer) = try self.consumer(reference, now: now)
        let transition = registry.transition
        cell.withState { stream in
            guard let index = stream.consumers.firstIndex(where: { $0.name == consumer.name }) else { return }
            if transition > 0 {
                stream.consumers[index].phase = .deleting(until: now + transition)
            } else {
                stream.consumers.remove(at: index)
            }
        }
        return nil
    }

    func describeConsumer(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let (cell, consumer) = try self.consumer(try consumerReference(request), now: now)
        var members = summary(of: consumer, stream: cell.name)
        members.append(("StreamARN", .string(arn(cell.name))))
        return ["ConsumerDescription": .map(members)]
    }

    func listConsumers(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = StreamReference(name: nil, arn: try request.string("StreamARN"))
        let token = try request.string("NextToken")
        let limit = try request.integer("MaxResults")
        let createdAt = try request.timestamp("StreamCreationTimestamp")
        var validation = Validation()
        validation.require(reference.arn != nil, "streamARN")
        reference.validate(&validation)
        validation.length(token, 1...1_048_576, "nextToken")
        validation.range(limit, 1...10_000, "maxResults")
        try validation.check()
        if token != nil, createdAt != nil {
            throw ServiceError(.invalidArgument, "NextToken and StreamCreationTimestamp cannot be provided together.")
        }

        let cell = try stream(reference, createdAt: createdAt, now: now)
        let after = try token.map { token throws(ServiceError) in try openPage(token, .consumerPage, now: now) }
        let consumers = cell.withState(\.consumers)
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            .filter { consumer in after.map { $0.utf8.lexicographicallyPrecedes(consumer.name.utf8) } ?? true }
        let listed = consumers.prefix(Int(limit ?? 100))
        var members: [(String, WireValue)] = [
            ("Consumers", .array(listed.map { .map(summary(of: $0, stream: cell.name)) }))
        ]
        if listed.count < consumers.count, let last = listed.last {
            members.append(("NextToken", .string(page(.consumerPage, after: last.name, now: now))))
        }
        return .map(members)
    }

    private func consumerReference(_ request: RequestReader) throws(ServiceError) -> ConsumerReference {
        let reference = try ConsumerReference(request)
        var validation = Validation()
        reference.validate(&validation)
        try validation.check()
        return reference
    }

    /// The consumer, in whatever phase of its life.
    func consumer(
        _ reference: ConsumerReference,
        now: Int64
    ) throws(ServiceError) -> (StreamCell, StreamConsumer) {
        let wanted = try reference.resolve()
        let cell = try anyStream(StreamReference(name: wanted.stream, arn: nil), now: now)
        let found = cell.withState(\.consumers).first { consumer in
            consumer.name == wanted.name && wanted.createdSeconds.map { $0 == consumer.createdAt / 1000 } ?? true
        }
        guard let found else {
            throw ServiceError(
                .resourceNotFound,
                "Consumer \(wanted.name), stream \(wanted.stream) under account \(configuration.accountID) not found."
            )
        }
        return (cell, found)
    }

    func consumerARN(_ consumer: StreamConsumer, stream: String) -> String {
        arn(stream) + consumer.arnSuffix
    }

    private func summary(of consumer: StreamConsumer, stream: String) -> [(String, WireValue)] {
        [
            ("ConsumerName", .string(consumer.name)),
            ("ConsumerARN", .string(consumerARN(consumer, stream: stream))),
            ("ConsumerStatus", .string(consumer.status)),
            ("ConsumerCreationTimestamp", .timestamp(milliseconds: consumer.createdAt)),
        ]
    }
}
