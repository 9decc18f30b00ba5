import ActivationCore
import ActivationEngine

extension StorageConformance {
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static func instant(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    private static func delivery(_ body: String, _ channel: String, due: Int64?, at: Int64 = 1) -> AlertDelivery {
        AlertDelivery(at: instant(at), channel: channel, due: due.map(instant), body: bytes(body))
    }

    private static func entry(_ body: String, about subject: String = "", at: Int64 = 1) -> AlertEntry {
        AlertEntry(at: instant(at), subject: subject, body: bytes(body))
    }

    private static func due(_ storage: Subject, at: Int64, limit: Int = 10) async throws -> [String] {
        try await storage.dueAlertDeliveries(at: instant(at), limit: limit, scope: scope).map {
            String(decoding: $0.body, as: UTF8.self)
        }
    }

    static let alertChecks: [Check] = [
        Check(name: "how alerts stand comes back after a restart, replaced and removed, each scope its own") {
            factory in
            let storage = try await factory.make()
            var change = AlertChange()
            change.standings = ["b", "a", "c"].map { AlertStanding(id: $0, body: bytes("1")) }
            try await storage.apply(change, scope: scope)
            change.standings = [AlertStanding(id: "a", body: bytes("other"))]
            try await storage.apply(change, scope: otherScope)
            change.standings = [AlertStanding(id: "a", body: bytes("2"))]
            change.gone = ["b", "unknown"]
            try await storage.apply(change, scope: scope)

            let reopened = try await factory.reopen(storage)

            try expectEqual(
                try await reopened.alertStandings(scope: scope),
                [AlertStanding(id: "a", body: bytes("2")), AlertStanding(id: "c", body: bytes("1"))]
            )
            try expectEqual(
                try await reopened.alertStandings(scope: otherScope),
                [AlertStanding(id: "a", body: bytes("other"))]
            )
        },
        Check(name: "what happened to alerts is read in pages, of all or of one subject, the newest first") { factory in
            let storage = try await factory.make()
            var change = AlertChange()
            change.entries = [entry("1", about: "f"), entry("2", about: "g", at: 2), entry("3", about: "f", at: 3)]
            try await storage.apply(change, scope: scope)
            change.entries = [entry("x", about: "f")]
            try await storage.apply(change, scope: otherScope)

            let storage2 = try await factory.reopen(storage)

            let all = try await storage2.alertEntries(about: nil, before: nil, limit: 2, scope: scope)
            try expectEqual(all.map(\.body), [bytes("3"), bytes("2")])
            try expectEqual(all.map(\.at), [instant(3), instant(2)])
            let rest = try await storage2.alertEntries(about: nil, before: all.last?.sequence, limit: 2, scope: scope)
            try expectEqual(rest.map(\.body), [bytes("1")])
            let some = try await storage2.alertEntries(about: "f", before: nil, limit: 9, scope: scope)
            try expectEqual(some.map(\.body), [bytes("3"), bytes("1")])
        },
        Check(name: "what is due is told in order, so much of each channel, and no more once it is over") { factory in
            let storage = try await factory.make()
            var change = AlertChange()
            change.deliveries = [
                delivery("a1", "a", due: 5), delivery("a2", "a", due: 5), delivery("a3", "a", due: 5),
                delivery("b1", "b", due: 7), delivery("b0", "b", due: nil),
            ]
            try await storage.apply(change, scope: scope)

            try expectEqual(try await due(storage, at: 4), [])
            try expectEqual(try await due(storage, at: 7, limit: 2), ["a1", "a2", "b1"])
            var first = try await storage.dueAlertDeliveries(at: instant(5), limit: 1, scope: scope)[0]
            first.due = nil
            first.body = bytes("a1 told")
            change = AlertChange()
            change.attempts = [first]
            try await storage.apply(change, scope: scope)

            let reopened = try await factory.reopen(storage)

            try expectEqual(try await due(reopened, at: 7), ["a2", "a3", "b1"])
            let told = try await reopened.alertDeliveries(by: "a", before: nil, limit: 9, scope: scope)
            try expectEqual(told.map(\.body), [bytes("a3"), bytes("a2"), bytes("a1 told")])
            try expectEqual(told.last?.due, nil)
            let page = try await reopened.alertDeliveries(by: nil, before: told[1].sequence, limit: 1, scope: scope)
            try expectEqual(page, [told[2]])
        },
        Check(name: "a few old entries and deliveries go with a change, but none that is still to be told") { factory in
            let storage = try await factory.make()
            let atOnce = AlertChange.forgottenAtOnce
            var change = AlertChange()
            change.entries = (0..<(atOnce + 1)).map { _ in entry("old") } + [entry("new", at: 9)]
            change.deliveries = [delivery("waits", "a", due: 99), delivery("over", "a", due: nil)]
            try await storage.apply(change, scope: scope)

            change = AlertChange()
            change.entries = [entry("newest", at: 9)]
            change.forgetsEntriesBefore = instant(5)
            change.forgetsDeliveriesBefore = instant(5)
            try await storage.apply(change, scope: scope)

            let entries = try await storage.alertEntries(about: nil, before: nil, limit: 1_000, scope: scope)
            try expectEqual(entries.map(\.body), [bytes("newest"), bytes("new"), bytes("old")])
            let deliveries = try await storage.alertDeliveries(by: nil, before: nil, limit: 9, scope: scope)
            try expectEqual(deliveries.map(\.body), [bytes("waits")])
        },
    ]
}
