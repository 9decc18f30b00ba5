import ActivationCore

/// Checks a flow's `transformations` and completes them: ids exist, times are the server's (BEHAVIOUR 1.5).
struct SelectorCheck {
    /// The configuration the ids are looked up in.
    let snapshot: ControlSnapshot
    /// The selectors the flow had before; empty for a new one.
    let previous: [JSONValue]
    /// The time of the change.
    let now: Timestamp
    /// What the client should know, although the change is accepted.
    private(set) var warnings: [JSONValue] = []
    /// Audiences that were not mapped before.
    private(set) var newAudiences: [Audience.ID] = []
    /// Those of them whose members are to be exported; all unless `backfill` is false.
    private(set) var audiencesToBackfill: [Audience.ID] = []
    /// The values of selectors whose audiences are not mapped any more.
    private(set) var unmapped: [JSONValue] = []
    /// Attribute paths that were not mapped before.
    private(set) var newPaths: [[String]] = []

    init(snapshot: ControlSnapshot, previous: ControlEntry?, now: Timestamp) {
        self.snapshot = snapshot
        self.previous = previous?.body["transformations"]?.array ?? []
        self.now = now
    }

    /// The transformations as they are stored.
    ///
    /// - Throws: `FIELD_INVALID`, or `1439-400` for an audience that does not exist.
    mutating func transformations(_ fields: Fields) throws(APIError) -> JSONValue {
        let transformations = try checked(fields)
        let kept = Set(SelectorCheck.audiences(of: transformations.array ?? []).compactMap { $0["id"]?.string })
        unmapped = SelectorCheck.audiences(of: previous).filter { $0["id"]?.string.map { !kept.contains($0) } ?? false }
        return transformations
    }

    private static func audiences(of transformations: [JSONValue]) -> [JSONValue] {
        transformations.flatMap { $0["params"]?["segmentSelectors"]?["selectors"]?.array ?? [] }
            .compactMap { $0["value"] }
    }

    private mutating func checked(_ fields: Fields) throws(APIError) -> JSONValue {
        let given = try fields.objects("transformations", itemsMax: 1)
        guard let transformation = given.first else {
            return [SelectorCheck.transform(profileSelectors: ["selectors": []], segmentSelectors: ["selectors": []])]
        }
        guard try transformation.string("name").map({ $0 == "GeneralTransform" }) ?? true else {
            throw APIError(.fieldInvalid, "\(transformation.pointer)/name must be GeneralTransform")
        }
        let params = try transformation.fields("params")
        var profiles = try params?.fields("profileSelectors")?.object ?? [:]
        var segments = try params?.fields("segmentSelectors")?.object ?? [:]
        let attributes = try profileSelectors(params?.fields("profileSelectors"))
        let audiences = try segmentSelectors(params?.fields("segmentSelectors"))
        profiles["selectors"] = .array(attributes)
        segments["selectors"] = .array(audiences)
        if !newAudiences.isEmpty { warn(of: audiences.count, "audiences", over: ServerLimits.audiencesAdvised) }
        if !newPaths.isEmpty { warn(of: attributes.count, "attributes", over: ServerLimits.attributesAdvised) }
        return [SelectorCheck.transform(profileSelectors: profiles, segmentSelectors: segments)]
    }

    private static func transform(profileSelectors: JSONObject, segmentSelectors: JSONObject) -> JSONValue {
        [
            "name": "GeneralTransform",
            "params": ["profileSelectors": .object(profileSelectors), "segmentSelectors": .object(segmentSelectors)],
        ]
    }

    /// Tells when more is mapped than Adobe advises (BEHAVIOUR 10.1).
    private mutating func warn(of count: Int, _ what: String, over limit: Int) {
        guard count > limit else { return }
        warnings.append([
            "code": "LIMIT_ADVISED_EXCEEDED",
            "message": .string("the flow maps \(count) \(what); Adobe advises at most \(limit)"),
            "count": .integer(Int64(count)),
            "limit": .integer(Int64(limit)),
        ])
    }

    // MARK: Audiences

    private mutating func segmentSelectors(_ fields: Fields?) throws(APIError) -> [JSONValue] {
        guard let fields else { return [] }
        var known: [String: JSONValue] = [:]
        for value in SelectorCheck.audiences(of: previous) {
            if let id = value["id"]?.string { known[id] = value }
        }
        var seen = Set<String>()
        var selectors: [JSONValue] = []
        for selector in try fields.objects("selectors", itemsMax: ServerLimits.selectorsMax) {
            let (id, stored) = try segmentSelector(selector, known: known)
            guard seen.insert(id).inserted else {
                throw APIError(.fieldInvalid, "\(selector.pointer)/value/id is mapped twice")
            }
            selectors.append(stored)
        }
        return selectors
    }

