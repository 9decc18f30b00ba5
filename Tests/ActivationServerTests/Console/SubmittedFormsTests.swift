import ActivationCore
import Synchronization
import Testing

@testable import ActivationServer

/// A form that is sent twice does what it asks for once (docs/CONSOLE.md).
@Suite struct SubmittedFormsTests {
    private static let form = QueryItems([(name: "once", value: "m"), (name: "name", value: "eu")])

    private static func key(_ form: QueryItems = form, mark: String = "m", at path: String = "/a") -> String {
        SubmittedForms.key(form, mark: mark, at: path, in: "s")
    }

    /// How often something was done.
    private final class Tally: Sendable {
        let count = Mutex(0)

        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    @Test func `whoever sends it while it is under way gets the same answer`() async throws {
        let (forms, tally) = (SubmittedForms(), Tally())
        let (gate, open) = AsyncStream<Void>.makeStream()
        async let sent = withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let answer = try await forms.answer(to: Self.key()) {
                        _ = tally.next()
                        for await _ in gate { break }
                        return .redirect("/console/made")
                    }
                    guard case .redirect(let place) = answer.content else { return nil }
                    return place
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        open.yield()
        open.finish()
        #expect(try await sent == Array(repeating: "/console/made", count: 8))
        #expect(tally.count.withLock { $0 } == 1)
    }

    @Test func `it is done again when anything of it differs, and when it was not done`() async throws {
        let (forms, tally) = (SubmittedForms(), Tally())
        @Sendable func make() async throws -> ConsoleAnswer {
            if tally.next() == 1 { throw APIError(.conflict, "not now") }
            return .redirect("/console/made")
        }
        await #expect(throws: APIError.self) { _ = try await forms.answer(to: Self.key(), make) }
        _ = try await forms.answer(to: Self.key(), make)
        _ = try await forms.answer(to: Self.key(), make)
        #expect(tally.count.withLock { $0 } == 2)
        let other = QueryItems([(name: "once", value: "m"), (name: "name", value: "us")])
        for key in [Self.key(other), Self.key(mark: "n"), Self.key(at: "/b")] {
            _ = try await forms.answer(to: key, make)
        }
        #expect(tally.count.withLock { $0 } == 5)
    }
}
