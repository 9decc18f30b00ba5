import ActivationCore
import Testing

@testable import ActivationServer

/// What channels send, and how long they try.
@Suite struct AlertMessageTests {
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)

    private static func notice(_ kind: AlertKind, _ step: AlertState.Step = .fired) -> AlertNotice {
        AlertNotice(
            id: "e1",
            step: step,
            alert: "r.f",
            rule: "r",
            name: kind.title,
            kind: kind,
            severity: .critical,
            threshold: 5,
            dataflow: "f",
            dataflowName: "vip <&>\nto kinesis",
            since: now,
            at: now,
            finding: AlertFinding(text: "It is <so> & so.", figure: 7, run: "f-1"),
            run: ["id": "f-1", "metrics": ["durationSummary": ["startedAtUTC": 5, "completedAtUTC": 9]]]
        )
    }

    private static func message(_ notice: AlertNotice) -> AlertMessage {
        AlertMessage(notice: notice, organisation: "org@AdobeOrg", link: "http://x/console/alerts")
    }

    @Test func `good news has the shape of Adobe's success events`() {
        let json = Self.message(Self.notice(.flowRunSuccess, .happened)).webhook

        #expect(json["event_id"] == "e1")
        #expect(json["event"]?["id"] == "f-1")
        #expect(json["event"]?["processStartTime"] == 5)
        #expect(json["event"]?["transformedTime"] == 9)
        #expect(
            json["event"]?["header"]?["_adobeio"] == [
                "imsOrgId": "org@AdobeOrg", "providerMetadata": "aep_observability_catalog_events",
                "eventCode": "destinations_flow_run_success",
            ]
        )
    }

    @Test func `a message of another sandbox than the default one names it`() {
        var message = Self.message(Self.notice(.skippedRateExceeded))
        #expect(message.webhook[0]?["messages"]?[0]?["value"]?["alert"]?["sandboxName"] == nil)
        let title = message.title

        message.sandbox = "dev"

        #expect(message.webhook[0]?["messages"]?[0]?["value"]?["alert"]?["sandboxName"] == "dev")
        #expect(message.title == title + " (sandbox dev)")
        #expect(message.slack["text"]?.string?.contains("(sandbox dev)") == true)
    }

    @Test func `bad news has the shape of Adobe's failure events`() {
        let message = Self.message(Self.notice(.skippedRateExceeded)).webhook[0]?["messages"]?[0]

        #expect(message?["msgType"] == "eventNotification")
        #expect(message?["imsOrgId"] == "org@AdobeOrg")
        #expect(message?["timestamp"] == .integer(Self.now.milliseconds))
        #expect(message?["schema"] == ["name": "run-notification", "version": "1.0"])
        #expect(message?["provider"] == "FlowService")
        #expect(
            message?["_eventNotificationMeta"] == [
                "category": "Platform Notifications", "type": "destinations_activation_skip_rate_exceeded",
            ]
        )
        #expect(message?["value"]?["id"] == "f-1")
        #expect(message?["value"]?["alert"]?["event"] == "fired")
        #expect(message?["value"]?["alert"]?["figure"] == 7)
    }

    @Test func `titles are one line and Slack's markup is escaped`() {
        let message = Self.message(Self.notice(.paused, .resolved))

        #expect(message.notice.title == "[critical] Dataflow paused (over): vip <&> to kinesis")
        let text = message.slack["text"]?.string ?? ""
        #expect(text.contains("vip &lt;&amp;&gt; to kinesis") && text.contains("It is &lt;so&gt; &amp; so."))
        #expect(text.hasSuffix("\nhttp://x/console/alerts"))
    }

    @Test func `a notice comes back from the store`() {
        let notice = Self.notice(.lag, .repeated)

        #expect(AlertNotice(.object(notice.stored)) == notice)
        let test = AlertNotice.test(id: "t", of: "c", at: Self.now)
        #expect(AlertNotice(.object(test.stored)) == test)
    }

    @Test func `a signature is the HMAC of instant, point and body`() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef
        #expect(
            AlertSignature.of(Array(#"{"a":1}"#.utf8), at: 1_700_000_000, secret: "0123456789abcdef")
                == "v1=9eb18f493f8ec135d9eb2dad817c369bb4e9cbfa818657897a7437c1cd8c3a23"
        )
    }

    @Test func `attempts rest for longer each time, and end after a day`() {
        var attempts = AlertAttempts(notice: Self.notice(.lag))
        var now = Self.now
        var pauses: [Int64] = []
        while let next = attempts.note(.failed("HTTP 500"), since: Self.now, at: now) {
            pauses.append((next.milliseconds - now.milliseconds) / 1_000)
            now = next
        }

        #expect(pauses.prefix(10) == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900])
        #expect(pauses.reduce(0, +) <= 86_400 && pauses.reduce(0, +) > 86_400 - 900)
        #expect(attempts.state == .givenUp)
        #expect(attempts.count == pauses.count + 1)
        #expect(attempts.lastAnswer == "HTTP 500")
        #expect(AlertAttempts(attempts.body) == attempts)
    }

    @Test func `an attempt that is taken, or has no channel, is the last one`() {
        var taken = AlertAttempts(notice: Self.notice(.lag))
        var gone = taken

        #expect(taken.note(.delivered("HTTP 204"), since: Self.now, at: Self.now) == nil)
        #expect(gone.note(.gone("the channel is gone"), since: Self.now, at: Self.now) == nil)

        #expect(taken.state == .delivered && gone.state == .givenUp)
    }
}
