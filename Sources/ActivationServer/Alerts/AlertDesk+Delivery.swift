import ActivationCore
import ActivationEngine
import Logging
import Synchronization

extension AlertDesk {
    /// What is told of one channel in one round at most.
    private static let roundMax = 20
    /// Channels that are told something at a time.
    private static let channelsAtOnce = 8

    /// Tells what is due.
    ///
    /// One that ends while it is under way is told again after the next start, with the same id: better twice than never.
    func deliver() async {
        await deliverUnstored()
        do {
            let due = try await store.dueAlertDeliveries(at: time.now(), limit: AlertDesk.roundMax, scope: scope)
            let groups = Dictionary(grouping: due) { ByteKey($0.channel) }.values
            await withTaskGroup(of: Void.self) { tasks in
                var running = 0
                for group in groups {
                    if running == AlertDesk.channelsAtOnce {
                        await tasks.next()
                        running -= 1
                    }
                    tasks.addTask { await self.deliver(group) }
                    running += 1
                }
            }
        } catch {
            logger.warning("Alerts not told", metadata: ["error.message": "\(error)"])
        }
    }

    /// Tells what the store has refused; how far it has come is stored with it.
    private func deliverUnstored() async {
        guard memory.withLock({ !$0.unstored.deliveries.isEmpty }) else { return }
        // No look stores it meanwhile as not told yet.
        await gate.enter()
        defer { gate.leave() }
        var deliveries = memory.withLock { $0.unstored.deliveries }
        let now = time.now()
        let due = deliveries.indices.filter { index in deliveries[index].due.map { $0 <= now } ?? false }
            .prefix(AlertDesk.channelsAtOnce)
        let outcomes = await withTaskGroup(of: (Int, AlertAttempts, AlertAttempts.Outcome)?.self) { tasks in
            for index in due {
                let delivery = deliveries[index]
                tasks.addTask {
                    guard let attempts = AlertAttempts(delivery.body) else { return nil }
                    return (index, attempts, await self.attempt(attempts.notice, by: delivery.channel))
                }
            }
            return await tasks.reduce(into: [(Int, AlertAttempts, AlertAttempts.Outcome)]()) { all, one in
                if let one { all.append(one) }
            }
        }
        guard !Task.isCancelled else { return }
        for (index, before, outcome) in outcomes {
            var attempts = before
            deliveries[index].due = attempts.note(outcome, since: deliveries[index].at, at: time.now())
            deliveries[index].body = attempts.body
        }
        let told = deliveries
        memory.withLock { $0.unstored.deliveries = told }
    }

    /// Tells one channel several things, in order.
    private func deliver(_ group: [AlertDelivery]) async {
        for (index, delivery) in group.enumerated() {
            guard var attempts = AlertAttempts(delivery.body) else {
                await settle([AlertDelivery(delivery, due: nil)])
                continue
            }
            let outcome = await attempt(attempts.notice, by: delivery.channel)
            // What was cut off says nothing.
            guard !Task.isCancelled else { return }
            let now = time.now()
            var told = AlertDelivery(delivery, due: attempts.note(outcome, since: delivery.at, at: now))
            told.body = attempts.body
            var settled = [told]
            if case .failed = outcome, let next = told.due {
                // The others would fail as well: they wait with it, and count nothing.
                settled += group[(index + 1)...].map { AlertDelivery($0, due: max($0.at, next)) }
            }
            if attempts.state == .givenUp {
                logger.warning(
                    "Alert not told",
                    metadata: [
                        "channel.id": "\(delivery.channel)", "attempts": "\(attempts.count)",
                        "error.message": "\(attempts.lastAnswer ?? "")",
                    ]
                )
            }
            await settle(settled)
            if settled.count > 1 { return }
        }
    }

    private func settle(_ deliveries: [AlertDelivery]) async {
        var change = AlertChange()
        change.attempts = deliveries
        do throws(StorageError) {
            try await store.apply(change, scope: scope)
        } catch {
            // It is told again, since nobody can know that it was.
            logger.warning("Delivery of an alert not noted", metadata: ["error.message": "\(error)"])
        }
    }

    /// Tells one channel one thing, now.
    func attempt(_ notice: AlertNotice, by id: String) async -> AlertAttempts.Outcome {
        guard let entry = control.entry(.alertChannel, id) else { return .gone("the channel is gone") }
        guard let channel = AlertChannel(entry, control.secrets) else {
            return .failed("the channel's secrets do not open with the server's data key; give them again")
        }
        guard channel.isEnabled || notice.step == nil else { return .failed("the channel is off") }
        do throws(AlertTransportError) {
            return try await send(notice, by: channel)
        } catch {
            return .failed(error.description)
        }
    }

