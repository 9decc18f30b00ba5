import Kinesis

/// Changing what a stream is like.
extension KinesisService {
    // MARK: Retention

    func increaseRetention(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        try setRetention(request, now: now) { wanted, present in
            wanted < present
                ? "shorter than existing retention period (\(present) hours). Use DecreaseRetentionPeriod API." : nil
        }
    }

    func decreaseRetention(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        try setRetention(request, now: now) { wanted, present in
            wanted > present
                ? "longer than existing retention period (\(present) hours). Use IncreaseRetentionPeriod API." : nil
        }
    }

    private func setRetention(
        _ request: RequestReader,
        now: Int64,
        refusal: (Int64, Int64) -> String?
    ) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let hours = try request.integer("RetentionPeriodHours")
        var validation = Validation()
        validation.require(hours != nil, "retentionPeriodHours")
        reference.validate(&validation)
        try validation.check()

        let cell = try anyStream(reference, now: now)
        let wanted = hours ?? LocalLimits.retentionHours.lowerBound
        if wanted < LocalLimits.retentionHours.lowerBound {
            throw ServiceError(
                .invalidArgument,
                "Minimum allowed retention period is \(LocalLimits.retentionHours.lowerBound) hours. "
                    + "Requested retention period (\(wanted) hours) is too short."
            )
        }
        if wanted > LocalLimits.retentionHours.upperBound {
            throw ServiceError(
                .invalidArgument,
                "Maximum allowed retention period is \(LocalLimits.retentionHours.upperBound) hours. "
                    + "Requested retention period (\(wanted) hours) is too long."
            )
        }
        if let refusal = refusal(wanted, cell.withState(\.retention.age) / 3_600_000) {
            throw ServiceError(
                .invalidArgument,
                "Requested retention period (\(wanted) hours) for stream \(cell.name) can not be \(refusal)"
            )
        }
        try update(cell, now: now) { $0.retention.age = wanted * 3_600_000 }
        return nil
    }

    // MARK: Capacity

    func updateStreamMode(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let mode = try request.structure("StreamModeDetails")?.string("StreamMode")
        let throughput = try request.integer("WarmThroughputMiBps")
        var validation = Validation()
        validation.require(reference.arn != nil, "streamARN")
        reference.validate(&validation)
        validation.require(mode != nil, "streamModeDetails.streamMode")
        validation.choice(mode, Self.modes, "streamModeDetails.streamMode")
        validation.range(throughput, 0...Int64(Int32.max), "warmThroughputMiBps")
        try validation.check()

        let cell = try anyStream(reference, now: now)
        let wanted = mode.flatMap(StreamState.Mode.init(rawValue:)) ?? .provisioned
        if cell.withState(\.mode) != wanted {
            let usage = registry.usage(now: now)
            let open = cell.withState(\.map.openCount)
            if wanted == .onDemand, usage.onDemandStreams >= LocalLimits.onDemandStreamsMax {
                throw onDemandLimit(current: usage.onDemandStreams)
            }
            if wanted == .provisioned, usage.shards + open > configuration.shardsMax {
                throw shardLimit(current: usage.shards, additional: open)
            }
        }
        try update(cell, now: now) { stream in
            stream.mode = wanted
            stream.warmThroughput = throughput ?? stream.warmThroughput
        }
        return nil
    }

    func updateWarmThroughput(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let throughput = try request.integer("WarmThroughputMiBps")
        var validation = Validation()
        reference.validate(&validation)
        validation.require(throughput != nil, "warmThroughputMiBps")
        validation.range(throughput, 0...Int64(Int32.max), "warmThroughputMiBps")
        try validation.check()

        let cell = try anyStream(reference, now: now)
        guard cell.withState(\.mode) == .onDemand else {
            throw ServiceError(
                .validation,
                "Request is invalid. Stream \(cell.name) under account \(configuration.accountID) is in Provisioned mode."
            )
        }
        try update(cell, now: now) { $0.warmThroughput = throughput }
        let value = WireValue.integer(throughput ?? 0)
        return [
            "StreamName": .string(cell.name), "StreamARN": .string(arn(cell.name)),
            "WarmThroughput": ["TargetMiBps": value, "CurrentMiBps": value],
        ]
    }

    func updateMaxRecordSize(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let size = try request.integer("MaxRecordSizeInKiB")
        var validation = Validation()
        reference.validate(&validation)
        validation.require(size != nil, "maxRecordSizeInKiB")
        validation.range(size, 1024...10240, "maxRecordSizeInKiB")
        try validation.check()

        try update(try anyStream(reference, now: now), now: now) { stream in
            stream.recordBytesMax = size.map { Int($0) * 1024 } ?? stream.recordBytesMax
        }
        return nil
    }

    // MARK: Encryption, in name only

    func startEncryption(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let (cell, key) = try encryption(request, now: now)
        try update(cell, now: now) { $0.encryptionKey = key }
        return nil
    }

    func stopEncryption(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        try update(try encryption(request, now: now).0, now: now) { $0.encryptionKey = nil }
        return nil
    }

    private func encryption(_ request: RequestReader, now: Int64) throws(ServiceError) -> (StreamCell, String?) {
        let reference = try StreamReference(request)
        let type = try request.string("EncryptionType")
        let key = try request.string("KeyId")
        var validation = Validation()
        reference.validate(&validation)
        validation.require(type != nil, "encryptionType")
        validation.choice(type, ["NONE", "KMS"], "encryptionType")
        validation.require(key != nil, "keyId")
        validation.length(key, 1...2048, "keyId")
        try validation.check()

        guard type == "KMS" else {
            throw ServiceError(.invalidArgument, "EncryptionType \(type ?? "") is not supported; only KMS is.")
        }
        return (try anyStream(reference, now: now), key)
    }

    // MARK: Metrics by shard, in name only

    private static let metrics = [
        "IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords", "WriteProvisionedThroughputExceeded",
        "ReadProvisionedThroughputExceeded", "IteratorAgeMilliseconds",
    ]

    func enableMonitoring(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        try setMonitoring(request, now: now) { present, named in
            Self.metrics.filter { present.contains($0) || named.contains($0) }
        }
    }

    func disableMonitoring(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        try setMonitoring(request, now: now) { present, named in present.filter { !named.contains($0) } }
    }

    private func setMonitoring(
        _ request: RequestReader,
        now: Int64,
        change: ([String], [String]) -> [String]
    ) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let items = try request.list("ShardLevelMetrics")
        var named: [String] = []
        var validation = Validation()
        reference.validate(&validation)
        validation.require(items != nil, "shardLevelMetrics")
        validation.size(items?.count ?? 1, 1...7, "shardLevelMetrics")
        for item in items ?? [] {
            guard let name = item.string else { throw RequestReader.mismatch("ShardLevelMetrics", "a String", item) }
            validation.choice(name, Self.metrics + ["ALL"], "shardLevelMetrics")
            named += name == "ALL" ? Self.metrics : [name]
        }
        try validation.check()

        let cell = try anyStream(reference, now: now)
        let present = cell.withState(\.shardMetrics)
        let wanted = change(present, named)
        try update(cell, now: now) { $0.shardMetrics = wanted }
        return [
            "StreamName": .string(cell.name), "StreamARN": .string(arn(cell.name)),
            "CurrentShardLevelMetrics": .array(present.map { .string($0) }),
            "DesiredShardLevelMetrics": .array(wanted.map { .string($0) }),
        ]
    }
}
