import TestSupport

@testable import ActivationCore
@testable import ActivationEngine

/// What somebody saw of a person while a batch was under way.
struct Reading: Sendable {
    var identity: Identity
    var entity: Result<[UInt8]?, EngineError>

    var isFailure: Bool { if case .failure = entity { true } else { false } }

    init(_ identity: Identity, _ engine: Engine) async {
        self.identity = identity
        do throws(EngineError) {
            let snapshot = try await engine.profile(identity)
            _ = try await engine.events(identity, limit: 3)
            entity = .success(snapshot?.entity)
        } catch {
            entity = .failure(error)
        }
    }
}

extension EngineSimulation {
    /// A person's entity as the model has it.
    func entity(_ identity: Identity) -> [UInt8]? {
        let policy = model.catalog.policies[0]
        let person = model.person(identity).map(model.visible)
        return (policy.linksNobody ? person?.single(identity) : person).map { entity($0, policy) }
    }

    private func entity(_ person: ReferencePerson, _ policy: ReferencePolicy) -> [UInt8] {
        person.entity(of: model.catalog.audiences, person.view(policy), at: model.now)
    }

    /// The engine's entity without memberships of audiences that are gone; they stay until a profile next changes.
    private func present(_ entity: [UInt8]) throws -> [UInt8] {
        guard hasRemovedAudiences else { return entity }
        let root = try JSONDocument(parsing: entity).root
        let known = Set(model.catalog.audiences.map(\.id.uuid.description))
        var members: [[UInt8]] = []
        for (key, value) in root.members {
            var text = Self.text(of: value)
            if key == "segmentMembership" {
                // Namespaces stand in the order of their first audiences.
                let namespaces = value.members.map { name, audiences in
                    (name, audiences.members.filter { known.contains($0.key) })
                }.filter { !$0.1.isEmpty }.sorted { $0.1[0].key < $1.1[0].key }
                if namespaces.isEmpty { continue }
                text = ReferenceJSON.object(
                    namespaces.map { name, entries in
                        let items = entries.map { ReferenceJSON.member($0.key.utf8, Self.text(of: $0.value)) }
                        return ReferenceJSON.member(name.utf8, ReferenceJSON.object(items))
                    }
                )
            }
            members.append(ReferenceJSON.member(value.key, text))
        }
        return ReferenceJSON.object(members)
    }

    private static func text(of value: JSONView) -> [UInt8] {
        let isString = value.kind == .string || value.kind == .escapedString
        return isString ? [UInt8(ascii: "\"")] + value.text + [UInt8(ascii: "\"")] : Array(value.text)
    }

    private func shown(_ bytes: [UInt8]?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "nobody" }

    // MARK: Readers

    /// A reader sees the state of some finished commit, never anything else.
    func check(_ reading: Reading, _ allowed: [[UInt8]?]) throws {
        count("readings")
        switch reading.entity {
        case .failure(let error):
            throw fail("a reader failed: \(error)")
        case .success(let entity):
            if allowed.contains(entity) { return }
            let entity = try entity.map(present)
            try expect(
                try allowed.map { try $0.map(present) }.contains(entity),
                "a reader saw \(shown(entity)), which never was; before it was \(shown(allowed.first ?? nil)), "
                    + "afterwards \(shown(allowed.last ?? nil))"
            )
        }
    }

    // MARK: After a batch

    /// Compares what the last batch touched.
    func checkChanges() async throws {
        for flow in discarded {
            // How many of its rows still wait depends on the batches.
            try await keepWaiting(of: flow)
            _ = try await storage.inner.discardSome(of: flow)
            model.discard(flow)
        }
        discarded = []
        let touched = model.touched.sorted()
        if !model.released.isEmpty { count("batches that evict identities") }
        try await checkPersons(touched.compactMap { model.persons[$0] }, gone: Array(model.released))
        try await checkRows()
        try checkPaths()
        try await checkBackfills()
        model.forgetChanges()
    }

    /// Compares everything there is.
    func checkEverything() async throws {
        try await checkPersons(model.persons.keys.sorted().compactMap { model.persons[$0] }, gone: [])
        let count = try await storage.inner.profileCount(scope: .production)
        try expect(count == model.persons.count, "\(count) profiles where \(model.persons.count) were expected")
        try await checkSuppressions()
        let progress = try await storage.inner.uploadProgress(scope: .production)[Self.upload]
        try expect(
            progress == uploadProgress,
            "an upload has come to \(String(describing: progress)), not to \(String(describing: uploadProgress))"
        )
        let counters = storage.inner.memberCounters(scope: .production)
        for audience in model.catalog.audiences {
            let found = counters[audience.id] ?? MemberCounters()
            let members = model.memberCount(audience.id)
            try expect(
                found.members == Int64(members),
                "\(found.members) members of \(audience.rule) where \(members) were expected"
            )
            let expected = model.counted[audience.id] ?? MemberCounters()
            try expect(
                found == expected,
                "\(found.entered) entered \(audience.rule) and \(found.exited) exited where \(expected.entered) and "
                    + "\(expected.exited) were expected"
            )
        }
    }

