import ActivationCore
import ActivationEngine
import Testing

@testable import ActivationServer

/// What repeats is counted, so that nobody fills the log.
struct AuditThrottleTests {
    private var throttle = AuditThrottle(
        limits: AuditThrottle.Limits(
            views: 3,
            refusals: 2,
            ofAddress: 2,
            ofAddresses: 3,
            secrets: 2,
            named: 2,
            senders: 3
        )
    )

    private func entry(
        _ action: ConfigurationChange.Action = .refuse,
        _ id: String = "GET /v1/users",
        by name: String = "loader",
        at milliseconds: Int64
    ) -> ConfigurationChange {
        ConfigurationChange(
            action,
            action == .refuse ? .denied : .allowed,
            by: ConfigurationChange.Author(name: name, way: .api, requestID: "r\(milliseconds)", sender: "192.0.2.1"),
            of: AuditSubject(kind: "route", id: id),
            details: ["code": "2120-403"],
            at: Timestamp(milliseconds: milliseconds)
        )
    }

    private mutating func admit(
        _ entry: ConfigurationChange,
        _ group: AuditThrottle.Group = .client("loader")
    ) -> [ConfigurationChange] {
        let key = AuditThrottle.Key(group: group, action: entry.action, what: entry.id)
        let admission = throttle.admit(entry, key)
        if admission.isFirst { throttle.settle(key, isWritten: true) }
        return admission.ended + [admission.entry].compactMap(\.self)
    }

    private mutating func due(_ milliseconds: Int64, isEnd: Bool = false) -> [ConfigurationChange] {
        throttle.due(at: Timestamp(milliseconds: milliseconds), isEnd: isEnd)
    }

