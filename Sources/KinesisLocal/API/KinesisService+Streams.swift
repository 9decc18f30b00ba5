import Kinesis

/// Making, deleting and describing streams.
extension KinesisService {
    static let modes = ["PROVISIONED", "ON_DEMAND"]

    func createStream(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let name = try request.string("StreamName")
        let count = try request.integer("ShardCount")
        let mode = try request.structure("StreamModeDetails")?.string("StreamMode")
        let tags = try request.texts("Tags") ?? []
        let warmThroughput = try request.integer("WarmThroughputMiBps")
        let recordKiB = try request.integer("MaxRecordSizeInKiB")
        var validation = Validation()
        validation.require(name != nil, "streamName")
        validation.name(name, "streamName")
        validation.range(count, 1...Int64(Int32.max), "shardCount")
        validation.choice(mode, Self.modes, "streamModeDetails.streamMode")
        validation.range(warmThroughput, 0...Int64(Int32.max), "warmThroughputMiBps")
        validation.range(recordKiB, 1024...10240, "maxRecordSizeInKiB")
        Self.validate(tags, &validation)
        try validation.check()

        let streamMode = mode.flatMap(StreamState.Mode.init(rawValue:)) ?? .provisioned
        if streamMode == .onDemand, count != nil {
            throw ServiceError(.invalidArgument, "ShardCount must not be provided for a stream in ON_DEMAND mode.")
        }
        if tags.count > LocalLimits.tagsMax { throw Self.tooManyTags }
        let settings = StreamState.Settings(
            name: name ?? "",
            mode: streamMode,
            shardCount: streamMode == .onDemand
                ? LocalLimits.onDemandShards : Int(count ?? Int64(configuration.shardCount)),
            recordBytesMax: recordKiB.map { Int($0) * 1024 } ?? LocalLimits.recordBytesDefault,
            warmThroughput: warmThroughput,
            tags: Dictionary(tags, uniquingKeysWith: { $1 })
        )
        if let failure = registry.create(settings, now: now) { throw refusal(failure, settings) }
        return nil
    }

    private func refusal(_ failure: StreamRegistry.CreationFailure, _ settings: StreamState.Settings) -> ServiceError {
        switch failure {
        case .exists:
            return ServiceError(
                .resourceInUse,
                "Stream \(settings.name) under account \(configuration.accountID) already exists."
            )
        case .shardLimit(let current): return shardLimit(current: current, additional: settings.shardCount)
        case .onDemandLimit(let current): return onDemandLimit(current: current)
        }
    }

    func shardLimit(current: Int, additional: Int) -> ServiceError {
        ServiceError(
            .limitExceeded,
            "This request would exceed the shard limit for the account \(configuration.accountID) in "
                + "\(configuration.region). Current shard count for the account: \(current). "
                + "Limit: \(configuration.shardsMax). "
                + "Number of additional shards that would have resulted from this request: \(additional). "
                + "Refer to the AWS Service Limits page "
                + "(https://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) "
                + "for current limits and how to request higher limits."
        )
    }

    func onDemandLimit(current: Int) -> ServiceError {
        ServiceError(
            .limitExceeded,
            "This request would exceed the on-demand stream limit for the account \(configuration.accountID) in "
                + "\(configuration.region). Current on-demand stream count for the account: \(current). "
                + "Limit: \(LocalLimits.onDemandStreamsMax)."
        )
    }

    func deleteStream(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let withConsumers = try request.bool("EnforceConsumerDeletion") ?? false
        var validation = Validation()
        reference.validate(&validation)
        try validation.check()

        let cell = try anyStream(reference, now: now)
        guard withConsumers || cell.withState(\.consumers.isEmpty) else {
            throw ServiceError(
                .resourceInUse,
                "Stream \(cell.name) under account \(configuration.accountID) has registered consumers. Deregister them, "
                    + "or set EnforceConsumerDeletion."
            )
        }
        guard registry.delete(cell.name, now: now) else { throw notFound(cell.name) }
        return nil
    }

    func listStreams(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let limit = try request.integer("Limit")
        let startName = try request.string("ExclusiveStartStreamName")
        let token = try request.string("NextToken")
        var validation = Validation()
        validation.range(limit, 1...10_000, "limit")
        validation.name(startName, "exclusiveStartStreamName")
        validation.length(token, 1...1_048_576, "nextToken")
        try validation.check()

        var start = startName
        if let token {
            guard startName == nil else {
                throw ServiceError(
                    .invalidArgument,
                    "NextToken and ExclusiveStartStreamName cannot be provided together."
                )
            }
            start = try openPage(token, .streamPage, now: now)
        }
        let names = registry.all(now: now).filter { cell in
            start.map { $0.utf8.lexicographicallyPrecedes(cell.name.utf8) } ?? true
        }
        let listed = names.prefix(Int(limit ?? 100))
        var members: [(String, WireValue)] = [
            ("StreamNames", .array(listed.map { .string($0.name) })),
            ("HasMoreStreams", .bool(listed.count < names.count)),
            ("StreamSummaries", .array(listed.map(streamSummary))),
        ]
        if listed.count < names.count, let last = listed.last {
            members.append(("NextToken", .string(page(.streamPage, after: last.name, now: now))))
        }
        return .map(members)
    }

