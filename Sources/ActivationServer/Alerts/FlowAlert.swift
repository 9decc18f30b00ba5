import ActivationCore

/// Of what somebody wants to be told about a dataflow (BEHAVIOUR 2.6): it is kept with the flow; nothing is
/// told yet.
struct FlowAlert: Sendable, Equatable {
    /// What may happen.
    enum Kind: String, Sendable, CaseIterable {
        case flowRunStart
        case flowRunSuccess
        case flowRunFailure
        case flowRunDelay
        case skippedRateExceeded
        case lag
        case parked
        case paused
        case booksOff
        case credentialsExpire
    }

    /// From which figure on an alert is one.
    struct Threshold: Sendable {
        /// What is counted, such as `seconds`.
        var unit: String
        var range: ClosedRange<Double>
        var preset: Double
        /// Whether only whole numbers count.
        var isWhole: Bool
    }

    var kind: Kind
    /// Nil for a kind that has none.
    var threshold: Double?

    /// The stored form.
    var json: JSONValue {
        var object: JSONObject = ["type": .string(kind.rawValue)]
        object["threshold"] = threshold.map(FlowAlert.number)
        return .object(object)
    }

    /// A number as it is written: whole ones without a point.
    static func number(_ value: Double) -> JSONValue {
        Int64(exactly: value).map { .integer($0) } ?? JSONValue(value)
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
        for item in try fields.objects("alerts", itemsMax: Kind.allCases.count) {
            let given = item["threshold"]
            guard given.map({ $0.double != nil }) ?? true else {
                throw APIError(.fieldInvalid, "\(item.pointer)/threshold must be a number")
            }
            guard let kind = try item.word("type", Kind.self) else {
                let words = Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw APIError(.fieldInvalid, "\(item.pointer)/type is required, one of \(words)")
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

extension FlowAlert.Threshold {
    /// Whether a figure may be one.
    func takes(_ value: Double) -> Bool {
        range.contains(value) && (!isWhole || value == value.rounded())
    }

    /// What may be one.
    var words: String {
        let (low, high) = (FlowAlert.number(range.lowerBound).text, FlowAlert.number(range.upperBound).text)
        return "a \(isWhole ? "whole " : "")number from \(low) to \(high) (\(unit))"
    }
}

extension FlowAlert.Kind {
    /// What it is called; Adobe's words where it has the kind.
    var title: String {
        switch self {
        case .flowRunStart: "Run started"
        case .flowRunSuccess: "Run succeeded"
        case .flowRunFailure: "Run failed"
        case .flowRunDelay: "Run delayed"
        case .skippedRateExceeded: "Skipped rate exceeded"
        case .lag: "Lag"
        case .parked: "Records parked"
        case .paused: "Dataflow paused"
        case .booksOff: "Books do not balance"
        case .credentialsExpire: "Credentials expire"
        }
    }

    /// When it comes.
    var meaning: String {
        switch self {
        case .flowRunStart: "A run has begun: an hour with records, or a backfill."
        case .flowRunSuccess: "A run has ended and everything was taken."
        case .flowRunFailure: "A run has ended and records were refused."
        case .flowRunDelay: "A run goes on for longer than this."
        case .skippedRateExceeded: "Of all records of an hour more than this share was not sent."
        case .lag: "The oldest waiting record has waited for longer than this."
        case .parked: "At least so many records were refused for good and wait for somebody."
        case .paused: "The destination refuses everything until somebody acts."
        case .booksOff: "What was triggered is not what became of it."
        case .credentialsExpire: "The account's credentials are near their end."
        }
    }

    /// Its threshold; nil for a kind without one.
    var threshold: FlowAlert.Threshold? {
        switch self {
        case .flowRunDelay: FlowAlert.Threshold(unit: "minutes", range: 1...10_080, preset: 150, isWhole: true)
        case .skippedRateExceeded: FlowAlert.Threshold(unit: "percent", range: 0...100, preset: 1, isWhole: false)
        case .lag: FlowAlert.Threshold(unit: "seconds", range: 1...604_800, preset: 60, isWhole: true)
        case .parked: FlowAlert.Threshold(unit: "records", range: 1...1_000_000_000, preset: 1, isWhole: true)
        case .credentialsExpire: FlowAlert.Threshold(unit: "days before", range: 1...365, preset: 14, isWhole: true)
        case .flowRunStart, .flowRunSuccess, .flowRunFailure, .paused, .booksOff: nil
        }
    }
}