    private mutating func segmentSelector(
        _ selector: Fields,
        known: [String: JSONValue]
    ) throws(APIError) -> (id: String, stored: JSONValue) {
        guard try selector.string("type") == "PLATFORM_SEGMENT" else {
            throw APIError(.fieldInvalid, "\(selector.pointer)/type must be PLATFORM_SEGMENT")
        }
        let value = try selector.requiredFields("value")
        let given = try value.requiredString("id")
        guard let uuid = UUIDBytes(given), let audience = snapshot.entry(.segmentDefinition, uuid.description) else {
            throw APIError(
                .referenceUnknown,
                "\(value.pointer)/id: no segment definition has the id \"\(given.excerpt(64))\""
            )
        }
        guard known[audience.id] != nil || AudienceLifecycle(audience) == .published else {
            throw APIError(
                .audienceNotPublished,
                "\(value.pointer)/id: audience \(audience.id) is \(AudienceLifecycle(audience).rawValue), and only published "
                    + "ones are exported; publish it first"
            )
        }
        var stored: JSONObject = ["id": .string(audience.id)]
        let name = try value.string("name", charactersMax: ServerLimits.nameCharactersMax)
        stored["name"] = .string(name ?? audience.string("name") ?? "")
        stored["description"] = .string(try value.string("description", charactersMax: 4_096) ?? "")
        let ignored = SelectorCheck.batchOnlyKeys.filter { value[$0] != nil }
        if !ignored.isEmpty {
            warnings.append([
                "code": "BATCH_ONLY_IGNORED",
                "message": .string("\(value.pointer): \(ignored.joined(separator: ", ")) mean nothing for a stream"),
            ])
        }
        let seconds = JSONValue.string(String(now.milliseconds / 1_000))
        if let old = known[audience.id] {
            let isSame = old["name"] == stored["name"] && old["description"] == stored["description"]
            stored["createTime"] = old["createTime"] ?? seconds
            stored["updateTime"] = isSame ? old["updateTime"] ?? seconds : seconds
        } else {
            stored["createTime"] = seconds
            stored["updateTime"] = seconds
            newAudiences.append(Audience.ID(uuid: uuid))
            if try value.bool("backfill") ?? true { audiencesToBackfill.append(Audience.ID(uuid: uuid)) }
        }
        return (audience.id, ["type": "PLATFORM_SEGMENT", "value": .object(stored)])
    }

    private static let batchOnlyKeys = ["filenameTemplate", "exportMode", "schedule"]

    // MARK: Attributes

    private mutating func profileSelectors(_ fields: Fields?) throws(APIError) -> [JSONValue] {
        guard let fields else { return [] }
        var known = Set<ByteKey>()
        for transformation in previous {
            for selector in transformation["params"]?["profileSelectors"]?["selectors"]?.array ?? [] {
                if let path = selector["value"]?["path"]?.string { known.insert(ByteKey(path)) }
            }
        }
        var selectors: [JSONValue] = []
        var places = MessagePlaces()
        for selector in try fields.objects("selectors", itemsMax: ServerLimits.selectorsMax) {
            guard try selector.string("type") == "JSON_PATH" else {
                throw APIError(.fieldInvalid, "\(selector.pointer)/type must be JSON_PATH")
            }
            let value = try selector.requiredFields("value")
            let keys = try AttributePath.keys(of: value.requiredString("path"), at: "\(value.pointer)/path")
            try refuseIdentity(value)
            _ = try value.word("exportOn", Dataflow.AttributeExport.self)
            if keys.first != "segmentMembership" { try places.take(value, keys) }
            guard try value.string("operator").map({ $0.uppercased() == "EXISTS" }) ?? true else {
                throw APIError(.fieldInvalid, "\(value.pointer)/operator must be EXISTS")
            }
            var stored = value.object
            stored["operator"] = "EXISTS"
            let isKnown = known.contains(ByteKey(keys.joined(separator: ".")))
            if keys.first != "segmentMembership", !isKnown { newPaths.append(keys) }
            selectors.append(["type": "JSON_PATH", "value": .object(stored)])
        }
        return selectors
    }

    private func refuseIdentity(_ value: Fields) throws(APIError) {
        let mapping = try value.fields("mapping")
        let isMarked = try mapping?.bool("identity") ?? false
        let isPrimary = try mapping?.bool("primaryIdentity") ?? false
        guard value["identity"] == nil, !isMarked, !isPrimary else {
            throw APIError(
                .fieldInvalid,
                "\(value.pointer) marks an identity; identities cannot be mapped to Kinesis, every message carries all of them"
            )
        }
    }
}
