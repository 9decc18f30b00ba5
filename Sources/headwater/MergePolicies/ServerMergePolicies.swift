import ActivationCore
import NIOHTTP1

/// The merge policies of a running server, as any client of its API sees them.
struct ServerMergePolicies {
    let client: ServerClient

    private static let path = "/data/core/ups/config/mergePolicies"

    /// All policies, by name.
    func all() async throws(CommandFailure) -> [JSONValue] {
        try await client.call(.GET, "\(Self.path)?limit=100")["children"]?.array ?? []
    }

    /// The policy with this id or name.
    func policy(_ name: String) async throws(CommandFailure) -> JSONValue {
        if let uuid = UUIDBytes(name) { return try await client.call(.GET, "\(Self.path)/\(uuid)") }
        let named = try await all().filter { $0["name"] == .string(name) }
        guard named.count < 2 else {
            throw CommandFailure(.badInput, "\(named.count) merge policies have this name; give the id of one")
        }
        guard let found = named.first else {
            throw CommandFailure(
                .badInput,
                "no merge policy has this id or name; headwater merge-policies list shows them"
            )
        }
        return found
    }

    /// Makes a policy.
    func create(_ draft: JSONValue) async throws(CommandFailure) -> JSONValue {
        try await client.call(.POST, Self.path, draft)
    }

    /// Gives members of a policy new values.
    func change(_ name: String, _ members: JSONObject) async throws(CommandFailure) -> JSONValue {
        let operations = members.map { member, value -> JSONValue in
            ["op": "replace", "path": .string("/\(member)"), "value": value]
        }
        return try await client.call(.PATCH, "\(Self.path)/\(try await id(name))", .array(operations))
    }

    /// Deletes a policy.
    ///
    /// - Returns: Its id.
    func delete(_ name: String) async throws(CommandFailure) -> String {
        let id = try await id(name)
        _ = try await client.call(.DELETE, "\(Self.path)/\(id)")
        return id
    }

    private func id(_ name: String) async throws(CommandFailure) -> String {
        guard let id = try await policy(name)["id"]?.string else {
            throw CommandFailure(.software, "the server gave a merge policy without an id")
        }
        return id
    }
}
