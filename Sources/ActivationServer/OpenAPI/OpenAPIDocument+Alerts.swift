import ActivationCore

/// Alerts (BEHAVIOUR 7.1).
extension OpenAPIDocument {
    private static let alertPages: [OpenAPIOperation.Parameter] = [
        .query("limit", "How many; 50 when absent.", JSONSchema.integer(1...500)),
        .query("before", "The next of the answer before.", ["type": "integer", "minimum": 1]),
    ]

    static let alerts: [OpenAPIOperation] =
        [
            OpenAPIOperation(
                method: "get",
                path: "/v1/alerts/now",
                id: "listAlerts",
                tag: "Alerts",
                summary: "Lists what is the matter now, the worst first.",
                security: .bearer,
                answers: [.json(200, "The alerts.", "Alerts")]
            ),
            OpenAPIOperation(
                method: "post",
                path: "/v1/alerts/now/{alert}/acknowledge",
                id: "acknowledgeAlert",
                tag: "Alerts",
                summary: "Notes that somebody knows: it is not told again until it is over, or worse.",
                security: .bearer,
                work: .writing,
                body: .json("AlertNote", "What they say of it."),
                answers: [.json(200, "The alert.", "Alert"), .problem(404, "No such alert is told now.")]
            ),
            OpenAPIOperation(
                method: "post",
                path: "/v1/alerts/now/{alert}/snooze",
                id: "snoozeAlert",
                tag: "Alerts",
                summary: "Keeps channels silent about an alert for a while.",
                security: .bearer,
                work: .writing,
                body: .json("AlertSnooze", "For how long."),
                answers: [.json(200, "The alert.", "Alert"), .problem(404, "No such alert is told now.")]
            ),
            OpenAPIOperation(
                method: "get",
                path: "/v1/alerts/history",
                id: "alertHistory",
                tag: "Alerts",
                summary: "Lists what happened, the newest first; it is kept for 365 days.",
                security: .bearer,
                parameters: [.query("flowId", "Only what is about this dataflow.", JSONSchema.someText)] + alertPages,
                answers: [.json(200, "One page.", "AlertEntries")]
            ),
            OpenAPIOperation(
                method: "get",
                path: "/v1/alerts/deliveries",
                id: "alertDeliveries",
                tag: "Alerts",
                summary: "Lists what was told or is still to be told, the newest first; it is kept for 30 days.",
                security: .bearer,
                parameters: [.query("channelId", "Only what is told by this channel.", JSONSchema.someText)]
                    + alertPages,
                answers: [.json(200, "One page.", "AlertDeliveries")]
            ),
            OpenAPIOperation(
                method: "post",
                path: "/v1/alerts/channels/{id}/test",
                id: "testAlertChannel",
                tag: "Alerts",
                summary: "Tells a channel that nothing is the matter, and says what came of it.",
                security: .bearer,
                work: .writing,
                answers: [.json(200, "What came of it.", "AlertTest"), .problem(404, "No such channel.")]
            ),
        ] + objects("rule", "AlertRule") + objects("channel", "AlertChannel")

