import ActivationCore
import ActivationEngine

extension StorageConformance {
    private static func object(_ id: String, etag: String, kind: String = "flow", at: Int64 = 1) -> ControlObject {
        ControlObject(
            kind: kind,
            id: id,
            etag: etag,
            createdAt: Timestamp(milliseconds: at),
            updatedAt: Timestamp(milliseconds: at + 1),
            body: Array("{\"id\":\"\(id)\",\"etag\":\"\(etag)\"}".utf8)
        )
    }

    static let controlChecks: [Check] = [
        Check(name: "objects come by creation time and id, kind by kind, scope by scope") { factory in
            let storage = try await factory.make()
            try await storage.apply(
                [
                    .insert(object("b", etag: "1", at: 5)), .insert(object("a", etag: "2", at: 5)),
                    .insert(object("c", etag: "3", at: 4)), .insert(object("a", etag: "4", kind: "credential")),
                ],
                scope: scope
            )
            try await storage.apply([.insert(object("z", etag: "5"))], scope: otherScope)

            let reopened = try await factory.reopen(storage)

            try expectEqual(try await reopened.objects(kind: "flow", scope: scope).map(\.id), ["c", "a", "b"])
            try expectEqual(
                try await reopened.object(kind: "credential", id: "a", scope: scope),
                object("a", etag: "4", kind: "credential")
            )
            try expectEqual(try await reopened.objects(kind: "flow", scope: otherScope).map(\.id), ["z"])
            try expectEqual(try await reopened.object(kind: "flow", id: "z", scope: scope), nil)
            try expect(try await reopened.objects(kind: "nothing", scope: scope).isEmpty, "a kind from nowhere")
        },
        Check(name: "an object changes and goes at its etag only") { factory in
            let storage = try await factory.make()
            try await storage.apply([.insert(object("a", etag: "1"))], scope: scope)
            try await storage.apply([.update(object("a", etag: "2", at: 9), expectedEtag: "1")], scope: scope)
            let changed = object("a", etag: "2", at: 9)
            try expectEqual(try await storage.object(kind: "flow", id: "a", scope: scope), changed)

            try await expectError(.conflict) {
                try await storage.apply([.update(object("a", etag: "3"), expectedEtag: "1")], scope: scope)
            }
            try await expectError(.conflict) {
                try await storage.apply([.delete(kind: "flow", id: "a", expectedEtag: "1")], scope: scope)
            }
            try await expectError(.conflict) {
                try await storage.apply([.insert(object("a", etag: "4"))], scope: scope)
            }
            try await expectError(.conflict) {
                try await storage.apply([.update(object("b", etag: "4"), expectedEtag: "1")], scope: scope)
            }
            try await expectError(.conflict) {
                try await storage.apply([.delete(kind: "flow", id: "a", expectedEtag: "2")], scope: otherScope)
            }

            try expectEqual(try await storage.object(kind: "flow", id: "a", scope: scope), changed)
            try await storage.apply([.delete(kind: "flow", id: "a", expectedEtag: "2")], scope: scope)
            try expectEqual(try await storage.object(kind: "flow", id: "a", scope: scope), nil)
        },
        Check(name: "changes are performed together or not at all") { factory in
            let storage = try await factory.make()
            try await storage.apply([.insert(object("a", etag: "1"))], scope: scope)

            try await expectError(.conflict) {
                try await storage.apply(
                    [
                        .insert(object("b", etag: "1")), .delete(kind: "flow", id: "a", expectedEtag: "1"),
                        .insert(object("b", etag: "2")),
                    ],
                    scope: scope
                )
            }

            try expectEqual(try await storage.objects(kind: "flow", scope: scope).map(\.id), ["a"])
            try await storage.apply(
                [.delete(kind: "flow", id: "a", expectedEtag: "1"), .insert(object("a", etag: "2"))],
                scope: scope
            )
            try expectEqual(try await storage.object(kind: "flow", id: "a", scope: scope)?.etag, "2")
        },
    ]
}