    @Test mutating func `the first is written at once, and the others of a minute as one with a count`() {
        let first = entry(at: 1_000)
        #expect(admit(first) == [first])
        for second in 1...9 as ClosedRange<Int64> { #expect(admit(entry(at: 1_000 + second * 1_000)).isEmpty) }
        #expect(due(60_999).isEmpty)

        let sums = due(61_000)

        #expect(sums.count == 1)
        #expect(sums[0].details["count"] == 9)
        #expect(sums[0].details["code"] == "2120-403")
        #expect(sums[0].details["until"] == .string(Timestamp(milliseconds: 10_000).rfc3339))
        #expect(sums[0].author.requestID == nil && sums[0].author.sender == "192.0.2.1")
        #expect(sums[0].changedAt == Timestamp(milliseconds: 61_000) && sums[0].outcome == .denied)
        #expect(due(200_000).isEmpty)
    }

    @Test mutating func `one alone leaves no count, and after its minute the next one is written at once`() {
        #expect(admit(entry(at: 0)).count == 1)
        #expect(due(60_000).isEmpty)
        #expect(admit(entry(at: 60_001)).count == 1)
        #expect(admit(entry(at: 60_002)).isEmpty)
        // Nobody looked in between: the count comes first.
        let written = admit(entry(at: 150_000))
        #expect(written.map { $0.details["count"] } == [1, nil])
    }

    @Test mutating func `beyond a client's limit the others are told together, those looked up by their ids`() {
        for id in ["a", "b", "c"] { #expect(admit(entry(.view, id, at: 0)).count == 1) }
        for id in ["d", "e", "f", "d", "a"] { #expect(admit(entry(.view, id, at: 1)).isEmpty) }
        // Other clients are not touched by it, nor are refusals.
        #expect(admit(entry(.view, "d", by: "other", at: 2), .client("other")).count == 1)
        #expect(admit(entry(at: 2)).count == 1)

        let sums = due(70_000)

        #expect(sums.map(\.id) == ["a", "various"])
        #expect(sums[0].details["count"] == 1)
        #expect(sums[1].details["count"] == 4)
        #expect(sums[1].details["ids"] == ["d", "e"])
    }

    @Test mutating func `whoever is not known cannot fill the log from many addresses`() {
        func address(_ number: Int) -> AuditThrottle.Group { .address("192.0.2.\(number)") }
        #expect(admit(entry(.refuse, "1", at: 0), address(1)).count == 1)
        #expect(admit(entry(.refuse, "2", at: 0), address(1)).count == 1)
        #expect(admit(entry(.refuse, "3", at: 0), address(1)).isEmpty)
        #expect(admit(entry(.refuse, "1", at: 0), address(2)).count == 1)
        for number in 3...90 { #expect(admit(entry(.refuse, "1", at: 0), address(number)).isEmpty) }
        // Who is known has places of their own.
        #expect(admit(entry(at: 0)).count == 1)

        let sums = due(60_000)

        #expect(sums.map { $0.details["count"] } == [89])
        // Whoever was the first of them, nobody's name stands for the others.
        #expect(sums[0].author.name == "unknown" && sums[0].author.sender == nil)
        #expect(sums[0].details["addresses"] == ["192.0.2.1"])
        // Places are free again.
        #expect(admit(entry(.refuse, "1", at: 60_001), address(7)).count == 1)
    }

    @Test mutating func `a flood by strangers hides no attack on somebody's secret`() {
        func attempt(_ number: Int, by name: String) -> ConfigurationChange {
            var attempt = entry(.signIn, name, by: name, at: 0)
            attempt.author.sender = "192.0.2.\(number)"
            return attempt
        }
        func key(_ group: AuditThrottle.Group, _ what: String) -> AuditThrottle.Key {
            AuditThrottle.Key(group: group, action: .signIn, what: what)
        }
        for number in 1...60 {
            _ = throttle.admit(attempt(number, by: "unknown"), key(.address("192.0.2.\(number)"), "client secret"))
        }
        var written = 0
        for number in 1...6 {
            let admission = throttle.admit(attempt(number, by: "loader"), key(.secretOf("loader"), "192.0.2.\(number)"))
            written += admission.entry == nil ? 0 : 1
        }
        #expect(written == 2)

        let sums = due(60_000, isEnd: true)

        #expect(sums.map { "\($0.author.name) \($0.id)" } == ["loader loader", "unknown various"])
        #expect(sums.map { $0.details["count"] } == [4, 57])
        #expect(sums[0].details["addresses"] == ["192.0.2.3", "192.0.2.4", "192.0.2.5"])
        #expect(sums.allSatisfy { $0.author.sender == nil })
    }

    @Test mutating func `until the first look-up is written, and while writes fail, none is only counted`() {
        let view = entry(.view, "a", at: 0)
        let key = AuditThrottle.Key(group: .client("loader"), action: .view, what: "a")
        #expect(throttle.admit(view, key).isFirst)
        // Others that come meanwhile, however long it takes, have records of their own.
        for instant in [1, 70_000] as [Int64] {
            let other = throttle.admit(entry(.view, "a", at: instant), key)
            #expect(other.entry != nil && !other.isFirst)
        }
        #expect(due(70_000).isEmpty)
        throttle.settle(key, isWritten: false)
        #expect(throttle.admit(entry(.view, "a", at: 70_001), key).isFirst)
        throttle.settle(key, isWritten: true)
        #expect(throttle.admit(entry(.view, "a", at: 70_002), key).entry == nil)

        let failing = throttle.admit(entry(.view, "a", at: 70_003), key, isFailing: true)
        #expect(failing.entry != nil && !failing.isFirst)
        for id in ["b", "c"] { _ = admit(entry(.view, id, at: 70_004)) }
        let beyond = AuditThrottle.Key(group: .client("loader"), action: .view, what: "d")
        #expect(throttle.admit(entry(.view, "d", at: 70_005), beyond, isFailing: true).entry != nil)
        #expect(throttle.admit(entry(.view, "d", at: 70_006), beyond).entry == nil)
        #expect(due(200_000).map { $0.details["count"] } == [1, 1])
    }

    @Test mutating func `a refusal that could not be written is counted, and does not try again each time`() {
        let key = AuditThrottle.Key(group: .client("loader"), action: .refuse, what: "GET /v1/users")
        #expect(throttle.admit(entry(at: 0), key).isFirst)
        #expect(throttle.admit(entry(at: 1), key).entry == nil)
        throttle.settle(key, isWritten: false)
        #expect(throttle.admit(entry(at: 2), key, isFailing: true).entry == nil)
        #expect(due(60_000).map { $0.details["count"] } == [3])
    }

    @Test mutating func `at the end of the server all that was counted is written`() {
        _ = admit(entry(at: 0))
        _ = admit(entry(at: 1))
        #expect(due(2).isEmpty)
        #expect(due(2, isEnd: true).map { $0.details["count"] } == [1])
    }

    @Test mutating func `a clock that was set back ends minutes`() {
        _ = admit(entry(at: 1_000_000))
        _ = admit(entry(at: 1_000_001))
        #expect(due(0).map { $0.details["count"] } == [1])
    }
}