    private func checkPaths() throws {
        guard let known = engine?.published.paths.count else { return }
        let expected = model.paths.count + model.otherPaths
        try expect(known == expected, "\(known) paths are known where \(expected) were named")
    }

    private func checkPersons(_ persons: [ReferencePerson], gone: [Identity]) async throws {
        var request = LoadRequest(scope: .production)
        request.identities = persons.flatMap(\.identities) + gone.filter { model.owners[$0] == nil }
        guard let published = engine?.published, !request.identities.isEmpty else { return }
        let loaded = try await storage.inner.load(request)
        var place = 0
        var events = EventRequest()
        for person in persons {
            let owners = Set(person.identities.indices.map { loaded.identityProfiles[place + $0] })
            place += person.identities.count
            guard owners.count == 1, case let index?? = owners.first else {
                let others = person.identities.indices.map { index in
                    let owner = loaded.identityProfiles[place - person.identities.count + index]
                    return "\(person.identities[index].namespace) \(person.identities[index].value): "
                        + (owner.map { "\(loaded.profiles[$0].id.uuid)" } ?? "nobody")
                }
                throw fail("person \(person.number) is \(owners.count) profiles: \(others.joined(separator: ", "))")
            }
            let stored = loaded.profiles[index]
            events.items.append(EventRequest.Item(row: stored.row, extent: .whole))
            try bind(person.number, to: stored.id)
            try expect(
                stored.revision == person.revision,
                "person \(person.number) is at revision \(stored.revision) where \(person.revision) was expected"
            )
            try checkTrail(of: stored, person, published)
            try check(stored, person, model.catalog.policies[0], published)
            try checkConsents(of: stored, person, published)
            guard let policy = model.catalog.policies.first(where: \.linksNobody) else { continue }
            for single in person.seen(by: policy) { try check(stored, single, policy, published) }
        }
        for identity in loaded.identityProfiles[place...] {
            try expect(identity == nil, "an identity that left still has a profile")
        }
        for (person, found) in zip(persons, try await storage.inner.loadEvents(events)) {
            let events = found.events ?? []
            let isSame = events.elementsEqual(person.events) {
                $0.id.utf8.elementsEqual($1.id.utf8) && $0.timestamp.milliseconds == $1.instant
            }
            try expect(
                isSame,
                "person \(person.number) has events \(events.map(\.id)) where \(person.events.map(\.id)) were expected"
            )
        }
    }

    /// Compares what a policy shows of a stored person, or of an identity by itself.
    private func check(
        _ stored: StoredProfile,
        _ person: ReferencePerson,
        _ policy: ReferencePolicy,
        _ published: Pipeline.Published
    ) throws {
        let snapshot: ProfileSnapshot
        do {
            snapshot = try ProfileSnapshot(
                stored,
                of: person.place.map { _ in person.identities[0] },
                policy: policy.definition,
                at: Timestamp(milliseconds: model.now),
                namespaces: model.catalog.externalNamespaces,
                paths: published.paths,
                datasets: published.datasets
            )
        } catch {
            throw fail("the published state cannot read person \(person.number): \(error.message)")
        }
        try expect(snapshot.identities == person.identities, "person \(person.number) has other identities")
        let expected = entity(person, policy)
        if snapshot.entity == expected { return }
        let found = try present(snapshot.entity)
        try expect(
            found == expected,
            "person \(person.number), identity \(person.place ?? -1), is \(shown(found)) where \(shown(expected)) was "
                + "expected; of them was said: " + person.attributes.lines.joined(separator: "; ")
                + "; of audiences: "
                + person.members.map { "\($0.identity.value) \($0.statements)" }.joined(separator: ", ")
                + "; what happened: " + (model.persons[person.number]?.events.map(\.line) ?? []).joined(separator: "; ")
        )
    }

