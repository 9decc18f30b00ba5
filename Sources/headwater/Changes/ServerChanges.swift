import ActivationCore
import ArgumentParser
import NIOHTTP1

/// The history of a running server's configuration, as any client of its API sees it.
struct ServerChanges {
    let client: ServerClient

    /// What the server gives at once.
    private static let pageSize = 100

    /// Changes, the newest first.
    ///
    /// - Parameters:
    ///   - path: Of what.
    ///   - query: Which of them, as items of the query.
    ///   - count: So many at most.
    /// - Returns: The changes.
    /// - Throws: What the server refuses.
    func list(
        _ path: String,
        _ query: [(name: String, value: String)] = [],
        count: Int
    ) async throws(CommandFailure) -> [JSONValue] {
        var found: [JSONValue] = []
        var before: Int64?
        while found.count < count {
            var items = query + [("limit", String(min(count - found.count, ServerChanges.pageSize)))]
            if let before { items.append(("before", String(before))) }
            let text = items.map { "\($0.name)=\(ServerClient.percentEncoded($0.value))" }.joined(separator: "&")
            let page = try await client.call(.GET, "\(path)?\(text)")
            found += page["items"]?.array ?? []
            guard let next = page["next"]?.int64 else { break }
            before = next
        }
        return found
    }
}

/// How much of the history is shown.
struct ChangesOptions: ParsableArguments {
    @Option(help: ArgumentHelp("So many changes at most, the newest.", valueName: "count"))
    var limit = 50

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is at least 1") }
    }

    /// Prints changes as they were asked for.
    func print(_ changes: [JSONValue], _ options: ServerOptions) {
        guard !options.json else { return Terminal.print(["items": .array(changes)]) }
        for change in changes {
            for line in ChangeText(change: change).lines { Terminal.print(line) }
        }
    }
}
