import ActivationCore
import Crypto

/// A notice in the form that a channel sends.
struct AlertMessage {
    let notice: AlertNotice
    /// The organisation.
    let organisation: String
    /// The sandbox that it is about; nil = the default one.
    var sandbox: String?
    /// Where people look at alerts.
    let link: String

    private var code: String { notice.kind?.eventCode ?? "headwater_test" }

    /// What a webhook gets: Adobe's shapes of events that are good news, and of those that are not (BEHAVIOUR 7.3).
    ///
    /// Both carry the run, if there is one, and the alert beside it.
    var webhook: JSONValue {
        var content = notice.run ?? JSONObject()
        var alert = notice.json
        if let sandbox { alert["sandboxName"] = .string(sandbox) }
        content["alert"] = .object(alert)
        let isGood = notice.kind?.isEvent ?? true
        guard !isGood else {
            let summary = notice.run?["metrics"]?["durationSummary"]
            let start = summary?["startedAtUTC"] ?? .integer(notice.since.milliseconds)
            content["slaCreatedAt"] = start
            content["processStartTime"] = start
            content["transformedTime"] = summary?["completedAtUTC"] ?? .integer(notice.at.milliseconds)
            content["header"] = [
                "_adobeio": [
                    "imsOrgId": .string(organisation), "providerMetadata": "aep_observability_catalog_events",
                    "eventCode": .string(code),
                ]
            ]
            return ["event_id": .string(notice.id), "event": .object(content)]
        }
        return [
            [
                "messages": [
                    [
                        "msgType": "eventNotification", "version": "1.0",
                        "timestamp": .integer(notice.at.milliseconds), "imsOrgId": .string(organisation),
                        "schema": ["name": "run-notification", "version": "1.0"], "provider": "FlowService",
                        "_eventNotificationMeta": [
                            "category": "Platform Notifications", "type": .string(code),
                        ],
                        "value": .object(content),
                    ]
                ]
            ]
        ]
    }

    /// What a Slack-compatible webhook gets.
    var slack: JSONValue {
        ["text": .string(AlertMessage.escaped("*\(title)*\n\(notice.finding.text)") + "\n" + link)]
    }

    /// What it is about, in a line.
    var title: String { notice.title + (sandbox.map { " (sandbox \($0))" } ?? "") }

    /// The text of an e-mail.
    var mail: String {
        """
        \(notice.finding.text)

        Since: \(notice.since.rfc3339)
        Told: \(notice.at.rfc3339)
        Alerts: \(link)
        """
    }

    /// Characters that Slack reads as markup, as its documentation has them written.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.append(character)
            }
        }
    }
}

/// The sign by which a receiver tells that a message is this server's (docs/ALERTS.md).
enum AlertSignature {
    /// HMAC-SHA256 of the instant, a point, and the body.
    ///
    /// - Parameters:
    ///   - body: The body as it is sent.
    ///   - seconds: When it is sent, in seconds since 1970.
    ///   - secret: What the receiver knows too.
    /// - Returns: `v1=` and 64 hexadecimal digits.
    static func of(_ body: [UInt8], at seconds: Int64, secret: String) -> String {
        let key = SymmetricKey(data: Array(secret.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(seconds).".utf8) + body, using: key)
        return "v1="
            + code.map { byte in
                let digits = String(byte, radix: 16)
                return digits.utf8.count == 1 ? "0" + digits : digits
            }.joined()
    }
}
