import ActivationCore
import ActivationEngine

extension StorageConformance {
    static func suppression(_ number: UInt8, namespace: String = "Email") -> Suppression {
        Suppression(
            digest: IdentityDigest(bytes: [number, 0, 255]),
            namespace: namespace,
            profile: profileID(Int(number)),
            suppressedAt: Timestamp(milliseconds: 77 + Int64(number))
        )
    }

    private static func hasSuppressions(_ storage: Subject, scope: Scope = scope) async throws -> Bool {
        try await storage.load(LoadRequest(scope: scope)).hasSuppressions
    }

    static let suppressionChecks: [Check] = [
        Check(name: "suppressed identities are found by their digests, and again by a new process") { factory in
            let storage = try await factory.make()
            try await commit(to: storage) { $0.suppressions = [suppression(2), suppression(1, namespace: "CRM")] }
            try await commit(to: storage, scope: otherScope) { $0.suppressions = [suppression(3)] }

            let digests = [1, 2, 3, 4].map { suppression($0).digest }
            func check(_ storage: Subject) async throws {
                let found = try await storage.suppressions(of: digests, scope: scope)
                try expectEqual(Set(found), [suppression(1, namespace: "CRM"), suppression(2)])
                try expectEqual(try await storage.suppressions(of: digests, scope: otherScope), [suppression(3)])
                try expectEqual(try await storage.suppressions(of: [], scope: scope), [])
            }
            try await check(storage)
            try await check(try await factory.reopen(storage))
        },
        Check(name: "the suppression list goes by digest, from page to page, and ends when all have left it") {
            factory in
            let storage = try await factory.make()
            try await commit(to: storage) { $0.suppressions = [3, 1, 2].map { suppression($0) } }
            try await commit(to: storage, scope: otherScope) { $0.suppressions = [suppression(4)] }

            let first = try await storage.suppressions(scope: scope, after: nil, limit: 2)
            try expectEqual(first, [suppression(1), suppression(2)])
            let rest = try await storage.suppressions(scope: scope, after: first.last?.digest, limit: 2)
            try expectEqual(rest, [suppression(3)])
            try await commit(to: storage) { $0.readmissions = Set(first.map(\.digest)) }
            try expect(try await hasSuppressions(storage), "the list is empty")
            try await commit(to: storage) { $0.readmissions = Set(rest.map(\.digest)) }
            let reopened = try await factory.reopen(storage)
            try expect(try await !hasSuppressions(reopened), "the list is not empty")
            try expectEqual(try await reopened.suppressions(scope: scope, after: nil, limit: 9), [])
        },
        Check(name: "that there are suppressions shows when something is loaded") { factory in
            let storage = try await factory.make()
            try expect(try await !hasSuppressions(storage), "the list is not empty")

            try await commit(to: storage) { $0.suppressions = [suppression(1)] }

            try expect(try await hasSuppressions(storage), "the list is empty")
            try expect(try await !hasSuppressions(storage, scope: otherScope), "the other list is not empty")
            let reopened = try await factory.reopen(storage)
            try expect(try await hasSuppressions(reopened), "the list is empty in a new process")
        },
        Check(name: "a plan that fails suppresses nobody; one that readmits and suppresses does both in this order") {
            factory in
            let storage = try await factory.make()
            try await commit(to: storage) { $0.suppressions = [suppression(1)] }
            var later = suppression(1)
            later.suppressedAt.milliseconds += 5

            try await expectError(.conflict) {
                try await commit(to: storage) { plan in
                    plan.suppressions = [suppression(2)]
                    plan.datasets = [CommitPlan.DatasetWrite(id: 7, name: "lost")]
                }
            }
            try await commit(to: storage) { [later] plan in
                plan.readmissions = [later.digest]
                plan.suppressions = [later]
            }

            try expectEqual(try await storage.suppressions(scope: scope, after: nil, limit: 9), [later])
        },
    ]
}
