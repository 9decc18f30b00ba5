import ActivationCore
import NIOHTTP1

/// The dataflows of a running server, as any client of its API sees them.
struct ServerDataflows {
    let client: ServerClient

    private static let service = "/data/foundation/flowservice"
    private static let selectors = "/transformations/0/params"
    private static let kinesisSpec = "86043421-563b-46ec-8e6c-e23184711bf6"

    // MARK: Reading

    /// All dataflows, the oldest first.
    func all() async throws(CommandFailure) -> [JSONValue] { try await all("flows", "limit=100") }

    /// The runs of a dataflow, the newest first.
    func runs(of flow: JSONValue) async throws(CommandFailure) -> [JSONValue] {
        try await all("runs", "property=flowId==\(try id(of: flow))&orderby=-createdAt&limit=100")
    }

    /// All pages of a list.
    private func all(_ list: String, _ query: String) async throws(CommandFailure) -> [JSONValue] {
        var found: [JSONValue] = []
        var query = "?\(query)"
        while true {
            let page = try await client.call(.GET, "\(Self.service)/\(list)\(query)")
            found += page["items"]?.array ?? []
            // A link is relative to the service.
            guard let next = page["_links"]?["next"]?["href"]?.string, let mark = next.firstIndex(of: "?") else {
                return found
            }
            query = String(next[mark...])
        }
    }

    /// The dataflow with this id or name.
    func dataflow(_ name: String) async throws(CommandFailure) -> JSONValue {
        if let uuid = UUIDBytes(name) {
            let answer = try await client.call(.GET, "\(Self.service)/flows/\(uuid)")
            return answer["items"]?[0] ?? .null
        }
        let named = try await all().filter { $0["name"] == .string(name) }
        guard named.count < 2 else {
            throw CommandFailure(.badInput, "\(named.count) dataflows have this name; give the id of one")
        }
        guard let found = named.first else {
            throw CommandFailure(.badInput, "no dataflow has this id or name; headwater dataflows list shows them")
        }
        return found
    }

    /// The id of the dataflow with this id or name.
    func dataflowID(_ name: String) async throws(CommandFailure) -> String {
        if let uuid = UUIDBytes(name) { return uuid.description }
        return try id(of: try await dataflow(name))
    }

    /// A dataflow with its books and its target.
    func whole(_ flow: JSONValue) async throws(CommandFailure) -> JSONDataflow {
        JSONDataflow(
            flow: flow,
            target: try await target(of: flow),
            stats: try await client.call(.GET, "/v1/dataflows/\(try id(of: flow))/stats")
        )
    }

    /// A dataflow's books beside what was counted for them.
    func balance(
        of name: String,
        since: String?,
        byAudience: Bool
    ) async throws(CommandFailure) -> JSONValue {
        var items = since.map { ["since=\(ServerClient.percentEncoded($0))"] } ?? []
        if byAudience { items.append("audiences=true") }
        let query = items.isEmpty ? "" : "?" + items.joined(separator: "&")
        return try await client.call(.GET, "/v1/dataflows/\(try await dataflowID(name))/balance\(query)")
    }

    /// The target connection of a dataflow.
    func target(of flow: JSONValue) async throws(CommandFailure) -> JSONValue {
        guard let id = flow["targetConnectionIds"]?[0]?.string else {
            throw CommandFailure(.software, "the server gave a dataflow without a target")
        }
        return try await client.call(.GET, "\(Self.service)/targetConnections/\(id)")["items"]?[0] ?? .null
    }

    /// What the server tells of a dataflow's messages: `schema`, `schemas`, `schemas/NUMBER`, `samples` or `tests`.
    func messages(_ what: String, of name: String) async throws(CommandFailure) -> JSONValue {
        try await client.call(.GET, "/v1/dataflows/\(try await dataflowID(name))/\(what)")
    }

    /// All accounts of Kinesis.
    func accounts() async throws(CommandFailure) -> [JSONValue] {
        try await all("connections", "property=connectionSpec.id==\(Self.kinesisSpec)&limit=100")
    }

    /// Makes an account.
    ///
    /// - Returns: The account.
    func createAccount(
        name: String,
        description: String,
        auth: JSONObject
    ) async throws(CommandFailure) -> JSONValue {
        let body: JSONObject = [
            "name": .string(name), "description": .string(description),
            "connectionSpec": ["id": .string(Self.kinesisSpec), "version": "1.0"], "auth": .object(auth),
        ]
        let made = try await client.call(.POST, "\(Self.service)/connections", .object(body))
        return try await client.call(.GET, "\(Self.service)/connections/\(try id(of: made))")["items"]?[0] ?? .null
    }