    /// Listing, making, reading, replacing and deleting rules, or channels.
    private static func objects(_ word: String, _ schema: String) -> [OpenAPIOperation] {
        let path = "/v1/alerts/\(word)s"
        let unknown = OpenAPIOperation.Answer.problem(404, "No such \(word).")
        let stale = OpenAPIOperation.Answer.problem(412, "It has changed since it was read.")
        let match = OpenAPIOperation.Parameter.header("If-Match", "Its etag; absent = whatever it is now.")
        let query = OpenAPIOperation.Parameter.query("if-match", "The same, for who cannot send the header.")
        var operations = [
            OpenAPIOperation(
                method: "get",
                path: path,
                id: "list\(schema)s",
                tag: "Alerts",
                summary: "Lists \(word)s, the oldest first.",
                security: .bearer,
                answers: [.json(200, "All of them.", "\(schema)s")]
            ),
            OpenAPIOperation(
                method: "post",
                path: path,
                id: "create\(schema)",
                tag: "Alerts",
                summary: "Makes a \(word).",
                security: .bearer,
                work: .writing,
                body: .json("\(schema)Body", "The \(word)."),
                answers: [.json(201, "The \(word).", schema, headers: ["ETag"])]
            ),
            OpenAPIOperation(
                method: "get",
                path: path + "/{id}",
                id: "get\(schema)",
                tag: "Alerts",
                summary: "Shows a \(word).",
                security: .bearer,
                answers: [.json(200, "The \(word).", schema, headers: ["ETag"]), unknown]
            ),
            OpenAPIOperation(
                method: "put",
                path: path + "/{id}",
                id: "replace\(schema)",
                tag: "Alerts",
                summary: "Gives a \(word) other content.",
                security: .bearer,
                work: .writing,
                parameters: [match, query],
                body: .json("\(schema)Body", "All of it; secrets that are left out stay."),
                answers: [.json(200, "The \(word).", schema, headers: ["ETag"]), unknown, stale]
            ),
        ]
        var deletion = OpenAPIOperation(
            method: "delete",
            path: path + "/{id}",
            id: "delete\(schema)",
            tag: "Alerts",
            summary: "Deletes a \(word).",
            security: .bearer,
            work: .writing,
            parameters: [match, query],
            answers: [.empty(204, "It is gone."), unknown, stale]
        )
        if word == "channel" { deletion.answers.append(.problem(409, "A rule names it.")) }
        operations.append(deletion)
        return operations
    }

    static let alertSchemas: [(String, JSONValue)] = [
        ("Alerts", list("What is the matter now.", "Alert")),
        (
            "Alert",
            JSONSchema.object(
                "Something that is the matter.",
                [
                    "id": JSONSchema.text, "ruleId": JSONSchema.text, "name": JSONSchema.text,
                    "kind": JSONSchema.word(of: AlertKind.self), "severity": JSONSchema.word(of: AlertSeverity.self),
                    "since": JSONSchema.instant, "toldAt": JSONSchema.instant, "text": JSONSchema.text,
                    "threshold": alertNumber, "figure": alertNumber, "flowId": JSONSchema.text,
                    "flowName": JSONSchema.text,
                    "snoozedUntil": JSONSchema.instant,
                    "acknowledged": JSONSchema.object(
                        "Who knows of it.",
                        ["by": JSONSchema.text, "at": JSONSchema.instant, "note": JSONSchema.text],
                        required: ["by", "at", "note"]
                    ),
                ],
                required: ["id", "ruleId", "name", "kind", "severity", "since", "toldAt", "text"]
            )
        ),
        (
            "AlertNote",
            JSONSchema.object("What somebody says of an alert.", ["note": JSONSchema.text(0...1_000)])
        ),
        (
            "AlertSnooze",
            JSONSchema.object(
                "For how long; 0 ends a snooze.",
                ["seconds": JSONSchema.integer(0...2_592_000)],
                required: ["seconds"]
            )
        ),
        ("AlertEntries", page("What happened.", "AlertEntry")),
        (
            "AlertEntry",
            JSONSchema.object(
                "That something happened to an alert.",
                [
                    "sequence": JSONSchema.count, "at": JSONSchema.instant,
                    "event": JSONSchema.word("fired", "repeated", "resolved", "happened", "acknowledged", "snoozed"),
                    "alertId": JSONSchema.text, "ruleId": JSONSchema.text, "name": JSONSchema.text,
                    "kind": JSONSchema.text, "severity": JSONSchema.text, "text": JSONSchema.text,
                    "figure": alertNumber,
                    "flowId": JSONSchema.text, "flowName": JSONSchema.text, "by": JSONSchema.text,
                    "note": JSONSchema.text, "until": JSONSchema.instant,
                ],
                required: ["sequence", "at"]
            )
        ),
        ("AlertDeliveries", page("What was told, or is still to be.", "AlertDelivery")),
        (
            "AlertDelivery",
            JSONSchema.object(
                "That something is told by a channel.",
                [
                    "sequence": JSONSchema.count, "at": JSONSchema.instant, "channelId": JSONSchema.text,
                    "state": JSONSchema.word(of: AlertAttempts.State.self), "attempts": JSONSchema.count,
                    "lastAttemptAt": JSONSchema.instant, "nextAttemptAt": JSONSchema.instant,
                    "lastAnswer": JSONSchema.text, "eventId": JSONSchema.text, "event": JSONSchema.text,
                    "title": JSONSchema.text, "alertId": JSONSchema.text,
                ],
                required: ["sequence", "at", "channelId"]
            )
        ),
        (
            "AlertTest",
            JSONSchema.object(
                "What came of a test.",
                ["delivered": JSONSchema.flag, "answer": JSONSchema.text],
                required: ["delivered", "answer"]
            )
        ),
        ("AlertRules", list("Rules.", "AlertRule")),
        (
            "AlertRuleBody",
            JSONSchema.object(ruleText, JSONSchema.nullable(ruleMembers, except: ["kind"]), required: ["kind"])
        ),
        (
            "AlertRule",
            JSONSchema.object(
                ruleText,
                JSONSchema.union(ruleMembers, entryMembers),
                required: ["id", "etag", "name", "kind", "windowSeconds", "repeatSeconds", "severity", "enabled"]
            )
        ),
        ("AlertChannels", list("Channels.", "AlertChannel")),
        (
            "AlertChannelBody",
            JSONSchema.object(
                "A way by which somebody is told; a type needs its own members.",
                JSONSchema.union(
                    JSONSchema.nullable(channelMembers, except: ["name"]),
                    JSONSchema.nullable([
                        "url": JSONSchema.text(1...AlertChannel.urlCharactersMax),
                        "password": JSONSchema.text(0...1_024),
                    ])
                ),
                required: ["name"]
            )
        ),
        (
            "AlertChannel",
            JSONSchema.object(
                "A way by which somebody is told. Secrets show once, when they are made; of a URL shows where it leads.",
                JSONSchema.union(channelMembers, entryMembers),
                required: ["id", "etag", "name", "type", "enabled"]
            )
        ),
    ]

