import ActivationCore
import ActivationEngine

extension StorageConformance {
    static let dictionaryChecks: [Check] = [
        Check(name: "an empty storage knows nothing") { factory in
            let storage = try await factory.make()

            var request = LoadRequest(scope: scope)
            request.identities = [email("a@example.com")]
            request.profiles = [profileID(1)]
            let loaded = try await storage.load(request)
            var eventRequest = EventRequest()
            eventRequest.items = [EventRequest.Item(row: 1 << 32 | 1, extent: .whole, ids: ["event"])]
            let events = try await storage.loadEvents(eventRequest)
            let dictionaries = try await storage.dictionaries(scope: scope)

            try expect(loaded.profiles.isEmpty, "an empty storage answered profiles")
            try expectEqual(loaded.identityProfiles, [nil])
            try expectEqual(events.map(\.known), [[false]])
            try expectEqual(events.map { $0.events?.count }, [0])
            try expectEqual(try await storage.admission(scope: scope), nil)
            try expectEqual(try await storage.lastRow(dataflow: dataflowID(1)), 0)
            try expect(dictionaries.paths.isEmpty && dictionaries.datasets.isEmpty, "dictionaries are not empty")
            try expectEqual(try await storage.profileCount(scope: scope), 0)
            try expect(try await storage.memberCounts(scope: scope).isEmpty, "members are not empty")
            try expectEqual(try await storage.memberHours(of: audienceID(1), scope: scope), [])
            try expectEqual(try await storage.memberChanges(since: .min, scope: scope), [:])
            try expect(try await claim(storage).isEmpty, "a row was claimed")
            try expectEqual(try await storage.books(dataflow: dataflowID(1)), StoredBooks())
            try await storage.checkWritable()
        },
        Check(name: "dictionaries come back in id order, scope by scope, after reopening") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in
                plan.paths = [
                    CommitPlan.PathWrite(id: PathID(rawValue: 1), parent: .root, name: Array("person".utf8)),
                    CommitPlan.PathWrite(id: PathID(rawValue: 2), parent: PathID(rawValue: 1), name: [0x6e, 0, 0xff]),
                ]
                plan.datasets = [CommitPlan.DatasetWrite(id: 1, name: "crm")]
            }
            try await commit(to: storage) { plan in
                plan.paths = [CommitPlan.PathWrite(id: PathID(rawValue: 3), parent: .root, name: Array("age".utf8))]
                plan.datasets = [CommitPlan.DatasetWrite(id: 2, name: "web")]
            }
            try await commit(to: storage, scope: otherScope) { plan in
                plan.datasets = [CommitPlan.DatasetWrite(id: 1, name: "other")]
            }

            let reopened = try await factory.reopen(storage)
            let dictionaries = try await reopened.dictionaries(scope: scope)
            let others = try await reopened.dictionaries(scope: otherScope)

