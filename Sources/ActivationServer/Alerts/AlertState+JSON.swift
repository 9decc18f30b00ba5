import ActivationCore

/// The stored form.
extension AlertState {
    /// Everything that a restart must not forget.
    var json: JSONObject {
        var object = JSONObject()
        object["token"] = token.map { .string($0) }
        object["snoozedUntil"] = snoozedUntil.map(AlertState.stored)
        switch phase {
        case .clear: break
        case .pending(let since): object["pendingSince"] = AlertState.stored(since)
        case .firing(let firing):
            object["since"] = AlertState.stored(firing.since)
            object["toldAt"] = AlertState.stored(firing.toldAt)
            object["clearSince"] = firing.clearSince.map(AlertState.stored)
            object["finding"] = .object(firing.finding.json)
            object["acknowledged"] = firing.acknowledgement.map { known in
                var json: JSONObject = [
                    "by": .string(known.author), "at": AlertState.stored(known.at), "note": .string(known.note),
                ]
                json["figure"] = known.figure.map(AlertThreshold.number)
                return .object(json)
            }
        }
        return object
    }

    /// Reads the stored form; what cannot be read is as if it had never been looked at.
    init(_ json: JSONValue) {
        token = json["token"]?.string
        snoozedUntil = AlertState.instant(json["snoozedUntil"])
        if let since = AlertState.instant(json["pendingSince"]) { phase = .pending(since: since) }
        guard let since = AlertState.instant(json["since"]), let toldAt = AlertState.instant(json["toldAt"]) else {
            return
        }
        var firing = Firing(since: since, toldAt: toldAt, finding: AlertFinding(json["finding"] ?? .null))
        firing.clearSince = AlertState.instant(json["clearSince"])
        if let known = json["acknowledged"], let at = AlertState.instant(known["at"]) {
            firing.acknowledgement = Acknowledgement(
                author: known["by"]?.string ?? "",
                at: at,
                note: known["note"]?.string ?? "",
                figure: known["figure"]?.double
            )
        }
        phase = .firing(firing)
    }

    private static func stored(_ instant: Timestamp) -> JSONValue { .integer(instant.milliseconds) }

    private static func instant(_ value: JSONValue?) -> Timestamp? {
        value?.int64.map { Timestamp(milliseconds: $0) }
    }
}

extension AlertFinding {
    /// The stored form.
    var json: JSONObject {
        var object: JSONObject = ["text": .string(text)]
        object["figure"] = figure.map(AlertThreshold.number)
        object["run"] = run.map { .string($0) }
        return object
    }

    /// Reads the stored form.
    init(_ json: JSONValue) {
        self.init(text: json["text"]?.string ?? "", figure: json["figure"]?.double, run: json["run"]?.string)
    }
}
