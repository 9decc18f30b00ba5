import ActivationCore
import TestSupport

extension EngineSimulation {
    /// Digests that tell everything; what they are made of is no matter of the engine's.
    static let digest: IdentityHash = { IdentityDigest(bytes: Array("\($0.namespace) \($0.value)".utf8)) }

    /// Compares who may not come again.
    func checkSuppressions() async throws {
        let found = try await storage.inner.suppressions(scope: .production, after: nil, limit: .max)
        try expect(
            found.count == model.suppressed.count,
            "\(found.count) identities are suppressed where \(model.suppressed.count) were expected"
        )
        let entries = Dictionary(found.map { ($0.digest, $0) }) { first, _ in first }
        for (identity, expected) in model.suppressed {
            guard let entry = entries[Self.digest(identity)] else {
                throw fail("\(identity.namespace) \(identity.value) is not suppressed")
            }
            // Who was made and deleted within one batch may never have been seen.
            let profile = profileIDs[expected.person] ?? entry.profile
            try expect(
                entry.namespace == identity.namespace && entry.profile == profile
                    && entry.suppressedAt.milliseconds == expected.instant,
                "the suppression of \(identity.namespace) \(identity.value) is \(entry), of person \(expected.person)"
            )
        }
    }
}
