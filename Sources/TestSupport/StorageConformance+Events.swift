import ActivationCore
import ActivationEngine

extension StorageConformance {
    /// An event; its dataset is told by its time.
    static func event(_ id: String, of profile: Int, at milliseconds: Int64) -> CommitPlan.EventWrite {
        CommitPlan.EventWrite(
            profile: profileID(profile),
            id: id,
            timestamp: Timestamp(milliseconds: milliseconds),
            dataset: dataset(at: milliseconds),
            body: Array("body of \(id)".utf8)
        )
    }

    private static func dataset(at milliseconds: Int64) -> UInt16 {
        UInt16(truncatingIfNeeded: milliseconds.magnitude % 0xFFFF) + 1
    }

    /// What a storage knows of the events of stored profiles.
    static func loadEvents(
        of profiles: [Int],
        _ extent: EventRequest.Extent,
        ids: [String] = [],
        bytesMax: Int? = nil,
        in storage: Subject
    ) async throws -> [LoadedEvents] {
        var request = EventRequest()
        for number in profiles {
            let row = try await profile(number, in: storage).row
            request.items.append(EventRequest.Item(row: row, extent: extent, ids: ids))
        }
        request.bytesMax = bytesMax
        return try await storage.loadEvents(request)
    }

    /// The ids of a profile's events as loaded.
    static func events(of profile: Int, in storage: Subject) async throws -> [String] {
        let loaded = try await loadEvents(of: [profile], .whole, in: storage)
        for event in loaded[0].events ?? [] { try expectEqual(text(event.body), "body of \(event.id)") }
        return (loaded[0].events ?? []).map(\.id)
    }

    static let eventChecks: [Check] = [
        Check(name: "events come by time, then by id's bytes, as much of them as was asked for") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in
                plan.profiles = [new(1), new(2), new(3)]
                plan.events = [
                    event("z", of: 1, at: -5), event("b", of: 1, at: 7), event("a", of: 1, at: 7),
                    event("B", of: 1, at: 7), event("y", of: 1, at: 100), event("x", of: 2, at: 1),
                    event("w", of: 3, at: 1),
                ]
            }
            try await commit(to: storage) { $0.events = [event("late", of: 1, at: 50)] }

            let reopened = try await factory.reopen(storage)
            var request = EventRequest()
            let extents: [(profile: Int, extent: EventRequest.Extent)] = [(2, .none), (1, .index), (3, .whole)]
            for (number, extent) in extents {
                let row = try await profile(number, in: reopened).row
                request.items.append(EventRequest.Item(row: row, extent: extent, ids: ["w", "x"]))
            }
            request.items.append(EventRequest.Item(row: 999_999, extent: .whole, ids: ["w"]))
            let loaded = try await reopened.loadEvents(request)

