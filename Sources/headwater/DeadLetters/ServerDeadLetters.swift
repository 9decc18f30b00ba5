import ActivationCore
import NIOHTTP1

/// The dead letters of a dataflow of a running server.
struct ServerDeadLetters {
    let client: ServerClient
    /// The dataflow's id.
    let dataflow: String

    private var path: String { "/v1/dataflows/\(ServerClient.percentEncoded(dataflow))/dead-letters" }

    /// What the server tells of them.
    func get(_ part: String) async throws(CommandFailure) -> JSONValue { try await client.call(.GET, path + part) }

    /// Does something with them.
    func post(_ part: String, _ body: JSONValue) async throws(CommandFailure) -> JSONValue {
        try await client.call(.POST, path + part, body)
    }

    /// Takes the first of them, the oldest first, page by page.
    func all(
        code: String?,
        limit: Int,
        _ take: ([JSONValue]) -> Void
    ) async throws(CommandFailure) {
        let code = code.map { "&code=\(ServerClient.percentEncoded($0))" } ?? ""
        var (count, after) = (0, "")
        while count < limit {
            let page = try await get("?limit=\(min(limit - count, 1_000))\(code)\(after)")
            let items = page["items"]?.array ?? []
            take(items)
            count += items.count
            guard let next = page["next"]?.string else { return }
            after = "&after=\(next)"
        }
    }
}

extension ServerOptions {
    /// Does a piece of work with a dataflow's dead letters.
    func withDeadLetters<Value>(
        of dataflow: String,
        _ work: (ServerDeadLetters) async throws(CommandFailure) -> Value
    ) async throws -> Value {
        try await withServer { (client) throws(CommandFailure) in
            let id = try await ServerDataflows(client: client).dataflowID(dataflow)
            return try await work(ServerDeadLetters(client: client, dataflow: id))
        }
    }
}

/// A dead letter as people read it, without its values.
struct DeadLetterText {
    let letter: JSONValue

    /// In one line: its id, when it was parked, why, whose it is and what made it.
    var line: String {
        let reasons = (letter["reasons"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
        return [
            letter["id"]?.string ?? "", letter["parkedAt"]?.string ?? "", letter["code"]?.string ?? "",
            "profile \(letter["profileId"]?.string ?? "")", reasons, letter["message"]?.string ?? "",
            letter["keptUntil"]?.string.map { "kept until \($0)" } ?? "",
        ].filter { !$0.isEmpty }.joined(separator: "  ")
    }
}
