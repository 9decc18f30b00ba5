import ActivationCore
import ActivationEngine

extension StorageConformance {
    private static let day: Int64 = 86_400_000

    private static func change(
        _ id: String,
        kind: String = "flow",
        by author: String = "ana",
        at milliseconds: Int64 = 1
    ) -> ConfigurationChange {
        ConfigurationChange(
            changedAt: Timestamp(milliseconds: milliseconds),
            author: ConfigurationChange.Author(name: author, way: .console, requestID: "r\(id)"),
            action: .update,
            kind: kind,
            id: id,
            name: "name of \(id)",
            difference: Array(#"{"parts":["\#(id)"]}"#.utf8)
        )
    }

    private static func ids(
        _ storage: Subject,
        _ objects: [ConfigurationChange.Object]? = nil,
        kind: String? = nil,
        author: String? = nil,
        before: Int64? = nil,
        limit: Int = 100
    ) async throws -> [String] {
        let request = ConfigurationChangesRequest(
            scope: scope,
            objects: objects,
            kind: kind,
            author: author,
            before: before,
            limit: limit
        )
        return try await storage.history(request).map(\.id)
    }

    static let historyChecks: [Check] = [
        Check(name: "a change comes back as it was entered, after a restart too, the newest first") { factory in
            let storage = try await factory.make()
            var first = change("a")
            var second = change("b", kind: "connection", by: "loader", at: 2)
            second.author = ConfigurationChange.Author(name: "loader", way: .api)
            second.action = .delete
            second.author.sender = "192.0.2.7"
            try await storage.apply([], history: [first, second], scope: scope)
            try await storage.apply([], history: [change("z")], scope: otherScope)

            let reopened = try await factory.reopen(storage)

            let found = try await reopened.history(ConfigurationChangesRequest(scope: scope, limit: 10))
            first.sequence = found.last?.sequence ?? 0
            second.sequence = found.first?.sequence ?? 0
            try expectEqual(found, [second, first])
            try expect(first.sequence > 0 && second.sequence > first.sequence, "sequences do not rise")
            try await reopened.apply([], history: [change("c")], scope: scope)
            try expectEqual(try await ids(reopened), ["c", "b", "a"])
        },
        Check(name: "the history is asked by object, kind and author, and read in pages") { factory in
            let storage = try await factory.make()
            for number in 0..<12 {
                try await storage.apply(
                    [],
                    history: [
                        change(
                            "\(number % 3)",
                            kind: number % 2 == 0 ? "flow" : "schedule",
                            by: number % 4 == 0 ? "ana" : "bo"
                        )
                    ],
                    scope: scope
                )
            }

            let object = ConfigurationChange.Object(id: "1")
            try expectEqual(try await ids(storage, [object]).count, 4)
            try expectEqual(
                try await ids(storage, [ConfigurationChange.Object(kind: "flow", id: "1")], author: "ana"),
                ["1"],
                "one object of one kind by one author"
            )
            try expectEqual(
                try await ids(storage, [object, ConfigurationChange.Object(id: "2"), object]),
                ["2", "1", "2", "1", "2", "1", "2", "1"],
                "two objects"
            )
            try expectEqual(try await ids(storage, []), [], "no object")
            try expectEqual(try await ids(storage, kind: "schedule").count, 6)
            try expectEqual(try await ids(storage, author: "ana").count, 3)
            try expectEqual(try await ids(storage, kind: "flow", author: "bo").count, 3)
            try expectEqual(try await ids(storage, author: "nobody"), [])

            var pages: [[String]] = []
            var before: Int64?
            while pages.count < 10 {
                let page = try await storage.history(
                    ConfigurationChangesRequest(scope: scope, before: before, limit: 5)
                )
                guard let last = page.last else { break }
                pages.append(page.map(\.id))
                before = last.sequence
            }
            try expectEqual(pages, [["2", "1", "0", "2", "1"], ["0", "2", "1", "0", "2"], ["1", "0"]])
        },
        Check(name: "what is no change is told to who asks for it alone, with its outcome and where it came from") {
            factory in
            let storage = try await factory.make()
            var entries = (0..<6).map { change("\($0)", at: Int64($0)) }
            entries[1].action = .view
            entries[3].action = .refuse
            entries[3].outcome = .denied
            entries[3].author.sender = "2001:db8::1"
            entries[4].action = .signIn
            entries[4].outcome = .failed
            try await storage.apply([], history: entries, scope: scope)

            try expectEqual(try await ids(storage), ["5", "2", "0"])
            try expectEqual(try await ids(storage, author: "ana"), ["5", "2", "0"])
            func found(_ actions: [ConfigurationChange.Action]?, by author: String? = nil) async throws -> [String] {
                let request = ConfigurationChangesRequest(scope: scope, author: author, actions: actions, limit: 9)
                return try await storage.history(request).map(\.id)
            }
            try expectEqual(try await found(nil), ["5", "4", "3", "2", "1", "0"])
            try expectEqual(try await found(nil, by: "ana"), ["5", "4", "3", "2", "1", "0"])
            try expectEqual(try await found([.view]), ["1"])
            try expectEqual(try await found([.view, .signIn]), ["4", "1"])
            let request = ConfigurationChangesRequest(scope: scope, actions: [.refuse], limit: 1)
            let refusal = try await storage.history(request).first
            entries[3].sequence = refusal?.sequence ?? 0
            try expectEqual(refusal, entries[3])
        },
        Check(name: "the history says from where on it is of an instant or later") { factory in
            let storage = try await factory.make()
            try expectEqual(try await storage.historyStart(at: Timestamp(milliseconds: 5)), 1)
            for at in [10, 20, 20, 30] as [Int64] {
                try await storage.apply([], history: [change("a", at: at)], scope: scope)
            }
            for (instant, start) in [(0, 1), (10, 1), (11, 2), (20, 2), (21, 4), (30, 4), (31, 5)] as [(Int64, Int64)] {
                try expectEqual(try await storage.historyStart(at: Timestamp(milliseconds: instant)), start)
            }
        },
        Check(name: "a change and what the history says of it are stored together or not at all") { factory in
            let storage = try await factory.make()
            let object = ControlObject(
                kind: "flow",
                id: "a",
                etag: "1",
                createdAt: Timestamp(milliseconds: 1),
                updatedAt: Timestamp(milliseconds: 1),
                body: Array("{}".utf8)
            )
            try await storage.apply([.insert(object)], history: [change("a")], scope: scope)

            try await expectError(.conflict) {
                try await storage.apply([.insert(object)], history: [change("a")], scope: scope)
            }

            try expectEqual(try await ids(storage), ["a"])
        },
        Check(name: "changes of more than a year ago go a few at a time, when others come") { factory in
            let storage = try await factory.make()
            let bite = ConfigurationChange.forgottenAtOnce
            try await storage.apply([], history: (0..<(bite + 5)).map { change("old \($0)", at: 0) }, scope: scope)
            try await storage.apply([], history: [change("kept", at: day)], scope: scope)

            // To the day: what is a year old is kept.
            try await storage.apply([], history: [change("1", at: 365 * day)], scope: scope)
            try expectEqual(try await ids(storage).count, bite + 7)

            try await storage.apply([], history: [change("2", at: 366 * day)], scope: scope)
            try expectEqual(
                try await ids(storage),
                ["2", "1", "kept"] + (bite..<(bite + 5)).reversed().map { "old \($0)" }
            )

            // A change that the history says nothing of leaves it as it is.
            try await storage.apply([], history: [], scope: scope)
            try expectEqual(try await ids(storage).count, 8)
            try await storage.apply([], history: [change("3", at: 366 * day)], scope: scope)
            try expectEqual(try await ids(storage), ["3", "2", "1", "kept"])
        },
    ]
}