            try expectEqual(loaded.count, 4)
            try expect(loaded[0].events == nil, "events came that nobody asked for")
            try expectEqual((loaded[1].events ?? []).map(\.id), ["z", "B", "a", "b", "late", "y"])
            try expectEqual((loaded[1].events ?? []).map(\.timestamp.milliseconds), [-5, 7, 7, 7, 50, 100])
            try expect((loaded[1].events ?? []).allSatisfy { $0.body.isEmpty }, "an index has bodies")
            for event in loaded.compactMap(\.events).joined() {
                try expectEqual(event.dataset, dataset(at: event.timestamp.milliseconds))
            }
            try expectEqual((loaded[2].events ?? []).map { text($0.body) }, ["body of w"])
            try expectEqual(loaded[3].events?.count, 0)
            try expectEqual(loaded.map(\.known), [[false, true], [false, false], [true, false], [false]])
        },
        Check(name: "of events stretches of time come, the next one after them, and the oldest, each once") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in
                plan.profiles = [new(1), new(2)]
                plan.events =
                    (1...6).map { event("e\($0)", of: 1, at: Int64($0) * 10) }
                    + [event("d4", of: 1, at: 40), event("other", of: 2, at: 25)]
            }
            let row = try await profile(1, in: storage).row
            func ids(oldest: Int = 0, _ ranges: (from: Int64, through: Int64, next: Bool)...) async throws -> [String]?
            {
                var request = EventRequest()
                let ranges = ranges.map {
                    EventRange(
                        from: Timestamp(milliseconds: $0.from),
                        through: Timestamp(milliseconds: $0.through),
                        includesNext: $0.next
                    )
                }
                request.items = [EventRequest.Item(row: row, extent: .none, ranges: ranges, oldest: oldest)]
                let events = try await storage.loadEvents(request)[0].events
                for event in events ?? [] { try expectEqual(text(event.body), "body of \(event.id)") }
                return events?.map(\.id)
            }
            try expectEqual(try await ids(), nil)
            try expectEqual(try await ids((20, 40, false)), ["e2", "e3", "d4", "e4"])
            try expectEqual(try await ids((21, 29, false)), [])
            try expectEqual(try await ids((21, 29, true)), ["e3"])
            try expectEqual(try await ids((40, 39, true)), ["d4"])
            try expectEqual(try await ids((.min, 10, true), (60, .max, true)), ["e1", "e2", "e6"])
            try expectEqual(try await ids((10, 30, true), (20, 30, false), (15, 20, true)), ["e1", "e2", "e3", "d4"])
            try expectEqual(try await ids((10, 10, true), (30, 30, false)), ["e1", "e2", "e3"])
            try expectEqual(try await ids(oldest: 2, (50, 50, false)), ["e1", "e2", "e5"])
            try expectEqual(try await ids(oldest: 9, (.min, .max, false))?.count, 7)
        },
        Check(name: "no more event bytes are read than were allowed") { factory in
            let storage = try await factory.make()
            // Ids of 2 bytes, bodies of 10.
            try await commit(to: storage) { plan in
                plan.profiles = [new(1), new(2)]
                plan.events = [event("e1", of: 1, at: 1), event("e2", of: 1, at: 1), event("e3", of: 2, at: 1)]
            }
            func count(_ extent: EventRequest.Extent, _ bytesMax: Int) async throws -> Int {
                let loaded = try await loadEvents(of: [1, 2], extent, ids: ["e1"], bytesMax: bytesMax, in: storage)
                return loaded.reduce(0) { $0 + ($1.events?.count ?? 0) }
            }

            try expectEqual(try await count(.whole, 36), 3)
            try await expectError(.tooLarge) { _ = try await count(.whole, 35) }
            try expectEqual(try await count(.index, 6), 3)
            try await expectError(.tooLarge) { _ = try await count(.index, 5) }
            try expectEqual(try await count(.none, 0), 0)
        },
        Check(name: "a profile knows the ids of its own events only") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in
                plan.profiles = [new(1), new(2)]
                plan.events = [event("caf\u{e9}", of: 1, at: 1), event("second", of: 2, at: 1)]
            }

            let ids = ["caf\u{e9}", "cafe\u{301}", "second"]
            for extent in [EventRequest.Extent.none, .index, .whole] {
                let loaded = try await loadEvents(of: [1, 2], extent, ids: ids, in: storage)
                try expectEqual(loaded.map(\.known), [[true, false, false], [false, false, true]])
            }
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
        Check(name: "events leave before new ones come, so an id may come again") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in
                plan.profiles = [new(1), new(2)]
                plan.events = [event("a", of: 1, at: 1), event("b", of: 1, at: 2), event("a", of: 2, at: 3)]
            }

            try await commit(to: storage) { plan in
                plan.evictions = [CommitPlan.EventEviction(profile: profileID(1), id: "a")]
                plan.events = [event("a", of: 1, at: 9)]
            }

            try expectEqual(try await events(of: 1, in: storage), ["b", "a"])
            try expectEqual(try await events(of: 2, in: storage), ["a"])
        },
        Check(name: "an event that is not there cannot leave") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in
                plan.profiles = [new(1), new(2)]
                plan.events = [event("caf\u{e9}", of: 1, at: 1), event("b", of: 2, at: 2)]
            }

            for (number, id) in [(1, "cafe\u{301}"), (1, "b"), (3, "b")] {
                try await expectError(.conflict) {
                    try await commit(to: storage) { plan in
                        plan.evictions = [CommitPlan.EventEviction(profile: profileID(number), id: id)]
                        plan.events = [event("new", of: 2, at: 1)]
                    }
                }
            }

            try expectEqual(try await events(of: 1, in: storage), ["caf\u{e9}"])
            try expectEqual(try await events(of: 2, in: storage), ["b"])
        },
        Check(name: "an event of a profile that the plan merges away may leave first") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in
                plan.profiles = [new(1), new(2)]
                plan.events = [event("a", of: 1, at: 1), event("a", of: 2, at: 2), event("b", of: 2, at: 3)]
            }
            let survivor = changed(try await profile(1, in: storage), value: "both")
            let absorbed = try await profile(2, in: storage)

            try await commit(to: storage) { plan in
                plan.evictions = [
                    CommitPlan.EventEviction(profile: profileID(1), id: "a"),
                    CommitPlan.EventEviction(profile: profileID(2), id: "b"),
                ]
                plan.profiles = [survivor]
                plan.events = [event("b", of: 1, at: 7)]
                plan.merges = [CommitPlan.ProfileMerge(absorbed: absorbed, survivor: profileID(1))]
            }

            let loaded = try await loadEvents(of: [1], .whole, in: storage)
            let found = (loaded[0].events ?? []).map { "\($0.id)@\($0.timestamp.milliseconds)" }
            try expectEqual(found, ["a@2", "b@7"])
        },
    ]
}