            try expectEqual(dictionaries.paths.map(\.id.rawValue), [1, 2, 3])
            try expectEqual(dictionaries.paths.map(\.parent.rawValue), [0, 1, 0])
            try expectEqual(
                dictionaries.paths.map(\.name),
                [Array("person".utf8), [0x6e, 0, 0xff], Array("age".utf8)]
            )
            try expectEqual(dictionaries.datasets.map(\.name), ["crm", "web"])
            try expectEqual(others.datasets.map(\.name), ["other"])
            try expect(others.paths.isEmpty, "paths of one scope stand in another")
        },
        Check(name: "a path or dataset number that is taken or leaves a gap is a conflict") { factory in
            let storage = try await factory.make()
            let path = CommitPlan.PathWrite(id: PathID(rawValue: 1), parent: .root, name: Array("a".utf8))
            try await commit(to: storage) { plan in
                plan.paths = [path]
                plan.datasets = [CommitPlan.DatasetWrite(id: 1, name: "crm")]
            }

            for number: UInt32 in [1, 3] {
                try await expectError(.conflict) {
                    try await commit(to: storage) { plan in
                        plan.paths = [CommitPlan.PathWrite(id: PathID(rawValue: number), parent: .root, name: [98])]
                        plan.profiles = [new(1)]
                    }
                }
                try await expectError(.conflict) {
                    try await commit(to: storage) { plan in
                        plan.datasets = [CommitPlan.DatasetWrite(id: UInt16(number), name: "web")]
                        plan.profiles = [new(1)]
                    }
                }
            }

            try expectEqual(try await storage.dictionaries(scope: scope).paths.count, 1)
            try expectEqual(try await storage.profileCount(scope: scope), 0)
        },
        Check(name: "member counts add up") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in
                plan.memberCounters = [
                    audienceID(1): MemberCounters(entered: 5), audienceID(2): MemberCounters(entered: 1),
                ]
            }
            try await commit(to: storage) { plan in
                plan.memberCounters = [
                    audienceID(1): MemberCounters(entered: 1, exited: 3), audienceID(2): MemberCounters(exited: 1),
                ]
            }
            try await commit(to: storage, scope: otherScope) { plan in
                plan.memberCounters = [audienceID(1): MemberCounters(entered: 7)]
            }

            let reopened = try await factory.reopen(storage)

            let counts = try await reopened.memberCounts(scope: scope)
            try expectEqual(counts, [audienceID(1): 3, audienceID(2): 0])
            try expectEqual(try await reopened.memberCounts(scope: otherScope), [audienceID(1): 7])
            for (audience, count) in [(1, 3), (2, 0), (3, 0)] as [(Int, Int64)] {
                try expectEqual(try await reopened.memberCount(of: audienceID(audience), scope: scope), count)
            }
            try expectEqual(try await reopened.memberCount(of: audienceID(1), scope: otherScope), 7)
            let some = try await reopened.memberCounts(of: [audienceID(3), audienceID(1)], scope: scope)
            try expectEqual(some[audienceID(1)], 3)
            try expectEqual(some[audienceID(3), default: 0], 0)
            try expectEqual(some[audienceID(2)], nil)
        },
    ]

    static let profileChecks: [Check] = [
        Check(name: "the mark of admission rises, scope by scope, and comes back after reopening") { factory in
            func mark(_ instant: Int64, _ sequence: Int64) -> AdmissionMark {
                AdmissionMark(
                    instant: Timestamp(milliseconds: instant),
                    sequence: AdmissionSequence(rawValue: sequence)
                )
            }
            let storage = try await factory.make()
            try await commit(to: storage) { $0.admission = mark(1_000, 2_048) }
            try await commit(to: storage) { $0.profiles = [new(1)] }
            try await commit(to: storage, scope: otherScope) { $0.admission = mark(-5, 1_024) }
            try expectEqual(try await storage.admission(scope: scope), mark(1_000, 2_048))
            try await commit(to: storage) { $0.admission = mark(900, 4_096) }
            try await expectError(.conflict) {
                try await commit(to: storage) { plan in
                    plan.admission = mark(9_000, 9_000)
                    plan.profiles = [new(1)]
                }
            }

            let reopened = try await factory.reopen(storage)

            try expectEqual(try await reopened.admission(scope: scope), mark(1_000, 4_096))
            try expectEqual(try await reopened.admission(scope: otherScope), mark(-5, 1_024))
            try expectEqual(try await reopened.admission(scope: Scope(rawValue: 3)), nil)
        },
        Check(name: "no more profile bytes are read than were allowed") { factory in
            let storage = try await factory.make()
            let value = String(repeating: "v", count: 1_000)
            try await commit(to: storage) { plan in
                plan.profiles = (1...3).map { new($0, value: value) }
                plan.identities = [CommitPlan.IdentityWrite(identity: email("a"), profile: profileID(1))]
            }
            var request = LoadRequest(scope: scope)
            request.identities = [email("a"), email("nobody"), email("a")]
            request.profiles = (1...3).map(profileID)
            request.bytesMax = 3_000
            try expectEqual(try await storage.load(request).profiles.count, 3)

            request.bytesMax = 2_999
            try await expectError(.tooLarge) { _ = try await storage.load(request) }
            request.profiles = []
            try expectEqual(try await storage.load(request).profiles.count, 1)
        },
        Check(name: "a profile comes back with the instant at which it is due") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { $0.profiles = [new(1, due: 77), new(2)] }
            try expectEqual(try await profile(1, in: storage).due, Timestamp(milliseconds: 77))
            try expectEqual(try await profile(2, in: storage).due, nil)
            var first = changed(try await profile(1, in: storage), value: "later")
            first.profile.due = nil
            var second = changed(try await profile(2, in: storage), value: "later")
            second.profile.due = Timestamp(milliseconds: -9)
            try await commit(to: storage) { [first, second] in $0.profiles = [first, second] }

            let reopened = try await factory.reopen(storage)
            let scanned = try await reopened.profiles(scope: scope, after: 0, limit: 9)
            try expectEqual(scanned.map(\.due), [nil, Timestamp(milliseconds: -9)])
            try expectEqual(try await profile(2, in: reopened).due, Timestamp(milliseconds: -9))
        },
        Check(name: "those who are due come by instant, then by row, of their scope, and move with what is stored") {
            factory in
            let storage = try await factory.make()
            func due(_ limit: Int, in storage: any Storage, scope: Scope = scope) async throws -> [DueProfile] {
                try await storage.dueProfiles(scope: scope, limit: limit)
            }
            func entry(_ number: Int, _ instant: Int64) -> DueProfile {
                DueProfile(id: profileID(number), due: Timestamp(milliseconds: instant))
            }
            try await commit(to: storage) {
                $0.profiles = [new(1, due: 50), new(2), new(3, due: -4), new(4, due: 50), new(5, due: 1 << 40)]
            }
            try await commit(to: storage, scope: otherScope) { $0.profiles = [new(6, due: 0)] }
            let all = [entry(3, -4), entry(1, 50), entry(4, 50), entry(5, 1 << 40)]
            try expectEqual(try await due(9, in: storage), all)
            try expectEqual(try await due(2, in: storage), Array(all.prefix(2)))
            try expectEqual(try await due(9, in: storage, scope: otherScope), [entry(6, 0)])

            var moved = changed(try await profile(3, in: storage), value: "moved")
            moved.profile.due = Timestamp(milliseconds: 51)
            var still = changed(try await profile(1, in: storage), value: "still")
            // Written again at its revision, as one whose timers alone changed.
            still.profile.revision = still.expectedRevision
            still.profile.due = nil
            try await commit(to: storage) { [moved, still] in $0.profiles = [moved, still] }
            let reopened = try await factory.reopen(storage)
            try expectEqual(try await due(9, in: reopened), [entry(4, 50), entry(3, 51), entry(5, 1 << 40)])
        },
        Check(name: "a profile is found by each of its identities and by its id") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in
                plan.profiles = [new(1, value: "one"), new(2, value: "two")]
                plan.identities = [
                    CommitPlan.IdentityWrite(identity: email("a"), profile: profileID(1)),
                    CommitPlan.IdentityWrite(identity: Identity(namespace: "ECID", value: "a"), profile: profileID(2)),
                    CommitPlan.IdentityWrite(identity: email("b"), profile: profileID(1)),
                ]
            }

            let reopened = try await factory.reopen(storage)
            var request = LoadRequest(scope: scope)
            request.identities = [email("b"), email("nobody"), Identity(namespace: "ECID", value: "a"), email("a")]
            request.profiles = [profileID(2), profileID(9)]
            let loaded = try await reopened.load(request)

            try expectEqual(loaded.profiles.count, 2, "each profile comes once;")
            let ids = loaded.identityProfiles.map { index in index.map { loaded.profiles[$0].id } }
            try expectEqual(ids, [profileID(1), nil, profileID(2), profileID(1)])
            for profile in loaded.profiles {
                try expectEqual(text(profile.value), profile.id == profileID(1) ? "one" : "two")
                try expectEqual(profile.revision, 1)
                try expect(profile.row > 0, "row \(profile.row) is not positive")
            }
        },
        Check(name: "identities are compared byte for byte") { factory in
            let storage = try await factory.make()
            let composed = email("caf\u{e9}")
            let decomposed = email("cafe\u{301}")
            let withZero = email("a\u{0}b")
            try await commit(to: storage) { plan in
                plan.profiles = [new(1), new(2), new(3)]
                plan.identities = [
                    CommitPlan.IdentityWrite(identity: composed, profile: profileID(1)),
                    CommitPlan.IdentityWrite(identity: decomposed, profile: profileID(2)),
                    CommitPlan.IdentityWrite(identity: withZero, profile: profileID(3)),
                ]
            }

            var request = LoadRequest(scope: scope)
            request.identities = [composed, decomposed, withZero, email("a"), email("CAF\u{e9}"), email("")]
            let loaded = try await storage.load(request)

            let ids = loaded.identityProfiles.map { index in index.map { loaded.profiles[$0].id } }
            try expectEqual(ids, [profileID(1), profileID(2), profileID(3), nil, nil, nil])
        },
        Check(name: "an identity moves, leaves and comes back") { factory in
            let storage = try await factory.make()
            func owner() async throws -> Profile.ID? {
                var request = LoadRequest(scope: scope)
                request.identities = [email("a")]
                return try await storage.load(request).profiles.first?.id
            }
            func give(_ profile: Profile.ID?) async throws {
                try await commit(to: storage) { plan in
                    plan.identities = [CommitPlan.IdentityWrite(identity: email("a"), profile: profile)]
                }
            }
            try await commit(to: storage) { $0.profiles = [new(1), new(2)] }

            try await give(profileID(1))
            try expectEqual(try await owner(), profileID(1))
            try await give(profileID(2))
            try expectEqual(try await owner(), profileID(2))
            try await give(nil)
            try expectEqual(try await owner(), nil)
            try await give(nil)
            try await give(profileID(1))
            try expectEqual(try await owner(), profileID(1))
        },
        Check(name: "an identity of a profile that is not stored is a conflict") { factory in
            let storage = try await factory.make()

            try await expectError(.conflict) {
                try await commit(to: storage) { plan in
                    plan.profiles = [new(1)]
                    plan.identities = [CommitPlan.IdentityWrite(identity: email("a"), profile: profileID(2))]
                }
            }

            try expectEqual(try await storage.profileCount(scope: scope), 0)
        },
        Check(name: "a new value replaces the old one at the expected revision only") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { $0.profiles = [new(1, value: "first"), new(2)] }
            let first = try await profile(1, in: storage)
            let second = try await profile(2, in: storage)
            let long = String(repeating: "long ", count: 20_000)
            try await commit(to: storage) { $0.profiles = [changed(first, value: long)] }

            try await expectError(.conflict) {
                try await commit(to: storage) { plan in
                    plan.profiles = [changed(second, value: "lost"), changed(first, value: "lost")]
                }
            }

            let stored = try await profile(1, in: storage)
            try expectEqual(stored.revision, 2)
            try expect(text(stored.value) == long, "the long value came back changed")
            try expectEqual(stored.row, first.row)
            try expectEqual(text(try await profile(2, in: storage).value), "value")
        },
        Check(name: "a profile that exists already, or another one's row, is a conflict") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { $0.profiles = [new(1), new(2)] }
            var borrowed = try await profile(1, in: storage)
            borrowed.id = profileID(2)

            try await expectError(.conflict) { try await commit(to: storage) { $0.profiles = [new(3), new(1)] } }
            try await expectError(.conflict) {
                try await commit(to: storage) { $0.profiles = [changed(borrowed, value: "lost")] }
            }

            try expectEqual(try await storage.profileCount(scope: scope), 2)
            try expectEqual(try await profile(2, in: storage).revision, 1)
        },
        Check(name: "scopes do not see each other") { factory in
            let storage = try await factory.make()
            for (scope, value) in [(scope, "here"), (otherScope, "there")] {
                try await commit(to: storage, scope: scope) { plan in
                    plan.profiles = [new(1, value: value)]
                    plan.identities = [CommitPlan.IdentityWrite(identity: email("a"), profile: profileID(1))]
                }
            }
            try await commit(to: storage, scope: otherScope) { $0.profiles = [new(2)] }

            var request = LoadRequest(scope: scope)
            request.identities = [email("a")]
            request.profiles = [profileID(1), profileID(2)]
            let loaded = try await storage.load(request)

            try expectEqual(loaded.profiles.map { text($0.value) }, ["here"])
            try expectEqual(try await storage.profileCount(scope: scope), 1)
            try expectEqual(try await storage.profileCount(scope: otherScope), 2)
            let found = try await storage.profiles(scope: scope, after: 0, limit: 10)
            try expectEqual(found.map { text($0.value) }, ["here"])
            let rows = try await storage.profileRows(scope: scope, after: 0, limit: 10)
            try expectEqual(rows, found.map { ProfileRow(row: $0.row, id: $0.id) })
        },
        Check(name: "a scan visits every profile once, in row order") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in plan.profiles = (1...25).map { new($0) } }

            var seen: [StoredProfile] = []
            while true {
                let next = try await storage.profiles(scope: scope, after: seen.last?.row ?? 0, limit: 7)
                try expect(next.count <= 7, "\(next.count) profiles came where 7 were allowed")
                let rows = try await storage.profileRows(scope: scope, after: seen.last?.row ?? 0, limit: 7)
                try expectEqual(rows, next.map { ProfileRow(row: $0.row, id: $0.id) })
                if next.isEmpty { break }
                seen += next
            }

            try expectEqual(seen.map(\.row), seen.map(\.row).sorted())
            try expectEqual(Set(seen.map(\.id)), Set((1...25).map(profileID)))
            try expectEqual(try await storage.profileCount(scope: scope), 25)
        },
        Check(name: "a plan that fails at its end leaves nothing behind") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { plan in
                plan.profiles = [new(1)]
                plan.events = [
                    CommitPlan.EventWrite(
                        profile: profileID(1),
                        id: "known",
                        timestamp: Timestamp(milliseconds: 1),
                        dataset: 1,
                        body: []
                    )
                ]
            }
            let before = try await profile(1, in: storage)

            try await expectError(.conflict) {
                try await commit(to: storage) { plan in
                    plan.paths = [CommitPlan.PathWrite(id: PathID(rawValue: 1), parent: .root, name: [97])]
                    plan.datasets = [CommitPlan.DatasetWrite(id: 1, name: "crm")]
                    plan.profiles = [changed(before, value: "lost"), new(2)]
                    plan.identities = [
                        CommitPlan.IdentityWrite(
                            identity: Identity(namespace: "Lost", value: "a"),
                            profile: profileID(2)
                        )
                    ]
                    plan.outbox = [record("lost", of: 1, revision: 2)]
                    plan.counters = [dataflowID(1): DataflowCounters(triggered: 1)]
                    plan.memberCounters = [audienceID(1): MemberCounters(entered: 1)]
                    plan.events = [
                        CommitPlan.EventWrite(
                            profile: profileID(1),
                            id: "known",
                            timestamp: Timestamp(milliseconds: 2),
                            dataset: 1,
                            body: []
                        )
                    ]
                }
            }

            try await expectOnlyTheFirstProfile(in: storage)
            try await expectOnlyTheFirstProfile(in: try await factory.reopen(storage))
        },
        Check(name: "an upload's place and rows go with its plan, for each scope, until it is forgotten") { factory in
            let storage = try await factory.make()
            let (first, second) = (UUIDBytes(high: 1, low: 1), UUIDBytes(high: 1, low: 2))
            func advance(_ upload: UUIDBytes, to line: Int64, _ accepted: Int64, in scope: Scope = scope) async throws {
                var plan = CommitPlan(scope: scope)
                plan.uploads[upload] = CommitPlan.UploadProgress(line: line, accepted: accepted, made: accepted + 1)
                try await storage.commit(plan)
            }
            try expect(try await storage.uploadProgress(scope: scope).isEmpty, "an upload has come somewhere")
            try await advance(first, to: 7, 2)
            try await advance(first, to: 9, 0)
            try await advance(first, to: 8, 1)
            try await advance(second, to: 4, 1)
            try await advance(second, to: 5, 1, in: otherScope)
            let expected = [
                first: CommitPlan.UploadProgress(line: 9, accepted: 3, made: 6),
                second: CommitPlan.UploadProgress(line: 4, accepted: 1, made: 2),
            ]
            try expectEqual(try await storage.uploadProgress(scope: scope), expected)
            let reopened = try await factory.reopen(storage)
            try expectEqual(try await reopened.uploadProgress(scope: scope), expected)
            try await reopened.forgetUploads([first, UUIDBytes(high: 9, low: 9)], scope: scope)
            try expectEqual(try await reopened.uploadProgress(scope: scope), [second: expected[second]])
            try expectEqual(try await reopened.uploadProgress(scope: otherScope).count, 1)
        },
        Check(name: "a backfill's place and records go with its plan, for each scope, until it is forgotten") {
            factory in
            let storage = try await factory.make()
            let (first, second) = (
                Backfill.ID(uuid: UUIDBytes(high: 1, low: 1)), Backfill.ID(uuid: UUIDBytes(high: 1, low: 2))
            )
            func advance(_ backfill: Backfill.ID, to row: Int64, _ records: Int64, in scope: Scope = scope) async throws
            {
                var plan = CommitPlan(scope: scope)
                plan.backfills[backfill] = CommitPlan.BackfillProgress(
                    row: row,
                    records: records,
                    orderedAt: row == 8 ? nil : Timestamp(milliseconds: row)
                )
                try await storage.commit(plan)
            }
            try expect(try await storage.backfillProgress(scope: scope).isEmpty, "a backfill has come somewhere")
            try await advance(first, to: 7, 2)
            try await advance(first, to: 9, 3)
            try await advance(first, to: 8, 0)
            try await advance(second, to: 4, 1)
            try await advance(second, to: 5, 1, in: otherScope)
            let expected = [
                first: CommitPlan.BackfillProgress(row: 9, records: 5, orderedAt: Timestamp(milliseconds: 7)),
                second: CommitPlan.BackfillProgress(row: 4, records: 1, orderedAt: Timestamp(milliseconds: 4)),
            ]
            try expectEqual(try await storage.backfillProgress(scope: scope), expected)
            let reopened = try await factory.reopen(storage)
            try expectEqual(try await reopened.backfillProgress(scope: scope), expected)
            try await reopened.forgetBackfills([first, Backfill.ID(uuid: UUIDBytes(high: 9, low: 9))], scope: scope)
            try expectEqual(try await reopened.backfillProgress(scope: scope), [second: expected[second]])
            try expectEqual(try await reopened.backfillProgress(scope: otherScope).count, 1)
        },
    ]

    private static func expectOnlyTheFirstProfile(in storage: Subject) async throws {
        try expectEqual(try await profile(1, in: storage).revision, 1)
        try expectEqual(try await storage.profileCount(scope: scope), 1)
        try expect(try await storage.dictionaries(scope: scope).paths.isEmpty, "a path stayed")
        try expect(try await storage.memberCounts(scope: scope).isEmpty, "a member stayed")
        try expect(try await storage.memberHours(of: audienceID(1), scope: scope).isEmpty, "an hour of members stayed")
        try expect(try await claim(storage).isEmpty, "a record stayed")
        let books = try await storage.books(dataflow: dataflowID(1))
        try expectEqual(books.counters, DataflowCounters())
        try expectEqual(books.pendingRows, 0)
    }
}