    /// Compares from which dataflows somebody is withheld, and which were told of them.
    private func checkConsents(
        of stored: StoredProfile,
        _ person: ReferencePerson,
        _ published: Pipeline.Published
    ) throws {
        for (flow, consent) in model.catalog.consents {
            let state: ProfileState
            do {
                state = try ProfileValue.decode(
                    stored,
                    of: nil,
                    seenBy: model.catalog.policy(consent.policy).definition,
                    paths: published.paths,
                    datasets: published.datasets
                )
            } catch {
                throw fail("the published state cannot read person \(person.number): \(error.message)")
            }
            let found = state.memberships.standing(in: flow.withheld).map {
                ReferenceMembership(
                    isRealized: $0.status == .realized,
                    instant: $0.lastQualificationTime.milliseconds
                )
            }
            let expected = person.consents[flow]
            try expect(
                found == expected,
                "person \(person.number) stands to the consent that \(flow.uuid) asks for as "
                    + "\(String(describing: found)) where \(String(describing: expected)) was expected"
            )
        }
    }

    /// One person, one id for good, and ids of later persons are higher (BEHAVIOUR 4.7).
    private func bind(_ number: Int, to id: Profile.ID) throws {
        if let known = profileIDs[number] {
            try expect(known == id, "person \(number) has another id than before")
            return
        }
        if number > lastNumber {
            if let last = profileIDs[lastNumber] {
                try expect(last.uuid < id.uuid, "the id of person \(number) is below that of person \(lastNumber)")
            }
            lastNumber = number
        }
        profileIDs[number] = id
    }

    /// Compares what waits in every outbox, then delivers some of it.
    private func checkRows() async throws {
        try await forgetOldLetters()
        for flow in model.catalog.flows.map(\.id)
            + model.books.keys.filter({ id in
                !model.catalog.flows.contains { $0.id == id }
            })
        {
            let found = try await storage.inner.claim(
                ClaimRequest(dataflow: flow, limit: .max, limitPerProfile: .max)
            )
            let expected = model.rows[flow] ?? []
            for (row, reference) in zip(found, expected) { try check(row, reference) }
            try expect(
                found.count == expected.count,
                "\(found.count) rows wait where \(expected.count) were expected; the first other one is "
                    + (found.count > expected.count
                        ? shown(found[expected.count].payload) : shown(expected[found.count].payload))
            )
            let books = try await storage.inner.books(dataflow: flow)
            let counters = model.books[flow] ?? DataflowCounters()
            try expect(books.counters == counters, "the books say \(books.counters) where \(counters) was expected")
            try expect(
                books.pendingRows == expected.count && counters.pending == expected.count,
                "the books and the outbox do not agree"
            )
            try expect(
                books.oldestPendingAt?.milliseconds == expected.first?.admittedAt,
                "the oldest waiting row is not of \(String(describing: books.oldestPendingAt))"
            )
            try await storage.inner.releaseClaims(dataflow: flow)
            try await checkAudiences(of: flow)
            try await checkMarks(of: flow)
            try await deliver(found.count, of: flow)
            try await checkLetters(of: flow)
        }
    }

    private func checkMarks(of flow: Dataflow.ID) async throws {
        let marks = try await storage.inner.marks(dataflow: flow, after: nil, limit: .max)
        let found = Dictionary(uniqueKeysWithValues: marks.map { ($0.key, $0.reasons) })
        let expected = (model.marks[flow] ?? [:]).compactMap { mark, reasons in
            profileIDs[mark.person].map {
                (ResumeMark.Key(dataflow: flow, profile: $0, mergePolicy: mark.policy), reasons)
            }
        }
        let owed = model.owed.filter { $0.flow == flow }.compactMap { turn in
            profileIDs[turn.person].map {
                (
                    ResumeMark.Key(dataflow: flow, profile: $0, turnIn: ReferenceBackfill.id(turn.backfill)),
                    turn.reasons
                )
            }
        }
        try expect(
            found == Dictionary(uniqueKeysWithValues: expected + owed)
                && expected.count == model.marks[flow]?.count ?? 0,
            "what was left undone is \(found) where \(expected) was expected"
        )
    }

