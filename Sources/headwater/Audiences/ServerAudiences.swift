import ActivationCore
import NIOHTTP1

/// The audiences of a running server, as any client of its API sees them.
struct ServerAudiences {
    let client: ServerClient

    private static let audiences = "/data/core/ups/audiences"
    private static let bulk = "/v1/audiences/bulk"
    private static let jobs = "/data/core/ups/segment/jobs"
    private static let pageSize = 100

    /// All audiences that pass filters, query items of the list, the oldest first.
    func all(_ filters: [(name: String, value: String)] = []) async throws(CommandFailure) -> [JSONValue] {
        var found: [JSONValue] = []
        let filters = filters.map { "&\($0.name)=\(ServerClient.percentEncoded($0.value))" }.joined()
        while true {
            let query = "sort=creationTime:asc&limit=\(ServerAudiences.pageSize)&start=\(found.count)\(filters)"
            let page = try await client.call(.GET, "\(ServerAudiences.audiences)?\(query)")
            let audiences = page["children"]?.array ?? []
            found += audiences
            if audiences.count < ServerAudiences.pageSize { return found }
        }
    }

    /// The audience with this id or name, with its member count.
    func audience(_ name: String) async throws(CommandFailure) -> JSONValue {
        try await client.call(.GET, "\(ServerAudiences.audiences)/\(try await audienceID(name))")
    }

    /// The id of the audience with this id or name.
    func audienceID(_ name: String) async throws(CommandFailure) -> String {
        if let uuid = UUIDBytes(name) { return uuid.description }
        // The filter takes more than that.
        guard let known = try await all([("name", name)]).first(where: { $0["name"] == .string(name) })?["id"]?.string
        else {
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

    /// Makes an audience.
    func create(_ audience: JSONValue) async throws(CommandFailure) -> JSONValue {
        try await client.call(.POST, ServerAudiences.audiences, audience)
    }

    /// Makes a draft of what the audience with this id or name is.
    func copy(_ original: String, as name: String?) async throws(CommandFailure) -> JSONValue {
        // What only the server sets is ignored.
        var members = try await audience(original).object ?? [:]
        members["name"] = name.map { .string($0) } ?? .string("Copy of \(members["name"]?.string ?? original)")
        members["lifecycleState"] = "draft"
        return try await create(.object(members))
    }

    /// Does one thing to the audiences with these ids or names, to all or none.
    ///
    /// - Parameters:
    ///   - operation: `publish`, `deactivate`, `delete`, `tag` or `untag`.
    ///   - names: Ids or names.
    ///   - tags: For `tag` and `untag`.
    /// - Returns: The audiences that are still there.
    /// - Throws: Why nothing was done.
    func bulk(
        _ operation: String,
        _ names: [String],
        tags: [String] = []
    ) async throws(CommandFailure) -> [JSONValue] {
        var ids: [JSONValue] = []
        for name in names { ids.append(.string(try await audienceID(name))) }
        var body: JSONObject = ["op": .string(operation), "ids": .array(ids)]
        if !tags.isEmpty { body["tags"] = .array(tags.map { .string($0) }) }
        return try await client.call(.POST, ServerAudiences.bulk, .object(body))["audiences"]?.array ?? []
    }

    /// Says whether dataflows leave out those who opted out of everything.
    func exclude(optOuts: Bool, from name: String) async throws(CommandFailure) -> JSONValue {
        let path = "\(ServerAudiences.audiences)/\(try await audienceID(name))"
        let value: JSONValue = ["excludeOptOut": .bool(optOuts)]
        return try await client.call(.PATCH, path, [["op": "add", "path": "/dataGovernancePolicy", "value": value]])
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
