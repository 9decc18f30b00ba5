import ActivationCore
import ActivationEngine

extension StorageConformance {
    static func event(_ id: String, of profile: Int, at milliseconds: Int64) -> CommitPlan.EventWrite {
        CommitPlan.EventWrite(
            profile: profileID(profile),
            id: id,
            timestamp: Timestamp(milliseconds: milliseconds),
            body: Array("body of \(id)".utf8)
        )
    }

    /// The ids of a profile's events as loaded.
    static func events(of profile: Int, in storage: Subject) async throws -> [String] {
        var request = LoadRequest(scope: scope)
        request.profiles = [profileID(profile)]
        request.profilesNeedingEvents = [0]
        let loaded = try await storage.load(request)
        for event in loaded.events[0] ?? [] { try expectEqual(text(event.body), "body of \(event.id)") }
        return (loaded.events[0] ?? []).map(\.id)
    }

    static let eventChecks: [Check] = [
        Check(name: "events come by time, then by id, for the profiles that need them") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in
                plan.profiles = [new(1), new(2), new(3)]
                plan.identities = [
                    CommitPlan.IdentityWrite(identity: email("a"), profile: profileID(1)),
                    CommitPlan.IdentityWrite(identity: email("b"), profile: profileID(2)),
                ]
                plan.events = [
                    event("z", of: 1, at: -5), event("b", of: 1, at: 7), event("a", of: 1, at: 7),
                    event("B", of: 1, at: 7), event("y", of: 1, at: 100), event("x", of: 2, at: 1),
                    event("w", of: 3, at: 1),
                ]
            }
            try await commit(to: storage) { $0.events = [event("late", of: 1, at: 50)] }

            let reopened = try await factory.reopen(storage)
            var request = LoadRequest(scope: scope)
            request.identities = [email("b"), email("a"), email("a"), email("nobody")]
            request.profiles = [profileID(3), profileID(8)]
            request.identitiesNeedingEvents = [1, 2, 3]
            request.profilesNeedingEvents = [0, 1]
            let loaded = try await reopened.load(request)

            var found: [Profile.ID: [String]] = [:]
            for (index, events) in loaded.events { found[loaded.profiles[index].id] = events.map(\.id) }
            try expectEqual(found, [profileID(1): ["z", "B", "a", "b", "late", "y"], profileID(3): ["w"]])
        },
        Check(name: "a profile knows the ids of its own events only") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in
                plan.profiles = [new(1), new(2)]
                plan.identities = [
                    CommitPlan.IdentityWrite(identity: email("a"), profile: profileID(1)),
                    CommitPlan.IdentityWrite(identity: email("b"), profile: profileID(2)),
                ]
                plan.events = [event("caf\u{e9}", of: 1, at: 1), event("second", of: 2, at: 1)]
            }

            var request = LoadRequest(scope: scope)
            request.identities = [email("a"), email("b"), email("nobody")]
            request.eventIDs = [
                (0, "caf\u{e9}"), (0, "cafe\u{301}"), (0, "second"), (1, "second"), (1, "caf\u{e9}"), (2, "second"),
            ]
            let loaded = try await storage.load(request)

            try expectEqual(loaded.knownEvents, [true, false, false, true, false, false])
        },
        Check(name: "an event id is there once per profile") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in
                plan.profiles = [new(1), new(2)]
                plan.events = [event("a", of: 1, at: 1), event("a", of: 2, at: 1)]
            }

            try await expectError(.conflict) {
                try await commit(to: storage) { $0.events = [event("b", of: 1, at: 2), event("a", of: 1, at: 9)] }
            }
            try await expectError(.conflict) {
                try await commit(to: storage) { $0.events = [event("b", of: 3, at: 2)] }
            }

            try expectEqual(try await events(of: 1, in: storage), ["a"])
        },
        Check(name: "the oldest events leave, after the new ones have come") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in
                plan.profiles = [new(1), new(2)]
                plan.events = [
                    event("d", of: 1, at: 4), event("b", of: 1, at: 2), event("c", of: 1, at: 2),
                    event("other", of: 2, at: 1),
                ]
            }

            try await commit(to: storage) { plan in
                plan.events = [event("late", of: 1, at: 1), event("e", of: 1, at: 5)]
                plan.evictions = [CommitPlan.EventEviction(profile: profileID(1), count: 2)]
            }

            try expectEqual(try await events(of: 1, in: storage), ["c", "d", "e"])
            try expectEqual(try await events(of: 2, in: storage), ["other"])
            try await commit(to: storage) { plan in
                plan.evictions = [CommitPlan.EventEviction(profile: profileID(1), count: 9)]
            }
            try expectEqual(try await events(of: 1, in: storage), [])
        },
    ]
}