    private static let alertNumber: JSONValue = ["type": "number"]

    private static let ruleText = """
        When somebody is told. A threshold that is left out is the kind's own; a kind without one takes none. It has to be so for \
        the window before it is told, and not be so for that long before it is over. repeatSeconds 0 = it is told once. Without \
        flowId it is about every dataflow, without channels all of them tell it.
        """

    private static let ruleMembers: JSONObject = [
        "name": JSONSchema.text(0...AlertRule.nameCharactersMax), "kind": JSONSchema.word(of: AlertKind.self),
        "threshold": alertNumber,
        "windowSeconds": JSONSchema.integer(AlertRule.windowRange),
        "repeatSeconds": JSONSchema.integer(0...AlertRule.repeatRange.upperBound), "flowId": JSONSchema.someText,
        "severity": JSONSchema.word(of: AlertSeverity.self), "enabled": JSONSchema.flag,
        "channels": JSONSchema.array(JSONSchema.text, count: 0...AlertRule.channelsMax),
    ]

    private static let channelMembers: JSONObject = [
        "name": JSONSchema.text(1...AlertRule.nameCharactersMax), "type": JSONSchema.word(of: AlertChannel.Kind.self),
        "enabled": JSONSchema.flag, "url": JSONSchema.text,
        "secret": JSONSchema.text(AlertChannel.secretCharacters), "host": JSONSchema.text(1...253),
        "port": JSONSchema.integer(1...65_535), "security": JSONSchema.word(of: MailServer.Security.self),
        "username": JSONSchema.text(0...256), "from": JSONSchema.text,
        "to": JSONSchema.array(JSONSchema.text, count: 1...AlertChannel.addresseesMax),
    ]

    private static let entryMembers: JSONObject = [
        "id": JSONSchema.text, "etag": JSONSchema.text, "createdAt": JSONSchema.instant,
        "updatedAt": JSONSchema.instant,
    ]

    private static func list(_ text: String, _ item: String) -> JSONValue {
        JSONSchema.object(text, ["items": JSONSchema.array(.reference(item))], required: ["items"])
    }

    private static func page(_ text: String, _ item: String) -> JSONValue {
        JSONSchema.object(
            text,
            ["items": JSONSchema.array(.reference(item)), "next": JSONSchema.count],
            required: ["items"]
        )
    }
}
