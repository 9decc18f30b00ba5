import ActivationCore
import NIOHTTP1

/// The dataflows of a running server, as any client of its API sees them.
struct ServerDataflows {
    let client: ServerClient

    private static let service = "/data/foundation/flowservice"
    private static let selectors = "/transformations/0/params"
    private static let kinesisSpec = "86043421-563b-46ec-8e6c-e23184711bf6"
    private static let profileSpec = "8a9c3494-9708-43d7-ae3f-cda01e5030e1"
    private static let flowSpec = "71471eba-b620-49e4-90fd-23f1fa0174d8"

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

    /// A dataflow with its books.
    func withStats(_ flow: JSONValue) async throws(CommandFailure) -> JSONDataflow {
        JSONDataflow(flow: flow, stats: try await client.call(.GET, "/v1/dataflows/\(try id(of: flow))/stats"))
    }

    // MARK: Changing

    /// Where a new dataflow delivers to.
    struct Destination {
        /// `auth.params` of a new base connection.
        var account: JSONObject
        /// `params` of the target connection.
        var target: JSONObject
    }

    /// Makes a dataflow by the calls of Adobe's tutorial.
    ///
    /// - Returns: The dataflow's id.
    func create(_ name: String, to destination: Destination) async throws(CommandFailure) -> String {
        let text = JSONValue.string(name)
        // The account comes first: it is the one that may be refused.
        let account = try await post(
            "connections",
            [
                "name": text, "connectionSpec": Self.spec(Self.kinesisSpec),
                "auth": [
                    "specName": "Aws Kinesis authentication credentials", "params": .object(destination.account),
                ],
            ]
        )
        let target = try await post(
            "targetConnections",
            [
                "name": text, "connectionSpec": Self.spec(Self.kinesisSpec), "baseConnectionId": .string(account),
                "data": ["format": "json"], "params": .object(destination.target),
            ]
        )
        let profiles = try await post(
            "connections",
            ["name": text, "connectionSpec": Self.spec(Self.profileSpec)]
        )
        let source = try await post(
            "sourceConnections",
            [
                "name": text, "connectionSpec": Self.spec(Self.profileSpec), "baseConnectionId": .string(profiles),
                "data": ["format": "json"], "params": [:],
            ]
        )
        return try await post(
            "flows",
            [
                "name": text, "flowSpec": Self.spec(Self.flowSpec), "sourceConnectionIds": [.string(source)],
                "targetConnectionIds": [.string(target)],
                "transformations": [
                    [
                        "name": "GeneralTransform",
                        "params": ["profileSelectors": ["selectors": []], "segmentSelectors": ["selectors": []]],
                    ]
                ],
            ]
        )
    }

    /// Acts on a dataflow: `enable`, with a choice about what was left undone, `disable` or `redirect`.
    func act(_ operation: String, on flow: JSONValue) async throws(CommandFailure) {
        _ = try await client.call(.POST, "\(Self.service)/flows/\(try id(of: flow))/action?op=\(operation)")
    }

    /// Deletes a dataflow.
    func delete(_ flow: JSONValue) async throws(CommandFailure) {
        _ = try await client.call(.DELETE, "\(Self.service)/flows/\(try id(of: flow))")
    }

    /// Maps audiences, by their ids, and attributes; what is mapped already stays as it is.
    ///
    /// - Returns: The server's warnings.
    func map(
        _ audiences: [String],
        _ attributes: [String],
        to flow: JSONValue
    ) async throws(CommandFailure) -> [JSONValue] {
        let (mapped, paths) = Self.mapped(flow)
        var patch: [JSONValue] = []
        for audience in audiences where !mapped.contains(audience) {
            patch.append([
                "op": "add", "path": .string("\(Self.selectors)/segmentSelectors/selectors/-"),
                "value": ["type": "PLATFORM_SEGMENT", "value": ["id": .string(audience)]],
            ])
        }
        for path in attributes where !paths.contains(path) {
            patch.append([
                "op": "add", "path": .string("\(Self.selectors)/profileSelectors/selectors/-"),
                "value": ["type": "JSON_PATH", "value": ["path": .string(path), "operator": "EXISTS"]],
            ])
        }
        return try await self.patch(flow, patch)
    }

    /// Unmaps audiences, by their ids, and attributes.
    ///
    /// - Throws: When one of them is not mapped; nothing is changed then.
    func unmap(_ audiences: [String], _ attributes: [String], of flow: JSONValue) async throws(CommandFailure) {
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
        _ = try await self.patch(flow, patch)
    }

    private func patch(_ flow: JSONValue, _ operations: [JSONValue]) async throws(CommandFailure) -> [JSONValue] {
        guard !operations.isEmpty else { return [] }
        guard let etag = flow["etag"]?.string else {
            throw CommandFailure(.software, "the server gave a dataflow without an etag")
        }
        let answer = try await client.call(
            .PATCH,
            "\(Self.service)/flows/\(try id(of: flow))",
            .array(operations),
            headers: [("if-match", etag)]
        )
        return answer["warnings"]?.array ?? []
    }

    private func post(_ list: String, _ body: JSONValue) async throws(CommandFailure) -> String {
        try id(of: try await client.call(.POST, "\(Self.service)/\(list)", body))
    }

    private func id(of object: JSONValue) throws(CommandFailure) -> String {
        guard let id = object["id"]?.string else {
            throw CommandFailure(.software, "the server gave an object without an id")
        }
        return id
    }

    private static func spec(_ id: String) -> JSONValue { ["id": .string(id), "version": "1.0"] }

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