    /// What lets the server in as a role.
    func trustPolicy() async throws(CommandFailure) -> JSONValue {
        let specs = try await client.call(.GET, "\(Self.service)/connectionSpecs")["items"]?.array ?? []
        let spec = specs.first { $0["id"]?.string == Self.kinesisSpec }
        guard let policy = spec?["authSpec"]?.array?.compactMap({ $0["trustPolicy"] }).first else {
            throw CommandFailure(
                .badInput,
                "this server assumes no roles; have who runs it start it with --aws-identity roles"
            )
        }
        return policy
    }

    /// The id of the account with this id or name.
    func accountID(_ name: String) async throws(CommandFailure) -> String {
        if let uuid = UUIDBytes(name) { return uuid.description }
        let named = try await accounts().filter { $0["name"] == .string(name) }
        guard named.count < 2 else {
            throw CommandFailure(.badInput, "\(named.count) accounts have this name; give the id of one")
        }
        guard let found = named.first else {
            throw CommandFailure(.badInput, "no account has this id or name; leave --account out to have one made")
        }
        return try id(of: found)
    }

    // MARK: Changing

    /// A dataflow to be made.
    struct Draft {
        var name: String
        var description = ""
        var account: Account
        /// `params` of the target connection.
        var params: JSONObject
        /// The ids of audiences to map.
        var audiences: [String] = []
        /// The paths of attributes to map.
        var attributes: [String] = []
        /// `marketingActions` and `alerts` of the flow.
        var purpose = JSONObject()

        /// Where the credentials are.
        enum Account {
            /// The id of a base connection that there is.
            case existing(String)
            /// `auth` of one to be made.
            case new(JSONObject)
        }

        fileprivate var body: JSONValue {
            var body: JSONObject = [
                "name": .string(name), "description": .string(description), "params": .object(params),
                "transformations": [
                    [
                        "name": "GeneralTransform",
                        "params": [
                            "segmentSelectors": [
                                "selectors": .array(audiences.map(ServerDataflows.selector(audience:)))
                            ],
                            "profileSelectors": [
                                "selectors": .array(attributes.map(ServerDataflows.selector(attribute:)))
                            ],
                        ],
                    ]
                ],
            ]
            for (key, value) in purpose { body[key] = value }
            switch account {
            case .existing(let id): body["accountId"] = .string(id)
            case .new(let auth):
                body["account"] = [
                    "connectionSpec": ["id": .string(ServerDataflows.kinesisSpec), "version": "1.0"],
                    "auth": .object(auth),
                ]
            }
            return .object(body)
        }
    }

    /// Makes a dataflow with all that it stands on; when it is refused nothing has been made.
    ///
    /// - Returns: The dataflow's id, and the server's warnings.
    func create(_ draft: Draft) async throws(CommandFailure) -> (id: String, warnings: [JSONValue]) {
        let made = try await client.call(.POST, "/v1/dataflows", draft.body)
        return (try id(of: made), made["warnings"]?.array ?? [])
    }

    /// Changes options of a dataflow's target, all of them or none.
    ///
    /// - Parameters:
    ///   - flow: The dataflow.
    ///   - params: Options with their new values.
    ///   - defaults: Options that get their defaults again.
    /// - Throws: When the server refuses one of them.
    func update(
        _ flow: JSONValue,
        setting params: JSONObject,
        resetting defaults: [String]
    ) async throws(CommandFailure) {
        let patch = Self.operations(at: "/params", setting: params, removing: defaults)
        _ = try await self.patch(try await target(of: flow), in: "targetConnections", patch)
    }

    /// Changes what a dataflow's records are used for and of what somebody wants to be told.
    ///
    /// - Parameters:
    ///   - flow: The dataflow.
    ///   - purpose: Members of the flow with their new values.
    ///   - keys: Members that go.
    /// - Throws: When the server refuses one of them.
    func update(
        _ flow: JSONValue,
        purpose: JSONObject,
        removing keys: [String]
    ) async throws(CommandFailure) {
        // What is not there has gone already.
        let present = keys.filter { flow[$0] != nil }
        _ = try await patch(flow, Self.operations(at: "", setting: purpose, removing: present))
    }

    private static func operations(
        at pointer: String,
        setting members: JSONObject,
        removing keys: [String]
    ) -> [JSONValue] {
        func path(_ key: String) -> JSONValue {
            let escaped = key.replacing("~", with: "~0").replacing("/", with: "~1")
            return .string("\(pointer)/\(escaped)")
        }
        return members.map { ["op": "add", "path": path($0.key), "value": $0.value] }
            + keys.map { ["op": "remove", "path": path($0)] }
    }

