import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationEngine
@testable import ActivationServer
@testable import Console

/// Members over time (BEHAVIOUR 5.9).
@Suite struct AudienceMembersTests {
    private static let definitions = "/data/core/ups/segment/definitions"
    /// The hour that the clock of a world stands in.
    private static let hour = BookedHour.number(of: Timestamp(milliseconds: 1_772_442_904_123))

    private func send(_ world: IngestWorld, _ number: Int, _ code: String) async throws {
        let line = #"{"identityMap":{"Email":[{"id":"p\#(number)@x.example"}]},"home":{"code":"\#(code)"}}"#
        let stored = try await world.send(.post, "/v1/profiles", line)
        #expect(stored["accepted"] == 1)
    }

    private static func start(_ number: Int64) -> JSONValue {
        .string(Timestamp(milliseconds: number * BookedHour.length).rfc3339)
    }

    private static func line(_ number: Int64, _ entered: Int64, _ exited: Int64, _ members: Int64) -> JSONValue {
        [
            "start": start(number), "entered": .integer(entered), "exited": .integer(exited),
            "members": .integer(members),
        ]
    }

    @Test func `who entered and who exited is told by the hour`() async throws {
        try await IngestWorld.run { world in
            let clock = try #require(world.dependencies.time as? IngestWorld.Clock)
            let made = try await world.send(
                .post,
                Self.definitions,
                #"{"name":"us","expression":{"type":"PQL","format":"pql/text","value":"home.code = \"US\""}}"#
            )
            let id = try #require(made["id"]?.string)
            let path = "/v1/audiences/\(id)/members"
            let empty = try await world.send(.get, path)
            for number in 0..<3 { try await send(world, number, "US") }
            clock.advance(by: 25 * BookedHour.length)
            try await send(world, 0, "FR")
            try await send(world, 3, "US")
            let day = try await world.send(.get, path)
            let whole = try await world.send(.get, path + "?hours=26")

            #expect(empty["members"] == 0 && empty["hours"] == [])
            #expect(empty["since"] == Self.start(Self.hour - 23))
            #expect(day["audienceId"]?.string == id)
            #expect(day["members"] == 3 && day["entered"] == 1 && day["exited"] == 1)
            #expect(day["hours"] == [Self.line(Self.hour + 25, 1, 1, 3)])
            #expect(whole["entered"] == 4 && whole["exited"] == 1)
            #expect(whole["hours"] == [Self.line(Self.hour, 3, 0, 3), Self.line(Self.hour + 25, 1, 1, 3)])
            for hours in ["0", "721", "x"] {
                #expect(try await world.send(.get, "\(path)?hours=\(hours)").status == 400, "\(hours)")
            }
            #expect(try await world.send(.get, "/v1/audiences/nobody/members").status == 404)
        }
    }

    /// An engine with the hours of every audience.
    private final class Recalling: QuietEngine {
        let hours: [MemberHour]

        init(_ hours: [MemberHour]) { self.hours = hours }

        func memberHours(of audience: Audience.ID) async throws(EngineError) -> [MemberHour] { hours }
        func memberCount(_ audience: Audience.ID) async throws(EngineError) -> Int { 7 }
    }

    private func history(_ hours: [(Int64, Int64, Int64, Int64)], now: Int64 = hour) async throws -> MemberHistory {
        let hours = hours.map { number, entered, exited, members in
            MemberHour(
                start: Timestamp(milliseconds: number * BookedHour.length),
                counters: MemberCounters(entered: entered, exited: exited),
                members: members
            )
        }
        return try await MemberHistory(
            of: Audience.ID(uuid: UUIDBytes(high: 1, low: 1)),
            Recalling(hours),
            now: Timestamp(milliseconds: now * BookedHour.length + 5)
        )
    }

    @Test func `hours in which nothing happened have the members of those before`() async throws {
        let quiet = try await history([])
        #expect(quiet.points(ofLast: 3).map(\.members) == [7, 7, 7])
        let busy = try await history([(Self.hour - 9, 5, 0, 15), (Self.hour - 2, 4, 1, 18), (Self.hour, 0, 8, 10)])
        #expect(busy.members == 10)
        #expect(busy.points(ofLast: 4).map(\.members) == [15, 18, 18, 10])
        #expect(busy.points(ofLast: 4).map(\.counters.entered) == [0, 4, 0, 0])
        #expect(busy.points(ofLast: 12).map(\.members).prefix(4) == [10, 10, 15, 15])
        let ahead = try await history([(Self.hour + 2, 1, 0, 1)])
        #expect(ahead.points(ofLast: 2).map(\.members) == [0, 1])
    }

    @Test(arguments: [24 * 19_704, 24 * 19_704 + 1, 24 * 19_704 + 22, 24 * 19_704 + 23, -1, -24, -25] as [Int64])
    func `days are those of the calendar, and the last one ends now`(_ now: Int64) async throws {
        let day = try await history([(now - 1, 3, 1, 12), (now, 2, 0, 14)], now: now)
        let hours = day.hours(ofLastDays: 30)
        #expect(day.points(ofLast: hours).count == hours && (697...720).contains(hours))
        #expect((now + 1 - Int64(hours)) % 24 == 0)
        let chart = day.chart(byDay: true)
        #expect(chart.slots.count == 30)
        #expect(chart.rows.first?.members == "14")
        #expect(chart.slots.last?.text.contains("14 members") == true)
        #expect(day.chart(byDay: false).slots.count == 24)
    }
}
