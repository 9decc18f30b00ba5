import Kinesis

/// Tags of streams and consumers, by ARN.
extension KinesisService {
    private static let resourcePattern = "arn:aws.*:kinesis:.*:\\d{12}:.*(stream|channel|queue)/\\S+"

    func tagResource(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let resource = try request.string("ResourceARN")
        let tags = try request.texts("Tags")
        var validation = Self.validation(ofResource: resource)
        validation.require(tags != nil, "tags")
        validation.size(tags?.count ?? 1, 1...200, "tags")
        Self.validate(tags ?? [], &validation)
        try validation.check()

        let isAdded = try changeTags(of: resource ?? "", now: now) { present in
            let merged = present.merging(tags ?? [], uniquingKeysWith: { $1 })
            guard merged.count <= LocalLimits.tagsMax else { return false }
            present = merged
            return true
        }
        guard isAdded else { throw Self.tooManyTags }
        return nil
    }

    func untagResource(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let resource = try request.string("ResourceARN")
        let keys = try request.list("TagKeys")
        var validation = Self.validation(ofResource: resource)
        validation.require(keys != nil, "tagKeys")
        validation.size(keys?.count ?? 1, 1...50, "tagKeys")
        try validation.check()

        _ = try changeTags(of: resource ?? "", now: now) { present in
            for key in keys ?? [] { if let key = key.string { present[key] = nil } }
            return true
        }
        return nil
    }

    func listTagsForResource(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let resource = try request.string("ResourceARN")
        try Self.validation(ofResource: resource).check()

        var tags: [String: String] = [:]
        _ = try changeTags(of: resource ?? "", now: now) { present in
            tags = present
            return true
        }
        let sorted = tags.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return ["Tags": .array(sorted.map { ["Key": .string($0.key), "Value": .string($0.value)] })]
    }

    private static func validation(ofResource resource: String?) -> Validation {
        var validation = Validation()
        validation.require(resource != nil, "resourceARN")
        validation.length(resource, 1...2048, "resourceARN")
        if let resource, StreamReference.name(inARN: resource) == nil {
            validation.pattern(resource, resourcePattern, "resourceARN")
        }
        return validation
    }

    /// Reads or changes the tags of a stream or a consumer; what the closure answers.
    private func changeTags(
        of resource: String,
        now: Int64,
        _ change: (inout [String: String]) -> Bool
    ) throws(ServiceError) -> Bool {
        guard ConsumerReference.parts(ofARN: resource) != nil else {
            let cell = try anyStream(StreamReference(name: nil, arn: resource), now: now)
            return cell.withState { change(&$0.tags) }
        }
        let (cell, consumer) = try consumer(ConsumerReference(arn: resource), now: now)
        return cell.withState { stream in
            guard let index = stream.consumers.firstIndex(where: { $0.name == consumer.name }) else { return true }
            return change(&stream.consumers[index].tags)
        }
    }
}
