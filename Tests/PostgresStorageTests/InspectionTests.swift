#if PostgreSQL
import ActivationEngine
import StorageCommon
import TestSupport
import Testing

@testable import ActivationCore
@testable import PostgresStorage

/// What is wrong with a store is found, said once, and said how bad it is; what is right is not complained of.
@Suite(.enabled(if: PostgresServer.url != nil, "there is no server: HEADWATER_POSTGRES_URL is not set"))
struct InspectionTests {
    private static let scope = Scope.production
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)
    private static let flow = Dataflow.ID(uuid: UUIDBytes(high: 0xdf, low: 1))
    private static let audience = Audience.ID(uuid: UUIDBytes(high: 0xad, low: 1))
    private static let policy = MergePolicy.ID(uuid: UUIDBytes(high: 3, low: 4))
    private static let people = 3
    private let schemas: TemporarySchemas

    init() throws {
        schemas = try TemporarySchemas()
    }

    // MARK: A store

    private static func id(_ number: Int) -> Profile.ID {
        Profile.ID(uuid: UUIDBytes(high: 0x1234_5678_0000_4000, low: 0x8000_0000_0000_0000 | UInt64(number)))
    }

    private static func email(_ number: Int) -> Identity {
        Identity(namespace: "Email", value: "secret\(number)@example.com")
    }

    private static func record(of number: Int, revision: Int64) -> OutboxRow {
        var record = OutboxRow(
            dataflow: flow,
            profile: id(number),
            mergePolicy: policy,
            revision: revision,
            reasons: [.identity],
            partitionKey: "key \(number)",
            payload: [7],
            admittedAt: now
        )
        record.audiences = [audience]
        return record
    }

    /// A value that says of one identity and one event; a long one has many identities.
    private static func value(_ number: Int, identities: [Identity]) -> [UInt8] {
        var state = ProfileState(id: id(number), createdAt: now, sequence: AdmissionSequence(rawValue: 1))
        state.identities = identities.map {
            ProfileState.Member(identity: $0, addedAt: now, sequence: AdmissionSequence(rawValue: 1))
        }
        state.eventCount = 1
        state.timers = [AudienceTimer(audience: audience, due: now)]
        return ProfileValue.encode(state)
    }

    /// Identities of a profile; the last one's fill more than a page takes with its row.
    private static func identities(_ number: Int) -> [Identity] {
        guard number == people else { return [email(number)] }
        return [email(number)]
            + (0..<40).map { Identity(namespace: "CRM", value: "\($0)" + String(repeating: "x", count: 1_000)) }
    }

    private static func plan(_ number: Int) -> CommitPlan {
        var plan = CommitPlan(scope: scope)
        plan.admission = AdmissionMark(instant: now, sequence: AdmissionSequence(rawValue: Int64(number)))
        let value = value(number, identities: identities(number))
        plan.profiles = [
            CommitPlan.ProfileWrite(
                profile: StoredProfile(row: 0, id: id(number), revision: 1, value: value, due: now),
                expectedRevision: 0
            )
        ]
        plan.identities = identities(number).map { CommitPlan.IdentityWrite(identity: $0, profile: id(number)) }
        plan.events = [
            CommitPlan.EventWrite(profile: id(number), id: "e", timestamp: now, dataset: 1, body: Array("{}".utf8))
        ]
        if number == 1 {
            plan.datasets = [CommitPlan.DatasetWrite(id: 1, name: "web")]
            plan.paths = [
                CommitPlan.PathWrite(id: PathID(rawValue: 1), parent: .root, name: Array("age".utf8)),
                CommitPlan.PathWrite(id: PathID(rawValue: 2), parent: PathID(rawValue: 1), name: Array("years".utf8)),
            ]
        }
        plan.outbox = [record(of: number, revision: 1)]
        plan.counters = [flow: DataflowCounters(triggered: 1)]
        plan.memberCounters = [audience: MemberCounters(entered: 1)]
        plan.marks = [ResumeMark.Key(dataflow: flow, profile: id(number), mergePolicy: policy): [.identity]]
        return plan
    }

    /// A store with something of everything: people, a record that waits, one that was delivered and one that was parked.
    private func store() async throws -> PostgresOptions {
        let options = schemas.make()
        let storage = try PostgresStorage.open(options)
        for number in 1...Self.people { try await storage.commit(Self.plan(number)) }
        let rows = try await storage.claim(ClaimRequest(dataflow: Self.flow, limit: 2, limitPerProfile: 1))
        try #require(rows.count == 2)
        try await storage.settle(
            dataflow: Self.flow,
            [
                OutboxSettlement(
                    row: rows[0].row,
                    outcome: .delivered,
                    receipt: OutboxSettlement.Receipt(text: "shardId-0/1", at: Self.now)
                ),
                OutboxSettlement(
                    row: rows[1].row,
                    outcome: .parked(code: "TooLarge", message: "too large", at: Self.now)
                ),
            ]
        )
        let history = (1...300).map { number in
            ConfigurationChange(
                changedAt: Timestamp(milliseconds: Self.now.milliseconds + Int64(number)),
                author: ConfigurationChange.Author(name: "ana", way: .console),
                action: .create,
                kind: "flow",
                id: "id \(number)",
                name: "name",
                difference: Array("{}".utf8)
            )
        }
        try await storage.apply([], history: history, scope: Self.scope)
        try await storage.close()
        try PostgresConnection(options, name: "headwater tests").executeSchema(
            """
            INSERT INTO control_object SELECT 1, 'flow', convert_to('id ' || n, 'UTF8'), 'e', 1, 1, '{}'
            FROM generate_series(1, 450) AS n
            """
        )
        return options
    }

    private static func findings(_ options: PostgresOptions) throws -> [String: StoreFinding] {
        let found = try PostgresSnapshot(options).inspect(at: now) { _ in }
        #expect(Set(found.map(\.check)).count == found.count)
        return Dictionary(found.map { ($0.check, $0) }) { first, _ in first }
    }

    /// What is not fine, as its severity.
    private static func wrong(_ found: [String: StoreFinding]) -> [String: StoreFinding.Severity] {
        found.mapValues(\.severity).filter { $0.value != .fine }
    }

    // MARK: Whole stores

    @Test func `a whole store is well, and stays as it is`() async throws {
        let options = try await store()
        let before = try StoreDigest.contents(options)

        let found = try Self.findings(options)
        #expect(Self.wrong(found) == [:], "\(found)")
        #expect(
            Set(found.keys) == [
                "schema", "dictionaries", "profiles", "timers", "scopes", "identities", "events", "outbox",
                "deadLetters", "ledger", "marks", "members", "configuration", "history", "tables",
            ]
        )
        #expect(found["profiles"]?.found.hasPrefix("3 profiles") == true)
        #expect(found["identities"]?.found.hasPrefix("43 identities") == true)
        #expect(found["history"]?.found == "300 entries, unbroken to entry 300")
        #expect(found["configuration"]?.found == "450 objects")
        #expect(found["outbox"]?.found.hasPrefix("1 records") == true)
        #expect(try StoreDigest.contents(options) == before)
    }

    @Test func `a server goes on while its store is looked at`() async throws {
        let options = try await store()
        let storage = try PostgresStorage.open(options)
        let snapshot = try PostgresSnapshot(options)
        #expect(try snapshot.hasSuppressions() == false)
        try await storage.commit(Self.plan(7))
        let found = try snapshot.inspect(at: Self.now) { _ in }
        #expect(found.allSatisfy { $0.severity == .fine })
        // All is of one moment, which was before.
        #expect(found.first { $0.check == "profiles" }?.found.hasPrefix("3 profiles") == true)
        try await storage.commit(Self.plan(8))
        try await storage.close()
        #expect(try Self.findings(options)["profiles"]?.found.hasPrefix("5 profiles") == true)
    }

    @Test func `an empty database is told to be one`() throws {
        let found = try Self.findings(schemas.make())
        #expect(Self.wrong(found) == ["schema": .fault])
        #expect(found["schema"]?.advice?.contains("headwater migrate") == true)
    }

    @Test func `tables of another version are not looked at`() async throws {
        let options = try await store()
        try PostgresConnection(options, name: "headwater tests").executeSchema("UPDATE cluster SET version = 9")
        #expect(Self.wrong(try Self.findings(options)) == ["schema": .fault])
    }

    // MARK: Damage

    @Test(arguments: [
        ("INSERT INTO path VALUES (1, 9, 0, 'x')", ["dictionaries"]),
        ("INSERT INTO dataset VALUES (1, 99999, 'x')", ["dictionaries"]),
        ("INSERT INTO dataset VALUES (2, 1, 'x')", ["dictionaries"]),
        ("UPDATE profile SET value = '\\x01' WHERE row = (SELECT min(row) FROM profile)", ["profiles"]),
        ("UPDATE profile SET revision = -1", ["profiles"]),
        ("UPDATE profile SET due = due + 1", ["timers"]),
        ("DELETE FROM identity WHERE ctid = (SELECT min(ctid) FROM identity)", ["profiles"]),
        (
            "UPDATE identity SET shard = (shard + 1) % 256 WHERE ctid = (SELECT min(ctid) FROM identity)",
            ["profiles", "identities"]
        ),
        ("INSERT INTO identity VALUES (7, 1, 'CRM', 'nobody', 99)", ["identities"]),
        ("INSERT INTO identity SELECT 7, 1, 'CRM', 'stranger', min(row) FROM profile", ["identities"]),
        ("DELETE FROM event WHERE ctid = (SELECT min(ctid) FROM event)", ["profiles"]),
        ("INSERT INTO event VALUES (1, 1, 'e', 1, 1, '{}')", ["events"]),
        (
            "UPDATE event SET shard = (shard + 1) % 256 WHERE ctid = (SELECT min(ctid) FROM event)",
            ["profiles", "events"]
        ),
        ("DELETE FROM profile WHERE row = (SELECT min(row) FROM profile)", ["scopes", "identities", "events"]),
        ("UPDATE profile SET shard = (shard + 1) % 256", ["scopes"]),
        ("UPDATE lane SET profiles = 1", ["scopes"]),
        ("UPDATE tally SET entered = entered + 1 WHERE audience = '00000000-0000-0000-0000-000000000000'", ["scopes"]),
        ("UPDATE lane SET last = 0", ["outbox", "deadLetters", "ledger"]),
        ("DELETE FROM lane", ["scopes", "outbox", "deadLetters", "ledger"]),
        ("DELETE FROM outbox", ["outbox"]),
        ("UPDATE book SET triggered = triggered + 1", ["outbox"]),
        ("UPDATE book SET rows = rows + 1", ["outbox"]),
        ("UPDATE book SET rows = 9223372036854775807", ["outbox"]),
        ("UPDATE outbox SET dataflow = 99", ["outbox"]),
        ("UPDATE outbox SET row = row | (1::int8 << 50)", ["outbox"]),
        ("INSERT INTO book SELECT 99, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0", ["outbox"]),
        ("DELETE FROM dead_letter", ["deadLetters"]),
        ("UPDATE dead_letter SET dataflow = 99", ["deadLetters"]),
        ("UPDATE book SET parked = parked + 1, triggered = triggered + 1", ["deadLetters"]),
        ("UPDATE delivery SET dataflow = 99", ["ledger"]),
        ("UPDATE delivery SET row = 1::int8 << 40", ["ledger"]),
        ("INSERT INTO heir SELECT 1, id, id, 1 FROM profile", ["ledger"]),
        ("UPDATE resume_mark SET dataflow = 99", ["marks"]),
        ("UPDATE tally SET exited = entered + 1 WHERE audience <> '00000000-0000-0000-0000-000000000000'", ["members"]),
        ("UPDATE control_object SET body = '{' WHERE id = 'id 444'", ["configuration"]),
        ("UPDATE control_object SET scope = 2 WHERE id = 'id 444'", ["configuration"]),
        ("UPDATE configuration_change SET name = 'other' WHERE sequence = 250", ["history"]),
        ("DELETE FROM configuration_change WHERE sequence = 299", ["history"]),
        ("DELETE FROM configuration_change WHERE sequence = 300", ["history"]),
        ("DELETE FROM configuration_change WHERE sequence = 1", ["history"]),
        ("DELETE FROM history_chain", ["history"]),
        ("UPDATE configuration_change SET scope = 2 WHERE sequence = 1", ["history"]),
    ]) func `damage is found where it is`(_ damage: String, _ checks: [String]) async throws {
        let options = try await store()
        try PostgresConnection(options, name: "headwater tests").executeSchema(damage)

        let found = try Self.findings(options)
        let wrong = Dictionary(uniqueKeysWithValues: checks.map { ($0, StoreFinding.Severity.fault) })
        #expect(Self.wrong(found) == wrong, "\(found.values.filter { $0.severity != .fine })")
        for finding in found.values {
            #expect(!finding.found.contains("secret") && finding.advice?.contains("secret") != true)
            #expect(finding.severity == .fine || finding.advice != nil)
        }
    }

    @Test func `timers that nobody comes to are a warning`() async throws {
        let options = try await store()
        let late = Timestamp(milliseconds: Self.now.milliseconds + 3_600_000)
        let found = try PostgresSnapshot(options).inspect(at: late) { _ in }
        #expect(found.first { $0.check == "timers" }?.severity == .warning)
    }

    @Test func `a table that is missing is told, and the rest is looked at`() async throws {
        let options = try await store()
        try PostgresConnection(options, name: "headwater tests").executeSchema(
            "DROP TABLE resume_mark; DROP TABLE event"
        )
        let found = try Self.findings(options)
        #expect(Self.wrong(found) == ["profiles": .fault, "marks": .fault])
        #expect(found["marks"]?.found.hasPrefix("it cannot be read") == true)
        #expect(found["history"]?.severity == .fine)
    }

    // MARK: The server

    @Test func `a transaction that is open for long is a warning, and a short one is none`() throws {
        let options = schemas.make()
        let other = try PostgresConnection(options, name: "reports")
        _ = try other.run([
            PostgresCall(PostgresStatements.beginReading), PostgresCall(PostgresStatements.schemas),
        ])
        let snapshot = try PostgresSnapshot(options)
        let long = try snapshot.transactionsFinding(openMax: -1)
        #expect(long.severity == .warning && long.found.contains("(reports) for 0 min"))
        #expect(!long.found.contains("doctor"))
        let found = try snapshot.inspectServer { _ in }
        #expect(found.map(\.check) == ["settings", "standbys", "transactions", "slots"])
        #expect(found.first { $0.check == "transactions" }?.severity == .fine)
        other.rollBack()
    }

    @Test func `log that is kept for nobody is a warning`() throws {
        let options = schemas.make()
        let name = "unread_\(UInt32.random(in: 0 ... .max))"
        let connection = try PostgresConnection(options, name: "headwater tests")
        let change = { (text: String) throws(StorageError) in
            _ = try connection.run(PostgresCall(PostgresStatement(text, text)))
        }
        try change("SELECT pg_create_physical_replication_slot('\(name)')")
        let found = try PostgresSnapshot(options).slotsFinding()
        try change("SELECT pg_drop_replication_slot('\(name)')")
        #expect(found.severity == .warning && found.found.contains("\(name): nobody reads it"))
    }

    @Test func `a database that nobody answers for is told without its password`() throws {
        var options = schemas.make()
        options.url = "postgres://headwater:hidden-word@127.0.0.1:1/none"
        let refused = #expect(throws: StorageError.self) { _ = try PostgresSnapshot(options) }
        #expect(refused?.code == .unavailable)
        #expect(refused?.message.contains("hidden-word") == false)
    }
}

/// What stands in a store, for comparing it before and after.
enum StoreDigest {
    /// A digest of every table.
    static func contents(_ options: PostgresOptions) throws -> [String] {
        let connection = try PostgresConnection(options, name: "headwater tests")
        var digests: [String] = []
        for table in ["profile", "identity", "event", "outbox", "book", "writer", "lane", "admission", "cluster"] {
            let text =
                "SELECT convert_to(coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), ''), 'UTF8') FROM \(table) t"
            digests.append(try connection.run(PostgresCall(PostgresStatement("digest_\(table)", text))).text(0, 0))
        }
        return digests
    }
}
#endif
