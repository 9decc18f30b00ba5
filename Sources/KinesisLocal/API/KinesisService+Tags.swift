import Kinesis

/// Tags of streams.
extension KinesisService {
    static let tooManyTags = ServiceError(
        .invalidArgument,
        "Failed to add tags. Maximum allowed: \(LocalLimits.tagsMax) tags per stream."
    )

    static func validate(_ tags: [(String, String)], _ validation: inout Validation) {
        for (key, value) in tags {
            validation.length(key, 1...128, "tags", showsValue: false)
            validation.length(value, 0...256, "tags", showsValue: false)
        }
    }

    func addTagsToStream(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let tags = try request.texts("Tags")
        var validation = Validation()
        reference.validate(&validation)
        validation.require(tags != nil, "tags")
        validation.size(tags?.count ?? 1, 1...200, "tags")
        Self.validate(tags ?? [], &validation)
        try validation.check()

        let cell = try anyStream(reference, now: now)
        let isAdded = cell.withState { stream in
            let merged = stream.tags.merging(tags ?? [], uniquingKeysWith: { $1 })
            guard merged.count <= LocalLimits.tagsMax else { return false }
            stream.tags = merged
            return true
        }
        guard isAdded else { throw Self.tooManyTags }
        return nil
    }

    func removeTagsFromStream(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let keys = try request.list("TagKeys")
        var validation = Validation()
        reference.validate(&validation)
        validation.require(keys != nil, "tagKeys")
        validation.size(keys?.count ?? 1, 1...50, "tagKeys")
        try validation.check()

        let cell = try anyStream(reference, now: now)
        cell.withState { stream in
            for key in keys ?? [] { if let key = key.string { stream.tags[key] = nil } }
        }
        return nil
    }

    func listTagsForStream(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let start = try request.string("ExclusiveStartTagKey")
        let limit = try request.integer("Limit")
        var validation = Validation()
        reference.validate(&validation)
        validation.length(start, 1...128, "exclusiveStartTagKey", showsValue: false)
        validation.range(limit, 1...50, "limit")
        try validation.check()

        let cell = try anyStream(reference, now: now)
        let tags = cell.withState(\.tags)
            .filter { key, _ in start.map { $0.utf8.lexicographicallyPrecedes(key.utf8) } ?? true }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        let page = tags.prefix(Int(limit ?? 50))
        return [
            "Tags": .array(page.map { ["Key": .string($0.key), "Value": .string($0.value)] }),
            "HasMoreTags": .bool(page.count < tags.count),
        ]
    }
}
