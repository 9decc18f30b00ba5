import ActivationCore

/// What channels tell: that something is the matter, still is, or is over.
struct AlertNotice: Sendable, Equatable {
    /// A UUID of its own; the same in every attempt, so that a receiver can tell a repetition.
    var id: String
    /// What happened; nil = it is a test.
    var step: AlertState.Step?
    /// The alert; empty for a test.
    var alert = ""
    var rule = ""
    var name: String
    var kind: AlertKind?
    var severity = AlertSeverity.info
    var threshold: Double?
    /// The dataflow's id; nil = it is about the server.
    var dataflow: String?
    var dataflowName: String?
    /// Since when it is so.
    var since: Timestamp
    /// When it was told.
    var at: Timestamp
    var finding: AlertFinding
    /// The run as `GET …/runs` has it; nil = it is about none.
    var run: JSONObject?

    /// A test of a channel.
    static func test(id: String, of channel: String, at now: Timestamp) -> AlertNotice {
        AlertNotice(
            id: id,
            name: "Test",
            since: now,
            at: now,
            finding: AlertFinding(text: "This is a test of the channel \(channel); nothing is the matter.")
        )
    }

    /// The word for what happened.
    var event: String { step?.rawValue ?? "test" }

    /// What happened in one line, without line breaks.
    var title: String {
        let word =
            switch step {
            case .fired, nil: name
            case .happened: name
            case .repeated: "\(name) (still)"
            case .resolved: "\(name) (over)"
            }
        let subject = dataflow == nil ? "" : ": \(dataflowName ?? "")"
        return String("[\(severity.rawValue)] \(word)\(subject)".map { $0.isNewline ? " " : $0 })
    }

    /// The alert as answers and messages show it.
    var json: JSONObject {
        var object: JSONObject = [
            "id": .string(id), "event": .string(event), "name": .string(name), "severity": .string(severity.rawValue),
            "at": .string(at.rfc3339), "since": .string(since.rfc3339), "text": .string(finding.text),
        ]
        if !alert.isEmpty { object["alertId"] = .string(alert) }
        if !rule.isEmpty { object["ruleId"] = .string(rule) }
        object["kind"] = kind.map { .string($0.rawValue) }
        object["threshold"] = threshold.map(AlertThreshold.number)
        object["figure"] = finding.figure.map(AlertThreshold.number)
        object["flowId"] = dataflow.map { .string($0) }
        object["flowName"] = dataflowName.map { .string($0) }
        return object
    }

    /// The stored form.
    var stored: JSONObject {
        var object = json
        object["findingRun"] = finding.run.map { .string($0) }
        object["run"] = run.map { .object($0) }
        return object
    }

    /// Reads the stored form; nil when another version wrote what this one cannot read.
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, let name = json["name"]?.string, let event = json["event"]?.string,
            let at = json["at"]?.string.flatMap({ Timestamp(rfc3339: $0) }),
            let since = json["since"]?.string.flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        self.init(
            id: id,
            step: AlertState.Step(rawValue: event),
            alert: json["alertId"]?.string ?? "",
            rule: json["ruleId"]?.string ?? "",
            name: name,
            kind: json["kind"]?.string.flatMap { AlertKind(rawValue: $0) },
            severity: json["severity"]?.string.flatMap { AlertSeverity(rawValue: $0) } ?? .info,
            threshold: json["threshold"]?.double,
            dataflow: json["flowId"]?.string,
            dataflowName: json["flowName"]?.string,
            since: since,
            at: at,
            finding: AlertFinding(
                text: json["text"]?.string ?? "",
                figure: json["figure"]?.double,
                run: json["findingRun"]?.string
            ),
            run: json["run"]?.object
        )
    }

    init(
        id: String,
        step: AlertState.Step? = nil,
        alert: String = "",
        rule: String = "",
        name: String,
        kind: AlertKind? = nil,
        severity: AlertSeverity = .info,
        threshold: Double? = nil,
        dataflow: String? = nil,
        dataflowName: String? = nil,
        since: Timestamp,
        at: Timestamp,
        finding: AlertFinding,
        run: JSONObject? = nil
    ) {
        self.id = id
        self.step = step
        self.alert = alert
        self.rule = rule
        self.name = name
        self.kind = kind
        self.severity = severity
        self.threshold = threshold
        self.dataflow = dataflow
        self.dataflowName = dataflowName
        self.since = since
        self.at = at
        self.finding = finding
        self.run = run
    }
}
