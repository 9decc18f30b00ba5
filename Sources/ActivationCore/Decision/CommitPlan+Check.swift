extension CommitPlan {
    /// The rules that every plan keeps, whatever was decided; a plan that breaks one must not be performed.
    ///
    /// - Returns: What is broken, one sentence each; empty when the plan is sound. Holds no profile data.
    public func check() -> [String] {
        var broken: [String] = []
        func expect(_ holds: Bool, _ rule: @autoclosure () -> String) {
            if !holds { broken.append(rule()) }
        }
        for (path, next) in zip(paths, paths.dropFirst()) {
            expect(
                next.id.rawValue == path.id.rawValue + 1,
                "path \(next.id.rawValue) does not follow the one before it"
            )
        }
        for path in paths {
            expect(path.parent < path.id, "path \(path.id.rawValue) is numbered before the one above it")
        }
        for (dataset, next) in zip(datasets, datasets.dropFirst()) {
            expect(next.id == dataset.id + 1, "dataset \(next.id) does not follow the one before it")
        }
        let written = Set(profiles.map(\.profile.id))
        let absorbed = Set(merges.map(\.absorbed.id))
        let survivors = Set(merges.map(\.survivor))
        let deleted = Set(deletions.map(\.profile.id))
        expect(written.count == profiles.count, "a profile is written twice")
        expect(absorbed.count == merges.count, "a profile is absorbed twice")
        expect(absorbed.isDisjoint(with: survivors), "a survivor is absorbed")
        expect(absorbed.isDisjoint(with: written), "an absorbed profile is written")
        expect(survivors.isSubset(of: written), "a survivor is not written")
        expect(deleted.count == deletions.count, "a profile is deleted twice")
        expect(
            deleted.isDisjoint(with: written) && deleted.isDisjoint(with: absorbed)
                && deleted.isDisjoint(with: survivors),
            "a deleted profile is written or merged"
        )
        for write in profiles {
            let profile = write.profile
            expect(
                (profile.row == 0) == (write.expectedRevision == 0),
                "profile \(profile.id.uuid) is new and stored at once"
            )
            expect(
                profile.revision > 0 && profile.revision >= write.expectedRevision,
                "revision \(profile.revision) of profile \(profile.id.uuid) is before the stored one"
            )
            expect(
                profile.value.count <= Limits.profileBytesMax,
                "profile \(profile.id.uuid) has \(profile.value.count) bytes"
            )
        }
        expect(
            profiles.isEmpty && deletions.isEmpty || admission != nil,
            "profiles change and admission does not go on"
        )
        expect(Set(identities.map(\.identity)).count == identities.count, "an identity is written twice")
        for write in identities {
            expect(
                write.profile.map { written.contains($0) } ?? true,
                "an identity goes to a profile that is not written"
            )
        }
        expect(
            Set(suppressions.map(\.digest)).count == suppressions.count,
            "an identity is suppressed twice"
        )
        expect(Set(events.map(EventKey.init)).count == events.count, "an event is written twice")
        expect(Set(evictions.map(EventKey.init)).count == evictions.count, "an event is evicted twice")
        expect(events.allSatisfy { written.contains($0.profile) }, "an event goes to a profile that is not written")
        expect(
            evictions.allSatisfy {
                written.contains($0.profile) || absorbed.contains($0.profile) || deleted.contains($0.profile)
            },
            "an event leaves a profile that the plan does not touch"
        )
        let revisions = Dictionary(profiles.map { ($0.profile.id, $0.profile.revision) }) { first, _ in first }
        let gone = Set(deletions.map(\.survivor))
        for row in outbox {
            expect(row.row == 0, "a record that is not stored has a row")
            let isLast = row.revision > 0 && gone.contains(row.profile)
            expect(
                revisions[row.profile].map { 1...$0 ~= row.revision } ?? isLast,
                "a record is of revision \(row.revision) of profile \(row.profile.uuid), which is not written so far"
            )
        }
        expect(
            marks.keys.allSatisfy { written.contains($0.profile) },
            "a mark is of a profile that is not written"
        )
        for (dataflow, counters) in counters {
            let rows = Int64(outbox.count { $0.dataflow == dataflow })
            expect(
                counters.pending == rows,
                "the books of dataflow \(dataflow.uuid) expect \(counters.pending) new rows and there are \(rows)"
            )
        }
        expect(outbox.allSatisfy { counters[$0.dataflow] != nil }, "a record is missing in the books")
        checkAudiences(&broken)
        expect(
            memberCounters.values.allSatisfy { $0.entered >= 0 && $0.exited >= 0 },
            "fewer than no members enter or exit"
        )
        return broken
    }

    /// Whether the books of audiences expect the rows that tell of them.
    private func checkAudiences(_ broken: inout [String]) {
        var waiting: [Dataflow.ID: AudienceBooks] = [:]
        for row in outbox where !row.audiences.isEmpty {
            waiting[row.dataflow, default: AudienceBooks()].enter(DataflowCounters(triggered: 1), of: row.audiences)
        }
        for dataflow in Set(waiting.keys).union(audienceBooks.keys) {
            let books = audienceBooks[dataflow] ?? AudienceBooks()
            let rows = waiting[dataflow] ?? AudienceBooks()
            let audiences = Set(rows.audiences.keys).union(books.audiences.keys)
            let agree = audiences.allSatisfy { audience in
                (books.audiences[audience] ?? DataflowCounters()).pending
                    == (rows.audiences[audience] ?? DataflowCounters()).pending
            }
            if !agree || books.told.pending != rows.told.pending {
                broken.append("the books of the audiences of dataflow \(dataflow.uuid) expect other new rows")
            }
        }
    }

    private struct EventKey: Hashable {
        var profile: Profile.ID
        var id: ByteKey

        init(_ event: EventWrite) {
            (profile, id) = (event.profile, ByteKey(event.id))
        }

        init(_ event: EventEviction) {
            (profile, id) = (event.profile, ByteKey(event.id))
        }
    }
}
