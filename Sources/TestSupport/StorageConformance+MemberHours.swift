import ActivationCore
import ActivationEngine

/// The hours of audiences.
extension StorageConformance {
    private static func instant(_ hour: Int64, _ minute: Int64 = 0) -> Timestamp {
        Timestamp(milliseconds: (hour * 60 + minute) * 60_000)
    }

    private static func count(
        _ counters: [Int: MemberCounters],
        at instant: Timestamp?,
        to storage: Subject,
        scope: Scope = scope
    ) async throws {
        try await commit(to: storage, scope: scope) { plan in
            plan.admission = instant.map { AdmissionMark(instant: $0, sequence: AdmissionSequence(rawValue: 1 << 10)) }
            for (audience, counted) in counters { plan.memberCounters[audienceID(audience)] = counted }
        }
    }

    private static func hour(_ number: Int64, _ entered: Int64, _ exited: Int64, _ members: Int64) -> MemberHour {
        MemberHour(
            start: instant(number),
            counters: MemberCounters(entered: entered, exited: exited),
            members: members
        )
    }

    private static func expectHours(
        _ expected: [MemberHour],
        of audience: Int = 1,
        in storage: Subject,
        scope: Scope = scope
    ) async throws {
        try expectEqual(try await storage.memberHours(of: audienceID(audience), scope: scope), expected)
    }

    static let memberHourChecks: [Check] = [
        Check(name: "members are counted by the hour, over a restart, for each audience and scope") { factory in
            let storage = try await factory.make()
            try await count([1: MemberCounters(entered: 3)], at: instant(100, 59), to: storage)
            try await count(
                [1: MemberCounters(entered: 1, exited: 2), 2: MemberCounters(entered: 9)],
                at: instant(101),
                to: storage
            )
            try await count([1: MemberCounters(entered: 4)], at: instant(101, 30), to: storage)
            try await count([1: MemberCounters(entered: 8)], at: instant(50), to: storage, scope: otherScope)

            let reopened = try await factory.reopen(storage)
            try await count([1: MemberCounters(exited: 1)], at: instant(101, 59), to: reopened)
            try await count([1: MemberCounters(exited: 5)], at: instant(200), to: reopened)

            try await expectHours([hour(100, 3, 0, 3), hour(101, 5, 3, 5), hour(200, 0, 5, 0)], in: reopened)
            try await expectHours([hour(101, 9, 0, 9)], of: 2, in: reopened)
            try await expectHours([], of: 3, in: reopened)
            try await expectHours([hour(50, 8, 0, 8)], in: reopened, scope: otherScope)
            try expectEqual(
                try await reopened.memberChanges(since: 101, scope: scope),
                [audienceID(1): MemberCounters(entered: 5, exited: 8), audienceID(2): MemberCounters(entered: 9)]
            )
            try expectEqual(
                try await reopened.memberChanges(since: 102, scope: scope),
                [audienceID(1): MemberCounters(exited: 5)]
            )
            try expectEqual(try await reopened.memberChanges(since: 201, scope: scope), [:])
        },
        Check(name: "a clock that was set back gives no hour of the past, and what counts nobody begins none") {
            factory in
            let storage = try await factory.make()
            try await count([1: MemberCounters(entered: 2)], at: nil, to: storage)
            try await expectHours([], in: storage)
            try await count([1: MemberCounters(entered: 1)], at: instant(0, -1), to: storage)
            try await count([1: MemberCounters(entered: 1)], at: instant(5), to: storage)
            try await count([1: MemberCounters(entered: 1)], at: instant(4, 59), to: storage)
            try await count([2: MemberCounters(entered: 1)], at: instant(3), to: storage)
            try await count([1: MemberCounters(entered: 1)], at: nil, to: storage)
            try await count([1: MemberCounters()], at: instant(6), to: storage)
            try await count([1: MemberCounters(exited: 1)], at: nil, to: storage)
            try await expectHours([hour(-1, 1, 0, 3), hour(5, 3, 0, 6), hour(6, 0, 1, 5)], in: storage)
            try await expectHours([hour(5, 1, 0, 1)], of: 2, in: storage)
        },
        Check(name: "hours of members go after thirty days, and who is a member stays one") { factory in
            let storage = try await factory.make()
            try await count(
                [1: MemberCounters(entered: 1), 2: MemberCounters(entered: 1)],
                at: instant(1_000),
                to: storage
            )
            try await count([1: MemberCounters(entered: 2)], at: instant(1_001), to: storage)
            let last = 1_001 + BookedHour.keptHours
            try await count([3: MemberCounters(entered: 3)], at: instant(last), to: storage)
            try await expectHours([hour(1_001, 2, 0, 3)], in: storage)
            try await expectHours([], of: 2, in: storage)
            try await expectHours([hour(last, 3, 0, 3)], of: 3, in: storage)
            try expectEqual(try await storage.memberCount(of: audienceID(2), scope: scope), 1)
        },
    ]
}