    private func streamSummary(_ cell: StreamCell) -> WireValue {
        cell.withState { stream in
            .map([
                ("StreamName", .string(stream.name)),
                ("StreamARN", .string(arn(stream.name))),
                ("StreamStatus", .string(stream.status)),
                ("StreamModeDetails", ["StreamMode": .string(stream.mode.rawValue)]),
                ("StreamCreationTimestamp", .timestamp(milliseconds: stream.createdAt)),
            ])
        }
    }

    func describeStreamSummary(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        var validation = Validation()
        reference.validate(&validation)
        try validation.check()

        let cell = try anyStream(reference, now: now)
        let summary = cell.withState { stream in
            var members = description(of: stream)
            members.append(("OpenShardCount", .integer(Int64(stream.openShardCount))))
            members.append(("ConsumerCount", .integer(Int64(stream.consumers.count))))
            members.append(("MaxRecordSizeInKiB", .integer(Int64(stream.recordBytesMax / 1024))))
            if let throughput = stream.warmThroughput {
                let value = WireValue.integer(throughput)
                members.append(("WarmThroughput", ["TargetMiBps": value, "CurrentMiBps": value]))
            }
            return WireValue.map(members)
        }
        return ["StreamDescriptionSummary": summary]
    }

    /// The members that DescribeStream and DescribeStreamSummary share.
    func description(of stream: StreamState) -> [(String, WireValue)] {
        [
            ("StreamName", .string(stream.name)),
            ("StreamARN", .string(arn(stream.name))),
            ("StreamStatus", .string(stream.status)),
            ("StreamModeDetails", ["StreamMode": .string(stream.mode.rawValue)]),
            ("RetentionPeriodHours", .integer(stream.retention.age / 3_600_000)),
            ("StreamCreationTimestamp", .timestamp(milliseconds: stream.createdAt)),
            ("EnhancedMonitoring", [["ShardLevelMetrics": .array(stream.shardMetrics.map { .string($0) })]]),
            ("EncryptionType", .string(Self.encryptionType(stream.encryptionKey != nil))),
        ] + (stream.encryptionKey.map { [("KeyId", .string($0))] } ?? [])
    }

    static func encryptionType(_ isEncrypted: Bool) -> String { isEncrypted ? "KMS" : "NONE" }

    func describeLimits(now: Int64) -> WireValue {
        let usage = registry.usage(now: now)
        return [
            "ShardLimit": .integer(Int64(configuration.shardsMax)),
            "OpenShardCount": .integer(Int64(usage.shards)),
            "OnDemandStreamCount": .integer(Int64(usage.onDemandStreams)),
            "OnDemandStreamCountLimit": .integer(Int64(LocalLimits.onDemandStreamsMax)),
        ]
    }

    // MARK: Paging

    func page(_ purpose: TokenSeal.Purpose, after text: String, now: Int64) -> String {
        seal.token(purpose, numbers: [UInt64(bitPattern: now)], text: text)
    }

    /// Opens a paging token.
    func openPage(_ token: String, _ purpose: TokenSeal.Purpose, now: Int64) throws(ServiceError) -> String {
        guard let (numbers, text) = seal.open(token, as: purpose, numbers: 1) else {
            throw ServiceError(.invalidArgument, "NextToken is invalid.")
        }
        guard now - Int64(bitPattern: numbers[0]) <= LocalLimits.pagingTokenLifetime else {
            throw ServiceError(.expiredNextToken, "NextToken expired; tokens live for 300 seconds.")
        }
        return text
    }
}

extension StreamState {
    /// The status as the API spells it.
    var status: String {
        switch phase {
        case .creating: "CREATING"
        case .active: "ACTIVE"
        case .updating: "UPDATING"
        case .deleting: "DELETING"
        }
    }

    /// The shards as a description shows them: none before the stream is there, and none whose records are all too old.
    func visibleShards(now: Int64) -> [Shard] {
        if case .creating = phase { return [] }
        return shards.filter { isKept($0, now: now) }
    }

    /// Whether a shard is open, or was closed so lately that its records are not all too old.
    func isKept(_ shard: Shard, now: Int64) -> Bool {
        shard.closing.map { $0.at > now - retention.age } ?? true
    }

    var openShardCount: Int {
        if case .creating = phase { 0 } else { map.openCount }
    }
}
