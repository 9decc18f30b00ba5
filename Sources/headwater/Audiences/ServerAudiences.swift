import ActivationCore
import NIOHTTP1

/// The audiences of a running server, as any client of its API sees them.
struct ServerAudiences {
    let client: ServerClient

    private static let definitions = "/data/core/ups/segment/definitions"
    private static let jobs = "/data/core/ups/segment/jobs"
    private static let pageSize = 100

    /// All definitions, the oldest first.
    func all() async throws(CommandFailure) -> [JSONValue] {
        var found: [JSONValue] = []
        while true {
            let query = "sort=creationTime:asc&limit=\(ServerAudiences.pageSize)&start=\(found.count)"
            let page = try await client.call(.GET, "\(ServerAudiences.definitions)?\(query)")
            let segments = page["segments"]?.array ?? []
            found += segments
            if segments.count < ServerAudiences.pageSize { return found }
        }
    }

    /// The definition with this id or name, with its member count.
    func audience(_ name: String) async throws(CommandFailure) -> JSONValue {
        try await client.call(.GET, "\(ServerAudiences.definitions)/\(try await audienceID(name))")
    }

    /// The id of the audience with this id or name.
    func audienceID(_ name: String) async throws(CommandFailure) -> String {
        if let uuid = UUIDBytes(name) { return uuid.description }
        guard let known = try await all().first(where: { $0["name"] == .string(name) })?["id"]?.string else {
            throw CommandFailure(.badInput, "no audience has this id or name; headwater audiences list shows them")
        }
        return known
    }

    /// How many members the audience with this id or name has, and had in some hours.
    func members(of name: String, hours: Int) async throws(CommandFailure) -> JSONValue {
        guard let id = try await audience(name)["id"]?.string else {
            throw CommandFailure(.badInput, "the server answered an audience without an id")
        }
        return try await client.call(.GET, "/v1/audiences/\(id)/members?hours=\(hours)")
    }

    /// Makes a definition.
    func create(_ definition: JSONValue) async throws(CommandFailure) -> JSONValue {
        try await client.call(.POST, ServerAudiences.definitions, definition)
    }

    /// Begins a job over some audiences, or over all.
    func evaluate(_ audiences: [String]) async throws(CommandFailure) -> JSONValue {
        try await client.call(
            .POST,
            ServerAudiences.jobs,
            .array(audiences.map { ["segmentId": .string($0)] })
        )
    }

    /// How a job stands.
    func job(_ id: String) async throws(CommandFailure) -> JSONValue {
        try await client.call(.GET, "\(ServerAudiences.jobs)/\(id)")
    }
}
