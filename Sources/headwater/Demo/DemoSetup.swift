import ActivationCore
import NIOHTTP1

/// Makes the demo's audiences and its dataflow through the HTTP API, as an Adobe client would.
struct DemoSetup {
    let client: ServerClient
    /// The Kinesis endpoint.
    let kinesis: String
    let stream: String

    private static let kinesisSpec = "86043421-563b-46ec-8e6c-e23184711bf6"
    private static let profileSpec = "8a9c3494-9708-43d7-ae3f-cda01e5030e1"
    private static let flowSpec = "71471eba-b620-49e4-90fd-23f1fa0174d8"
    private static let flowService = "/data/foundation/flowservice"

    /// Makes the namespace of customer ids.
    func createNamespace() async throws(CommandFailure) {
        _ = try await client.call(
            .POST,
            "/data/core/idnamespace/identities",
            [
                "name": "CDNOW customer", "code": .string(CDNOW.Purchase.namespace), "idType": "CROSS_DEVICE",
                "description": "Customers of the CDNOW sample",
            ]
        )
    }

    /// Makes the audiences and gives them with their ids.
    func createAudiences() async throws(CommandFailure) -> [DemoAudience] {
        var audiences = DemoAudience.all
        for index in audiences.indices {
            let answer = try await client.call(
                .POST,
                "/data/core/ups/segment/definitions",
                [
                    "name": .string(audiences[index].name),
                    "description": "",
                    "schema": ["name": "_xdm.context.profile"],
                    "expression": [
                        "type": "PQL", "format": "pql/text", "value": .string(audiences[index].expression),
                    ],
                    "evaluationInfo": [
                        "batch": ["enabled": false], "continuous": ["enabled": true], "synchronous": ["enabled": false],
                    ],
                ]
            )
            audiences[index].id = try id(of: answer, "the audience \(audiences[index].name)")
        }
        return audiences
    }

    /// Makes a dataflow by the six calls of Adobe's tutorial, and maps audiences and attributes to it.
    ///
    /// - Returns: The dataflow's id.
    func createDataflow(_ audiences: [DemoAudience]) async throws(CommandFailure) -> String {
        let specs = try await client.call(.GET, "\(DemoSetup.flowService)/connectionSpecs")
        guard specs["items"]?.array?.contains(where: { $0["id"]?.string == DemoSetup.kinesisSpec }) == true else {
            throw CommandFailure(.software, "the server has no connection spec for Kinesis")
        }
        let profiles = try await post(
            "connections",
            ["name": "Profiles", "connectionSpec": spec(DemoSetup.profileSpec)]
        )
        let source = try await post(
            "sourceConnections",
            [
                "name": "Profiles", "connectionSpec": spec(DemoSetup.profileSpec),
                "baseConnectionId": .string(profiles),
                "data": ["format": "json"], "params": [:],
            ]
        )
        let account = try await post(
            "connections",
            [
                "name": "Embedded Kinesis", "connectionSpec": spec(DemoSetup.kinesisSpec),
                "auth": [
                    "specName": "Aws Kinesis authentication credentials",
                    "params": [
                        "accessKeyId": "demo", "secretKey": "demo", "region": "us-east-1",
                        "connectionUrl": .string(kinesis),
                    ],
                ],
            ]
        )
        let target = try await post(
            "targetConnections",
            [
                "name": "Stream", "connectionSpec": spec(DemoSetup.kinesisSpec), "baseConnectionId": .string(account),
                "data": ["format": "json"], "params": ["stream": .string(stream), "region": "us-east-1"],
            ]
        )
        let flow = try await post(
            "flows",
            [
                "name": "CDNOW to Kinesis",
                "flowSpec": spec(DemoSetup.flowSpec),
                "sourceConnectionIds": [.string(source)],
                "targetConnectionIds": [.string(target)],
                "transformations": [
                    [
                        "name": "GeneralTransform",
                        "params": ["profileSelectors": ["selectors": []], "segmentSelectors": ["selectors": []]],
                    ]
                ],
            ]
        )
        try await map(audiences, attributes: ["_cdnow.firstPurchase"], to: flow)
        return flow
    }

    private func map(
        _ audiences: [DemoAudience],
        attributes: [String],
        to flow: String
    ) async throws(CommandFailure) {
        let stored = try await client.call(.GET, "\(DemoSetup.flowService)/flows/\(flow)")
        guard let etag = stored["items"]?[0]?["etag"]?.string else {
            throw CommandFailure(.software, "flow \(flow) came without an etag")
        }
        let selectors = "/transformations/0/params"
        var patch: [JSONValue] = audiences.map { audience in
            [
                "op": "add", "path": .string("\(selectors)/segmentSelectors/selectors/-"),
                "value": [
                    "type": "PLATFORM_SEGMENT", "value": ["id": .string(audience.id), "name": .string(audience.name)],
                ],
            ]
        }
        patch += attributes.map { path in
            [
                "op": "add", "path": .string("\(selectors)/profileSelectors/selectors/-"),
                "value": ["type": "JSON_PATH", "value": ["path": .string(path), "operator": "EXISTS"]],
            ]
        }
        _ = try await client.call(
            .PATCH,
            "\(DemoSetup.flowService)/flows/\(flow)",
            .array(patch),
            headers: [("if-match", etag)]
        )
    }

    private func post(_ list: String, _ body: JSONValue) async throws(CommandFailure) -> String {
        try id(of: try await client.call(.POST, "\(DemoSetup.flowService)/\(list)", body), list)
    }

    private func spec(_ id: String) -> JSONValue {
        ["id": .string(id), "version": "1.0"]
    }

    private func id(of answer: JSONValue, _ what: String) throws(CommandFailure) -> String {
        guard let id = answer["id"]?.string else {
            throw CommandFailure(.software, "the server made \(what) and gave no id")
        }
        return id
    }
}
