import ActivationCore
import ActivationEngine

extension StorageConformance {
    private static func object(_ id: String) -> ControlObject {
        let instant = Timestamp(milliseconds: 1)
        return ControlObject(
            kind: "flow",
            id: id,
            etag: "1",
            createdAt: instant,
            updatedAt: instant,
            body: Array("{}".utf8)
        )
    }

    /// The storage as one that several nodes write; nil = it is none.
    private static func shared(_ storage: Subject) -> (any SharedConfiguration)? { storage as? any SharedConfiguration }

    private static func plan(decidedBy version: Int64?, _ number: Int) -> CommitPlan {
        var plan = CommitPlan(scope: scope)
        plan.profiles = [new(number)]
        plan.outbox = [record("record \(number)", of: number)]
        plan.enterTriggered(plan.outbox[0])
        plan.catalogVersion = version
        return plan
    }

    static let configurationChecks: [Check] = [
        Check(name: "a change of the configuration is made on the newest only, and counted") { factory in
            let storage = try await factory.make()
            guard let shared = shared(storage) else { return }
            let none = try await shared.configurationVersion(scope: scope)
            try expectEqual(none, ConfigurationVersion(changes: 0, catalog: 0))

            let one = try await shared.apply(
                [.insert(object("a"))],
                history: [],
                scope: scope,
                after: none,
                raisesCatalog: true
            )
            let two = try await shared.apply(
                [.insert(object("b"))],
                history: [],
                scope: scope,
                after: one,
                raisesCatalog: false
            )
            try expectEqual(one, ConfigurationVersion(changes: 1, catalog: 1))
            try expectEqual(two, ConfigurationVersion(changes: 2, catalog: 1))
            for stale in [none, one] {
                try await expectError(.conflict) {
                    _ = try await shared.apply(
                        [.insert(object("c"))],
                        history: [],
                        scope: scope,
                        after: stale,
                        raisesCatalog: true
                    )
                }
            }
            // One that fails for its objects counts for nothing.
            try await expectError(.conflict) {
                _ = try await shared.apply(
                    [.insert(object("a"))],
                    history: [],
                    scope: scope,
                    after: two,
                    raisesCatalog: true
                )
            }
            try expectEqual(try await shared.objects(kind: "flow", scope: scope).map(\.id), ["a", "b"])
            try expectEqual(
                try await shared.configurationVersion(scope: otherScope),
                ConfigurationVersion(changes: 0, catalog: 0)
            )

            let reopened = try await factory.reopen(storage)

            try expectEqual(try await Self.shared(reopened)?.configurationVersion(scope: scope), two)
        },
        Check(name: "a plan that was decided by another catalog is refused as a whole") { factory in
            let storage = try await factory.make()
            guard let shared = shared(storage) else { return }
            let none = try await shared.configurationVersion(scope: scope)
            try await storage.commit(plan(decidedBy: none.catalog, 1))
            let one = try await shared.apply([], history: [], scope: scope, after: none, raisesCatalog: false)
            try await storage.commit(plan(decidedBy: one.catalog, 2))
            let two = try await shared.apply([], history: [], scope: scope, after: one, raisesCatalog: true)

            let (_, batch) = try await storage.begin(LoadRequest(scope: scope))
            try await expectError(.catalogChanged) {
                try await storage.commit(plan(decidedBy: one.catalog, 3), in: batch)
            }
            try await expectError(.catalogChanged) { try await storage.commit(plan(decidedBy: one.catalog, 3)) }
            try await expectError(.catalogChanged) { try await storage.commit(plan(decidedBy: 99, 3)) }

            try expectEqual(try await storage.profileCount(scope: scope), 2)
            try expectEqual(try await storage.books(dataflow: dataflowID(1)).counters.triggered, 2)
            try await storage.commit(plan(decidedBy: two.catalog, 3))
            try await storage.commit(plan(decidedBy: nil, 4))
            try expectEqual(try await storage.profileCount(scope: scope), 4)
        },
    ]
}
