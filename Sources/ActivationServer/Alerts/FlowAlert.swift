import ActivationCore

/// Of what somebody wants to be told about a dataflow (BEHAVIOUR 2.6): it is kept with the flow.
struct FlowAlert: Sendable, Equatable {
    var kind: AlertKind
    /// Nil for a kind that has none.
    var threshold: Double?

    /// The stored form.
    var json: JSONValue {
        var object: JSONObject = ["type": .string(kind.rawValue)]
        object["threshold"] = threshold.map(AlertThreshold.number)
        return .object(object)
    }

    /// The alerts of a stored flow.
    static func stored(_ flow: JSONObject) -> [FlowAlert] {
        ((try? Fields(.object(flow))).flatMap { try? read($0) }) ?? []
    }

    /// Reads `alerts` of a flow.
    ///
    /// - Parameter fields: The flow's body.
    /// - Returns: The alerts, each with its threshold; none when the member is absent.
    /// - Throws: `FIELD_INVALID`.
    static func read(_ fields: Fields) throws(APIError) -> [FlowAlert] {
        var alerts: [FlowAlert] = []
        for item in try fields.objects("alerts", itemsMax: AlertKind.ofDataflows.count) {
            let given = item["threshold"]
            guard given.map({ $0.double != nil }) ?? true else {
                throw APIError(.fieldInvalid, "\(item.pointer)/threshold must be a number")
            }
            guard let kind = item["type"]?.string.flatMap({ AlertKind(rawValue: $0) }), kind.isOfDataflow else {
                let words = AlertKind.ofDataflows.map(\.rawValue).joined(separator: ", ")
                throw APIError(.fieldInvalid, "\(item.pointer)/type must be one of \(words)")
            }
            guard !alerts.contains(where: { $0.kind == kind }) else {
                throw APIError(.fieldInvalid, "\(item.pointer)/type is in the list already")
            }
            guard let threshold = kind.threshold else {
                guard given == nil else {
                    throw APIError(.fieldInvalid, "\(item.pointer)/threshold: \(kind.rawValue) has none; leave it out")
                }
                alerts.append(FlowAlert(kind: kind))
                continue
            }
            guard let value = given.map({ $0.double }) ?? threshold.preset, threshold.takes(value) else {
                throw APIError(.fieldInvalid, "\(item.pointer)/threshold must be \(threshold.words)")
            }
            alerts.append(FlowAlert(kind: kind, threshold: value))
        }
        return alerts
    }
}