    /// Delivers some of what waits, each record to the place where it belongs.
    private func deliver(_ waiting: Int, of flow: Dataflow.ID) async throws {
        // What has left stays with a person who is deleted then, so that depends on the batches.
        guard !settings.keepsExports else { return }
        // Mostly all, now and then a part, so that rows wait while persons become one.
        var left =
            switch (batches &+ waiting) % 4 {
            case 0: waiting / 2
            case 1: 0
            default: waiting
            }
        while left > 0 {
            let place = places.first(flow)
            let rows = try await storage.inner.claim(
                ClaimRequest(dataflow: flow, limit: left, limitPerProfile: .max, through: place.through)
            )
            if rows.isEmpty {
                try expect(place.through != nil, "\(left) rows wait and nobody gets them")
                places.passed(flow)
                continue
            }
            for (row, expected) in zip(rows, model.rows[flow] ?? []) where place.number != expected.place {
                throw fail("row \(row.row) goes to place \(place.number) where \(expected.place) was expected")
            }
            keep(rows, of: flow)
            for row in rows where model.catalog.policy(row.mergePolicy).linksNobody {
                count("records of identities by themselves")
            }
            let refused = rows.map(isRefused)
            try await storage.inner.settle(
                dataflow: flow,
                zip(rows, refused).map { row, isRefused in
                    OutboxSettlement(
                        row: row.row,
                        outcome: isRefused ? .parked(code: "X", message: "refused", at: time.now()) : .delivered
                    )
                }
            )
            model.settle(refused, of: flow, at: time.now().milliseconds)
            left -= rows.count
            try await storage.inner.releaseClaims(dataflow: flow)
        }
    }

    private func check(_ row: OutboxRow, _ expected: ReferenceRow) throws {
        // A person who was made and went within one batch shows only here.
        if profileIDs[expected.person] == nil { try bind(expected.person, to: row.profile) }
        if profileIDs[expected.maker] == nil, let id = row.makerShown { try bind(expected.maker, to: id) }
        let maker = profileIDs[expected.maker]?.uuid.description ?? ""
        let payload = ReferenceRecord.fill(expected.payload, maker)
        try expect(
            row.profile == profileIDs[expected.person],
            "a record of person \(expected.person), made by \(expected.maker) for reasons \(expected.reasons.rawValue), "
                + "is another profile's: expected is \(shown(payload)), found for reasons \(row.reasons.rawValue) is "
                + "\(shown(row.payload))"
        )
        let key = String(decoding: ReferenceRecord.fill(Array(expected.partitionKey.utf8), maker), as: UTF8.self)
        try expect(
            row.partitionKey.utf8.elementsEqual(key.utf8),
            "a record has the partition key \(row.partitionKey) where \(key) was expected: \(shown(payload))"
        )
        try expect(
            row.mergePolicy == expected.policy && row.revision == expected.revision && row.lane == expected.lane
                && row.admittedAt.milliseconds == expected.admittedAt && row.reasons == expected.reasons,
            "a record of dataflow \(row.dataflow.uuid), person \(expected.person) at revision \(expected.revision) for reasons "
                + "\(expected.reasons.rawValue) is of revision \(row.revision), policy \(row.mergePolicy.uuid), "
                + "for reasons \(row.reasons.rawValue), admitted at \(row.admittedAt.milliseconds): \(shown(payload))"
        )
        try expect(
            Set(row.audiences) == expected.told && row.audiences.count == expected.told.count,
            "a record tells of \(row.audiences.map(\.uuid)) where \(expected.told.map(\.uuid)) was expected: "
                + shown(payload)
        )
        try expect(row.payload == payload, "a record is \(shown(row.payload)) where \(shown(payload)) was expected")
    }
}

extension EngineSimulation {
    /// Keeps what still waits, as if it were delivered.
    func keepEverythingWaiting() async throws {
        for flow in model.rows.keys { try await keepWaiting(of: flow) }
    }

    private func keepWaiting(of flow: Dataflow.ID) async throws {
        keep(try await storage.inner.claim(ClaimRequest(dataflow: flow, limit: .max, limitPerProfile: .max)), of: flow)
    }

    private func keep(_ rows: some Sequence<OutboxRow>, of flow: Dataflow.ID) {
        guard settings.keepsExports else { return }
        exports[flow, default: []] += rows.map {
            "\($0.partitionKey) \($0.revision) \($0.reasons.rawValue) \($0.audiences.map(\.uuid).sorted()) "
                + String(decoding: $0.payload, as: UTF8.self)
        }
    }
}

extension OutboxRow {
    /// The profile that made the record, as far as the record tells.
    fileprivate var makerShown: Profile.ID? {
        let parts = partitionKey.split(separator: ":")
        if let id = UUIDBytes(parts.count >= 4 ? String(parts[2]) : partitionKey) { return Profile.ID(uuid: id) }
        let subject = (try? JSONDocument(parsing: payload))?.root["subject"]?.string
        return subject.flatMap { UUIDBytes($0) }.map { Profile.ID(uuid: $0) }
    }
}