    private func send(
        _ notice: AlertNotice,
        by channel: AlertChannel
    ) async throws(AlertTransportError) -> AlertAttempts.Outcome {
        let message = AlertMessage(
            notice: notice,
            organisation: control.orgID,
            sandbox: control.sandbox.isDefault ? nil : control.sandbox.name,
            link: endpoint.value + "/console/alerts"
        )
        switch channel.place {
        case .webhook(let url, let secret):
            let body = Array(message.webhook.text.utf8)
            let seconds = time.now().milliseconds / 1_000
            return try await post(
                body,
                to: url,
                headers: [
                    ("x-headwater-event-id", notice.id), ("x-headwater-timestamp", String(seconds)),
                    ("x-headwater-signature", AlertSignature.of(body, at: seconds, secret: secret)),
                ]
            )
        case .slack(let url): return try await post(Array(message.slack.text.utf8), to: url)
        case .email(let server, let from, let to):
            try await transport.send(
                AlertMail(
                    id: notice.id,
                    from: from,
                    to: to,
                    subject: message.title,
                    text: message.mail,
                    milliseconds: notice.at.milliseconds
                ),
                by: server
            )
            return .delivered("taken by the mail server")
        }
    }

    private func post(
        _ body: [UInt8],
        to url: String,
        headers: [(name: String, value: String)] = []
    ) async throws(AlertTransportError) -> AlertAttempts.Outcome {
        let answer = try await transport.send(WebhookRequest(url: url, body: body, headers: headers))
        let text = "HTTP \(answer.status)"
        return 200..<300 ~= answer.status ? .delivered(text) : .failed(text)
    }

    /// Tells a channel that nothing is the matter, and waits for what comes of it.
    ///
    /// - Parameter id: The channel.
    /// - Returns: What came of it; it stands among the deliveries too.
    /// - Throws: `ALERT_CHANNEL_UNKNOWN`, or the store's error.
    func test(_ id: String) async throws(APIError) -> AlertAttempts {
        guard let entry = control.entry(.alertChannel, id) else { throw AlertDesk.channelUnknown }
        let start = time.now()
        let notice = AlertNotice.test(id: ids.next().description, of: entry.string("name") ?? "", at: start)
        var attempts = AlertAttempts(notice: notice)
        let outcome = await attempt(notice, by: id)
        _ = attempts.note(outcome, since: start, at: time.now())
        // A test is not tried again.
        if attempts.state == .waiting { attempts.state = .givenUp }
        var change = AlertChange()
        change.deliveries = [AlertDelivery(at: start, channel: id, due: nil, body: attempts.body)]
        do throws(StorageError) {
            try await store.apply(change, scope: scope)
        } catch {
            throw APIError(storage: error)
        }
        return attempts
    }

    /// Asks a webhook whether it expects messages of this server (BEHAVIOUR 7.3).
    ///
    /// - Parameter url: The webhook.
    /// - Throws: `ALERT_CHANNEL_REFUSED`.
    func challenge(_ url: String) async throws(APIError) {
        let word = Base64URL.encode(ClientSecret.random(24))
        let separator = url.contains("?") ? "&" : "?"
        let answer: WebhookAnswer
        do throws(AlertTransportError) {
            answer = try await transport.send(WebhookRequest(url: "\(url)\(separator)challenge=\(word)"))
        } catch {
            throw APIError(.alertChannelRefused, "the webhook was asked and did not answer: \(error.description)")
        }
        guard 200..<300 ~= answer.status, String(decoding: answer.body, as: UTF8.self).contains(word) else {
            throw APIError(
                .alertChannelRefused,
                "a GET with ?challenge=VALUE was answered with HTTP \(answer.status) and without VALUE in its body; the "
                    + "webhook has to answer 200 with it, which shows that it expects messages of this server"
            )
        }
    }

    static let channelUnknown = APIError(
        .alertChannelUnknown,
        "no channel has this id; GET /v1/alerts/channels lists them"
    )
}

extension AlertDelivery {
    fileprivate init(_ delivery: AlertDelivery, due: Timestamp?) {
        self = delivery
        self.due = due
    }
}
