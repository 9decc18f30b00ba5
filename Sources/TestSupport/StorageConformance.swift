import ActivationCore
public import ActivationEngine

/// What every storage must do, whatever it is made of; run by the tests of each.
public enum StorageConformance {
    /// All ports of a storage.
    public typealias Subject = any Storage & ControlStore & AlertStore

    /// How the suite gets storages.
    public struct Factory: Sendable {
        /// An empty storage of its own for each call.
        public var make: @Sendable () async throws -> Subject
        /// The same storage as a new process finds it after the last one died.
        public var reopen: @Sendable (Subject) async throws -> Subject

        /// Creates a factory.
        public init(
            make: @escaping @Sendable () async throws -> Subject,
            reopen: @escaping @Sendable (Subject) async throws -> Subject
        ) {
            self.make = make
            self.reopen = reopen
        }
    }

    /// One rule, named by a sentence.
    public struct Check: Sendable, CustomStringConvertible {
        /// The sentence.
        public var name: String
        /// Throws when the rule is broken.
        public var run: @Sendable (Factory) async throws -> Void

        /// The sentence.
        public var description: String { name }
    }

    /// A broken rule.
    public struct Failure: Error, CustomStringConvertible {
        /// What was expected and what was found.
        public var description: String

        /// Creates a failure.
        public init(description: String) {
            self.description = description
        }
    }

    /// All rules.
    public static let checks = checksOutsideOfBatches + batchChecks

    /// The rules that do without batches under way.
    public static let checksOutsideOfBatches: [Check] =
        dictionaryChecks + profileChecks + eventChecks + outboxChecks + claimOrderChecks + claimBoundChecks
        + claimHoldChecks + claimThroughChecks + stagingChecks + markChecks + hourChecks
        + audienceBookChecks
        + memberHourChecks
        + mergeChecks + deletionChecks + withdrawalChecks + deadLetterChecks + suppressionChecks + personChecks
        + controlChecks + configurationChecks
        + historyChecks
        + alertChecks

    static func expect(
        _ condition: Bool,
        _ what: @autoclosure () -> String,
        file: StaticString = #fileID,
        line: Int = #line
    ) throws {
        guard condition else { throw Failure(description: "\(what()) (\(file):\(line))") }
    }

    static func expectEqual<Value: Equatable>(
        _ found: Value,
        _ expected: Value,
        _ what: @autoclosure () -> String = "",
        file: StaticString = #fileID,
        line: Int = #line
    ) throws {
        guard found == expected else {
            throw Failure(description: "\(what()) found \(found), expected \(expected) (\(file):\(line))")
        }
    }

    static func expectError(
        _ code: StorageError.Code,
        file: StaticString = #fileID,
        line: Int = #line,
        from work: () async throws -> Void
    ) async throws {
        do {
            try await work()
        } catch let error as StorageError {
            try expectEqual(error.code.rawValue, code.rawValue, "\(error)", file: file, line: line)
            return
        }
        throw Failure(description: "\(code.rawValue) was expected and nothing was thrown (\(file):\(line))")
    }
}

// MARK: Short names for what the rules are about

extension StorageConformance {
    static let scope = Scope(rawValue: 1)
    static let otherScope = Scope(rawValue: 2)

    static func profileID(_ number: Int) -> Profile.ID {
        Profile.ID(uuid: UUIDBytes(high: 0x1234_5678_0000_4000, low: 0x8000_0000_0000_0000 | UInt64(number)))
    }

    static func dataflowID(_ number: Int) -> Dataflow.ID {
        Dataflow.ID(uuid: UUIDBytes(high: 0xdf, low: UInt64(number)))
    }

    static func audienceID(_ number: Int) -> Audience.ID {
        Audience.ID(uuid: UUIDBytes(high: 0xad, low: UInt64(number)))
    }

    static func email(_ value: String) -> Identity {
        Identity(namespace: "Email", value: value)
    }

    static func new(_ number: Int, value: String = "value", due: Int64? = nil) -> CommitPlan.ProfileWrite {
        CommitPlan.ProfileWrite(
            profile: StoredProfile(
                row: 0,
                id: profileID(number),
                revision: 1,
                value: Array(value.utf8),
                due: due.map { Timestamp(milliseconds: $0) }
            ),
            expectedRevision: 0
        )
    }

    static func changed(_ stored: StoredProfile, value: String) -> CommitPlan.ProfileWrite {
        var profile = stored
        profile.revision += 1
        profile.value = Array(value.utf8)
        return CommitPlan.ProfileWrite(profile: profile, expectedRevision: stored.revision)
    }

    static func record(
        _ payload: String,
        of profile: Int,
        revision: Int64 = 1,
        dataflow: Int = 1,
        lane: OutboxLane = .live,
        at milliseconds: Int64 = 1_700_000_000_123,
        telling audiences: [Int] = []
    ) -> OutboxRow {
        var row = OutboxRow(
            dataflow: dataflowID(dataflow),
            profile: profileID(profile),
            mergePolicy: MergePolicy.ID(uuid: UUIDBytes(high: 3, low: 4)),
            revision: revision,
            lane: lane,
            reasons: [.identity, .attribute],
            partitionKey: "key of \(payload)",
            payload: Array(payload.utf8),
            admittedAt: Timestamp(milliseconds: milliseconds)
        )
        row.audiences = audiences.map(audienceID)
        return row
    }

    static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    static func payloads(_ rows: [OutboxRow]) -> [String] {
        rows.map { text($0.payload) }
    }

    /// Commits a plan filled in by a closure.
    static func commit(
        to storage: Subject,
        scope: Scope = scope,
        _ fill: (inout CommitPlan) -> Void
    ) async throws {
        var plan = CommitPlan(scope: scope)
        fill(&plan)
        try await storage.commit(plan)
    }

    /// The profile of a number, which must be stored.
    static func profile(
        _ number: Int,
        in storage: Subject,
        scope: Scope = scope
    ) async throws -> StoredProfile {
        var request = LoadRequest(scope: scope)
        request.profiles = [profileID(number)]
        guard let profile = try await storage.load(request).profiles.first else {
            throw Failure(description: "profile \(number) is not stored")
        }
        return profile
    }

    static func settle(
        _ rows: [OutboxRow],
        in storage: Subject,
        dataflow: Int = 1,
        as outcome: OutboxSettlement.Outcome = .delivered
    ) async throws {
        try await storage.settle(
            dataflow: dataflowID(dataflow),
            rows.map { OutboxSettlement(row: $0.row, outcome: outcome) }
        )
    }

    static func claim(
        _ storage: Subject,
        limit: Int = 100,
        perProfile: Int = 100,
        bytesMax: Int = .max,
        holdingThrough: Int64? = nil,
        dataflow: Int = 1
    ) async throws -> [OutboxRow] {
        try await storage.claim(
            ClaimRequest(
                dataflow: dataflowID(dataflow),
                limit: limit,
                limitPerProfile: perProfile,
                bytesMax: bytesMax,
                holdingThrough: holdingThrough
            )
        )
    }
}