    /// Acts on a dataflow: `enable`, with a choice about what was left undone, `disable` or `redirect`.
    func act(_ operation: String, on flow: JSONValue) async throws(CommandFailure) {
        _ = try await client.call(.POST, "\(Self.service)/flows/\(try id(of: flow))/action?op=\(operation)")
    }

    /// Deletes a dataflow with its source and target, and its account where that is wanted.
    ///
    /// - Returns: What has gone.
    func delete(_ flow: JSONValue, withAccount: Bool) async throws(CommandFailure) -> JSONValue {
        try await client.call(.DELETE, "/v1/dataflows/\(try id(of: flow))?account=\(withAccount)")
    }

    /// Maps audiences, by their ids, and attributes; what is mapped already stays as it is.
    ///
    /// - Returns: The server's warnings.
    func map(
        _ audiences: [String],
        _ attributes: [String],
        to flow: JSONValue
    ) async throws(CommandFailure) -> [JSONValue] {
        try await patch(flow, Self.mapping(audiences, attributes, to: flow))
    }

    /// The operations that map audiences, by their ids, and attributes.
    static func mapping(_ audiences: [String], _ attributes: [String], to flow: JSONValue) -> [JSONValue] {
        let (mapped, paths) = Self.mapped(flow)
        var patch: [JSONValue] = []
        for audience in audiences where !mapped.contains(audience) {
            patch.append([
                "op": "add", "path": .string("\(Self.selectors)/segmentSelectors/selectors/-"),
                "value": Self.selector(audience: audience),
            ])
        }
        for path in attributes where !paths.contains(path) {
            patch.append([
                "op": "add", "path": .string("\(Self.selectors)/profileSelectors/selectors/-"),
                "value": Self.selector(attribute: path),
            ])
        }
        return patch
    }

    /// Unmaps audiences, by their ids, and attributes.
    ///
    /// - Throws: When one of them is not mapped; nothing is changed then.
    func unmap(_ audiences: [String], _ attributes: [String], of flow: JSONValue) async throws(CommandFailure) {
        _ = try await patch(flow, try Self.unmapping(audiences, attributes, of: flow))
    }

    /// The operations that unmap audiences, by their ids, and attributes.
    ///
    /// - Throws: When one of them is not mapped.
    static func unmapping(
        _ audiences: [String],
        _ attributes: [String],
        of flow: JSONValue
    ) throws(CommandFailure) -> [JSONValue] {
        let (mapped, paths) = Self.mapped(flow)
        var patch: [JSONValue] = []
        for (list, names, kind) in [(mapped, audiences, "segment"), (paths, attributes, "profile")] {
            var places: [Int] = []
            for name in names {
                guard let place = list.firstIndex(of: name) else {
                    throw CommandFailure(.badInput, "\(name) is not mapped; headwater dataflows show tells what is")
                }
                places.append(place)
            }
            // From the end, so that no place moves before its turn.
            for place in places.sorted(by: >) {
                patch.append([
                    "op": "remove", "path": .string("\(Self.selectors)/\(kind)Selectors/selectors/\(place)"),
                ])
            }
        }
        return patch
    }

    private func patch(
        _ object: JSONValue,
        in list: String = "flows",
        _ operations: [JSONValue]
    ) async throws(CommandFailure) -> [JSONValue] {
        guard !operations.isEmpty else { return [] }
        guard let etag = object["etag"]?.string else {
            throw CommandFailure(.software, "the server gave an object without an etag")
        }
        let answer = try await client.call(
            .PATCH,
            "\(Self.service)/\(list)/\(try id(of: object))",
            .array(operations),
            headers: [("if-match", etag)]
        )
        return answer["warnings"]?.array ?? []
    }

    private func id(of object: JSONValue) throws(CommandFailure) -> String {
        guard let id = object["id"]?.string else {
            throw CommandFailure(.software, "the server gave an object without an id")
        }
        return id
    }

    private static func selector(audience: String) -> JSONValue {
        ["type": "PLATFORM_SEGMENT", "value": ["id": .string(audience)]]
    }

    private static func selector(attribute path: String) -> JSONValue {
        ["type": "JSON_PATH", "value": ["path": .string(path), "operator": "EXISTS"]]
    }

    /// The ids of the mapped audiences and the mapped paths, in their places.
    private static func mapped(_ flow: JSONValue) -> (audiences: [String], attributes: [String]) {
        let params = flow["transformations"]?[0]?["params"]
        let audiences = params?["segmentSelectors"]?["selectors"]?.array ?? []
        let attributes = params?["profileSelectors"]?["selectors"]?.array ?? []
        return (
            audiences.map { $0["value"]?["id"]?.string ?? "" }, attributes.map { $0["value"]?["path"]?.string ?? "" }
        )
    }
}
