import ActivationCore
import ActivationEngine

/// Rules and channels, for the API and the console alike.
extension AlertDesk {
    /// The rule with an id.
    ///
    /// - Throws: `ALERT_RULE_UNKNOWN`.
    func rule(_ id: String, in snapshot: ControlSnapshot) throws(APIError) -> ControlEntry {
        guard let entry = snapshot.entry(.alertRule, id) else {
            throw APIError(.alertRuleUnknown, "no rule has this id; GET /v1/alerts/rules lists them")
        }
        return entry
    }

    /// Makes a rule.
    ///
    /// - Throws: `FIELD_INVALID`.
    func createRule(_ fields: Fields, by author: ConfigurationChange.Author) async throws(APIError) -> ControlEntry {
        try await control.write(by: author) { draft throws(APIError) in
            let rule = try AlertRule.read(fields, id: draft.makeID())
            try AlertDesk.check(rule, in: draft.snapshot)
            return try draft.insert(.alertRule, id: rule.id, body: rule.body)
        }
    }

    /// Gives a rule other content.
    ///
    /// - Parameters:
    ///   - id: The rule.
    ///   - fields: All of it.
    ///   - tag: The version that the change was decided on; nil = any.
    ///   - author: Who asks.
    /// - Returns: The rule afterwards.
    /// - Throws: `ALERT_RULE_UNKNOWN`, `1404-412`, `FIELD_INVALID`.
    func replaceRule(
        _ id: String,
        _ fields: Fields,
        ifMatch tag: String?,
        by author: ConfigurationChange.Author
    ) async throws(APIError) -> ControlEntry {
        try await control.write(by: author) { draft throws(APIError) in
            let entry = try rule(id, in: draft.snapshot)
            if let tag { try EntityTag.check(tag, is: entry.etag) }
            let rule = try AlertRule.read(fields, id: entry.id)
            try AlertDesk.check(rule, in: draft.snapshot)
            return try draft.replace(entry, body: rule.body)
        }
    }

    /// Deletes a rule; its alerts are over.
    ///
    /// - Throws: `ALERT_RULE_UNKNOWN`, `1404-412`.
    func deleteRule(
        _ id: String,
        ifMatch tag: String?,
        by author: ConfigurationChange.Author
    ) async throws(APIError) {
        try await control.write(by: author) { draft throws(APIError) in
            let entry = try rule(id, in: draft.snapshot)
            if let tag { try EntityTag.check(tag, is: entry.etag) }
            draft.remove(entry)
        }
    }

    private static func check(_ rule: AlertRule, in snapshot: ControlSnapshot) throws(APIError) {
        if let flow = rule.dataflow, snapshot.entry(.flow, flow) == nil {
            throw APIError(.fieldInvalid, "/flowId: no dataflow has this id")
        }
        for (index, channel) in (rule.channels ?? []).enumerated() where snapshot.entry(.alertChannel, channel) == nil {
            throw APIError(.fieldInvalid, "/channels/\(index): no channel has this id")
        }
    }

    // MARK: Channels

    /// The channel with an id.
    ///
    /// - Throws: `ALERT_CHANNEL_UNKNOWN`.
    func channel(_ id: String, in snapshot: ControlSnapshot) throws(APIError) -> ControlEntry {
        guard let entry = snapshot.entry(.alertChannel, id) else { throw AlertDesk.channelUnknown }
        return entry
    }

    /// Makes a channel; a webhook is asked first.
    ///
    /// - Parameters:
    ///   - fields: All of it.
    ///   - author: Who asks.
    /// - Returns: The channel, and the secret that was made for it; nil when it was given, or needs none.
    /// - Throws: `FIELD_INVALID`, `ALERT_CHANNEL_REFUSED`.
    func createChannel(
        _ fields: Fields,
        by author: ConfigurationChange.Author
    ) async throws(APIError) -> (entry: ControlEntry, secret: String?) {
        let id = ids.next().description
        let secret = ClientSecret.make()
        let channel = try AlertChannel.read(fields, id: id, newSecret: secret)
        try await check(channel, before: nil)
        let body = try channel.body(control.secrets)
        let entry = try await control.write(by: author) { draft throws(APIError) in
            try draft.insert(.alertChannel, id: id, body: body)
        }
        return (entry, channel.secret == secret ? secret : nil)
    }

    /// Gives a channel other content; secrets that are left out stay.
    ///
    /// - Parameters:
    ///   - id: The channel.
    ///   - fields: All of it.
    ///   - tag: The version that the change was decided on; nil = any.
    ///   - author: Who asks.
    /// - Returns: The channel afterwards.
    /// - Throws: `ALERT_CHANNEL_UNKNOWN`, `1404-412`, `FIELD_INVALID`, `ALERT_CHANNEL_REFUSED`.
    func replaceChannel(
        _ id: String,
        _ fields: Fields,
        ifMatch tag: String?,
        by author: ConfigurationChange.Author
    ) async throws(APIError) -> ControlEntry {
        let entry = try channel(id, in: control.snapshot)
        if let tag { try EntityTag.check(tag, is: entry.etag) }
        let before = AlertChannel(entry, control.secrets)
        let changed = try AlertChannel.read(fields, id: entry.id, before: before, newSecret: ClientSecret.make())
        try await check(changed, before: before)
        let body = try changed.body(control.secrets)
        return try await control.write(by: author) { draft throws(APIError) in
            let newest = try channel(id, in: draft.snapshot)
            // What was asked and found holds for the version that was read.
            try EntityTag.check(entry.etag, is: newest.etag)
            return try draft.replace(newest, body: body)
        }
    }

    /// Deletes a channel that no rule names; what waits for it is given up.
    ///
    /// - Throws: `ALERT_CHANNEL_UNKNOWN`, `1404-412`, `ALERT_CHANNEL_IN_USE`.
    func deleteChannel(
        _ id: String,
        ifMatch tag: String?,
        by author: ConfigurationChange.Author
    ) async throws(APIError) {
        try await control.write(by: author) { draft throws(APIError) in
            let entry = try channel(id, in: draft.snapshot)
            if let tag { try EntityTag.check(tag, is: entry.etag) }
            let user = draft.snapshot.entries(.alertRule).compactMap(AlertRule.init).first { rule in
                rule.channels?.contains { $0.hasSameBytes(as: entry.id) } ?? false
            }
            guard user == nil else {
                throw APIError(
                    .alertChannelInUse,
                    "the rule \(user?.name ?? "") (\(user?.id ?? "")) tells by this channel; give it another one first"
                )
            }
            draft.remove(entry)
        }
    }

    private func check(_ channel: AlertChannel, before: AlertChannel?) async throws(APIError) {
        do throws(AlertTransportError) {
            switch channel.place {
            case .webhook(let url, _), .slack(let url): try transport.check(url: url)
            case .email(let server, _, _): try transport.check(server)
            }
        } catch {
            throw APIError(.alertChannelRefused, error.description)
        }
        guard case .webhook(let url, _) = channel.place, before?.url.map({ !$0.hasSameBytes(as: url) }) ?? true else {
            return
        }
        try await challenge(url)
    }
}
