import ActivationCore

/// When somebody is told of something, how often, and by which channels (BEHAVIOUR 7.1).
struct AlertRule: Sendable, Equatable {
    var id: String
    var name: String
    var kind: AlertKind
    /// Nil for a kind that has none.
    var threshold: Double?
    /// For so many seconds it has to be so before it is told, and not be so before it is over.
    var windowSeconds: Int
    /// After so many seconds it is told again; 0 = never.
    var repeatSeconds = AlertRule.repeatPreset
    /// The only dataflow that it is about; nil = all, each by itself.
    var dataflow: String?
    var severity: AlertSeverity
    var isEnabled = true
    /// The only channels that tell it; nil = all.
    var channels: [String]?

    /// Adobe's repeat window: ten hours.
    static let repeatPreset = 36_000
    static let repeatRange = 60...604_800
    static let windowRange = 0...86_400
    /// Channels of one rule.
    static let channelsMax = 20
    /// Characters of a name.
    static let nameCharactersMax = 200
}

extension AlertRule {
    /// The rules that the alerts of a flow stand for: all channels tell them.
    ///
    /// - Parameter flow: The stored flow.
    /// - Returns: One for each alert.
    static func subscriptions(of flow: ControlEntry) -> [AlertRule] {
        FlowAlert.stored(flow.body).map { alert in
            AlertRule(
                id: "\(flow.id)-\(alert.kind.rawValue)",
                name: alert.kind.title,
                kind: alert.kind,
                threshold: alert.threshold,
                windowSeconds: alert.kind.windowPreset,
                dataflow: flow.id,
                severity: alert.kind.severityPreset
            )
        }
    }

    /// Reads a rule.
    ///
    /// - Parameters:
    ///   - fields: The body.
    ///   - id: Its id.
    /// - Returns: The rule; whether dataflow and channels exist is not looked at.
    /// - Throws: `FIELD_INVALID`.
    static func read(_ fields: Fields, id: String) throws(APIError) -> AlertRule {
        guard let kind = try fields.word("kind", AlertKind.self) else {
            let words = AlertKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIError(.fieldInvalid, "/kind is required, one of \(words)")
        }
        let name = try fields.string("name", charactersMax: nameCharactersMax) ?? ""
        var rule = AlertRule(
            id: id,
            name: name.isEmpty ? kind.title : name,
            kind: kind,
            threshold: try threshold(fields, kind),
            windowSeconds: try whole(fields, "windowSeconds", windowRange) ?? kind.windowPreset,
            severity: try fields.word("severity", AlertSeverity.self) ?? kind.severityPreset,
            isEnabled: try fields.bool("enabled") ?? true
        )
        if let seconds = fields["repeatSeconds"] {
            rule.repeatSeconds =
                seconds == 0 ? 0 : try whole(fields, "repeatSeconds", repeatRange, or: "0, which is never, or ") ?? 0
        }
        rule.dataflow = try fields.string("flowId")
        guard rule.dataflow == nil || kind.isOfDataflow else {
            throw APIError(.fieldInvalid, "/flowId: \(kind.rawValue) is about the server; leave it out")
        }
        if fields["channels"] != nil { rule.channels = try fields.strings("channels", itemsMax: channelsMax) }
        return rule
    }

    private static func threshold(_ fields: Fields, _ kind: AlertKind) throws(APIError) -> Double? {
        guard let threshold = kind.threshold else {
            guard fields["threshold"] == nil else {
                throw APIError(.fieldInvalid, "/threshold: \(kind.rawValue) has none; leave it out")
            }
            return nil
        }
        guard let given = fields["threshold"] else { return threshold.preset }
        guard let value = given.double, threshold.takes(value) else {
            throw APIError(.fieldInvalid, "/threshold must be \(threshold.words)")
        }
        return value
    }

    private static func whole(
        _ fields: Fields,
        _ key: String,
        _ range: ClosedRange<Int>,
        or other: String = ""
    ) throws(APIError) -> Int? {
        guard let given = fields[key] else { return nil }
        guard let value = given.double.flatMap({ Int(exactly: $0) }), range.contains(value) else {
            throw APIError(
                .fieldInvalid,
                "/\(key) must be \(other)a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    /// The rule of a stored object; nil when another version wrote what this one cannot read.
    init?(_ entry: ControlEntry) {
        // Whoever stored it has read it so before.
        guard let fields = try? Fields(.object(entry.body)),
            let rule = try? AlertRule.read(fields, id: entry.id)
        else { return nil }
        self = rule
    }

    /// What clients send and what is stored: everything but the id.
    var body: JSONObject {
        var object: JSONObject = ["name": .string(name), "kind": .string(kind.rawValue)]
        object["threshold"] = threshold.map(AlertThreshold.number)
        object["windowSeconds"] = .integer(Int64(windowSeconds))
        object["repeatSeconds"] = .integer(Int64(repeatSeconds))
        object["flowId"] = dataflow.map { .string($0) }
        object["severity"] = .string(severity.rawValue)
        object["enabled"] = .bool(isEnabled)
        object["channels"] = channels.map { .array($0.map { .string($0) }) }
        return object
    }
}
