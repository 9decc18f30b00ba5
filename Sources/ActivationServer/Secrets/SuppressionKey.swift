public import ActivationCore
public import ActivationEngine
import Crypto

/// The key by which suppressed identities are known when they come again (BEHAVIOUR 3.11).
///
/// The store keeps a sign of the key, so that another key never takes its place while anybody is suppressed by it.
public struct SuppressionKey: Sendable {
    private let key: SymmetricKey

    static let fileName = "suppression.key"
    private static let kind = "suppressionKey"
    private static let id = "current"
    /// Entries taken off the list in one commit.
    private static let step = 1_000

    /// Reads `suppression.key`, or makes one as long as nobody is suppressed.
    ///
    /// - Parameters:
    ///   - directory: The data directory; it exists.
    ///   - storage: The store in it.
    ///   - now: The present instant.
    ///   - isShared: Whether other nodes have a key of the store too, so that it is never made anew.
    ///   - role: What the node does; a follower makes no key and empties no list.
    ///   - isLostAccepted: Whether the list is emptied when its key is lost.
    /// - Throws: ``ServerStartError`` when the key is lost and somebody is suppressed by it or other nodes have it, or the file cannot be
    ///   read or written; `StorageError` when the store cannot be.
    public init(
        directory: String,
        storage: any Storage & ControlStore,
        now: Timestamp,
        isShared: Bool = false,
        role: NodeRole = .leader,
        isLostAccepted: Bool = false
    ) async throws {
        let path = "\(directory)/\(Self.fileName)"
        let stored = try await storage.object(kind: Self.kind, id: Self.id, scope: .production)
        let found = try KeyFile.read(path)
        if let found, let stored, stored.body == Self.sign(of: found) {
            key = SymmetricKey(data: found)
            return
        }
        if role == .follower || isShared && stored != nil && !isLostAccepted {
            throw ServerStartError(
                "\(path) is \(found == nil ? "missing" : "another key than that of the other nodes"): all nodes of a store have the same; "
                    + "copy the file from the directory of another node, or from a backup"
            )
        }
        if try await !storage.suppressions(scope: .production, after: nil, limit: 1).isEmpty {
            guard isLostAccepted else {
                throw ServerStartError(
                    "\(path) is \(found == nil ? "missing" : "another key than") the one by which erased identities are "
                        + "kept from coming again; restore the file from a backup, or give those up: start once with "
                        + "--forget-suppressions"
                )
            }
            try await Self.emptyList(in: storage)
        }
        let bytes = try KeyFile.readOrMake(path)
        let object = ControlObject(
            kind: Self.kind,
            id: Self.id,
            etag: String((stored.flatMap { UInt64($0.etag) } ?? 0) &+ 1),
            createdAt: stored?.createdAt ?? now,
            updatedAt: now,
            body: Self.sign(of: bytes)
        )
        try await storage.apply(
            [stored.map { .update(object, expectedEtag: $0.etag) } ?? .insert(object)],
            scope: .production
        )
        key = SymmetricKey(data: bytes)
    }

    /// Makes the digests of identities: HMAC-SHA-256 over namespace and value.
    public var hash: IdentityHash {
        { [key] identity in
            var code = HMAC<SHA256>(key: key)
            // What ends a namespace is in none, so no two identities have the same bytes.
            code.update(data: Array(identity.namespace.utf8) + [0])
            code.update(data: Array(identity.value.utf8))
            return IdentityDigest(bytes: Array(code.finalize()))
        }
    }

    /// What tells this key from others, as the store keeps it: JSON, and nothing of the key.
    private static func sign(of key: [UInt8]) -> [UInt8] {
        let sign = HMAC<SHA256>.authenticationCode(
            for: Array("Headwater suppression key".utf8),
            using: SymmetricKey(data: key)
        )
        return Array(#"{"sign":"\#(Base64URL.encode(sign))"}"#.utf8)
    }

    private static func emptyList(in storage: any Storage) async throws(StorageError) {
        while true {
            let entries = try await storage.suppressions(scope: .production, after: nil, limit: step)
            if entries.isEmpty { return }
            var plan = CommitPlan(scope: .production)
            plan.readmissions = Set(entries.map(\.digest))
            try await storage.commit(plan)
        }
    }
}
