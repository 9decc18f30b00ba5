import ActivationCore
import ActivationEngine
import Foundation
import TestSupport
import Testing

@testable import ActivationServer

/// The key by which erased identities are known when they come again (BEHAVIOUR 3.11).
struct SuppressionKeyTests {
    private static let email = Identity(namespace: "Email", value: "mira@example.org")

    private static func withDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "headwater-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await body(directory.path())
    }

    private static func open(
        _ directory: String,
        _ storage: InMemoryStorage,
        isLostAccepted: Bool = false
    ) async throws -> IdentityHash {
        try await SuppressionKey(
            directory: directory,
            storage: storage,
            now: Timestamp(milliseconds: 1_772_000_000_000),
            isLostAccepted: isLostAccepted
        ).hash
    }

    private static func suppress(_ hash: IdentityHash, in storage: InMemoryStorage) async throws {
        var plan = CommitPlan(scope: .production)
        plan.suppressions = [
            Suppression(
                digest: hash(email),
                namespace: email.namespace,
                profile: Profile.ID(uuid: UUIDBytes(high: 1, low: 2)),
                suppressedAt: Timestamp(milliseconds: 3)
            )
        ]
        try await storage.commit(plan)
    }

    @Test func `a digest is always the same, other for others, and tells nothing without the key`() async throws {
        try await Self.withDirectory { directory in
            let storage = InMemoryStorage()
            let hash = try await Self.open(directory, storage)
            let again = try await Self.open(directory, storage)

            #expect(hash(Self.email).bytes.count == 32)
            #expect(hash(Self.email) == again(Self.email))
            let others = [("Email", "mira@example.orG"), ("Phone", "mira@example.org"), ("Emailm", "ira@example.org")]
            for (namespace, value) in others {
                #expect(hash(Identity(namespace: namespace, value: value)) != hash(Self.email))
            }
            let mode = try FileManager.default.attributesOfItem(atPath: "\(directory)/suppression.key")[
                .posixPermissions
            ]
            #expect(mode as? Int == 0o600)
        }
        try await Self.withDirectory { directory in
            let (one, other) = (InMemoryStorage(), InMemoryStorage())
            let hash = try await Self.open(directory, one)
            try FileManager.default.removeItem(atPath: "\(directory)/suppression.key")
            let newHash = try await Self.open(directory, other)

            #expect(hash(Self.email) != newHash(Self.email))
        }
    }

    @Test func `a key that is lost while nobody is suppressed is made anew`() async throws {
        try await Self.withDirectory { directory in
            let storage = InMemoryStorage()
            let hash = try await Self.open(directory, storage)
            try FileManager.default.removeItem(atPath: "\(directory)/suppression.key")

            let newHash = try await Self.open(directory, storage)
            try await Self.suppress(newHash, in: storage)

            #expect(hash(Self.email) != newHash(Self.email))
            #expect(try await Self.open(directory, storage)(Self.email) == newHash(Self.email))
        }
    }

    @Test(arguments: ["missing", "another key"])
    func `a key that is lost while somebody is suppressed keeps the server from starting`(found: String) async throws {
        try await Self.withDirectory { directory in
            let storage = InMemoryStorage()
            let file = "\(directory)/suppression.key"
            try await Self.suppress(try await Self.open(directory, storage), in: storage)
            try FileManager.default.moveItem(atPath: file, toPath: "\(file).kept")
            if found != "missing" {
                _ = try await Self.open(directory, InMemoryStorage())
            }
            let before = try? Data(contentsOf: URL(fileURLWithPath: file))

            let error = await #expect(throws: ServerStartError.self) { try await Self.open(directory, storage) }

            #expect(error?.description.contains(file) == true)
            #expect(error?.description.contains(found) == true)
            #expect(error?.description.contains("backup") == true)
            #expect((try? Data(contentsOf: URL(fileURLWithPath: file))) == before)
            #expect(try await storage.suppressions(scope: .production, after: nil, limit: 9).count == 1)

            // Put back, it works as before.
            try? FileManager.default.removeItem(atPath: file)
            try FileManager.default.moveItem(atPath: "\(file).kept", toPath: file)
            let hash = try await Self.open(directory, storage, isLostAccepted: true)
            #expect(try await storage.suppressions(of: [hash(Self.email)], scope: .production).count == 1)
        }
    }

    @Test func `whoever accepts the loss of the key gives up the list and begins a new one`() async throws {
        try await Self.withDirectory { directory in
            let storage = InMemoryStorage()
            try await Self.suppress(try await Self.open(directory, storage), in: storage)
            try FileManager.default.removeItem(atPath: "\(directory)/suppression.key")

            let hash = try await Self.open(directory, storage, isLostAccepted: true)

            #expect(try await storage.suppressions(scope: .production, after: nil, limit: 9).isEmpty)
            #expect(try await Self.open(directory, storage)(Self.email) == hash(Self.email))
        }
    }
}
