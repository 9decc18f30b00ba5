import ActivationCore
import NIOHTTP1

/// Makes the demo's audiences and its dataflow through the HTTP API, as any client would.
struct DemoSetup {
    let client: ServerClient
    /// The Kinesis endpoint.
    let kinesis: String
    let stream: String

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

    /// Makes a dataflow with all that it stands on, mapping audiences and an attribute.
    ///
    /// - Returns: The dataflow's id.
    func createDataflow(_ audiences: [DemoAudience]) async throws(CommandFailure) -> String {
        try await ServerDataflows(client: client).create(
            ServerDataflows.Draft(
                name: "CDNOW to Kinesis",
                account: .new([
                    "specName": "Aws Kinesis authentication credentials",
                    "params": [
                        "accessKeyId": "demo", "secretKey": "demo", "region": "us-east-1",
                        "connectionUrl": .string(kinesis),
                    ],
                ]),
                params: ["stream": .string(stream), "region": "us-east-1"],
                audiences: audiences.map(\.id),
                attributes: ["_cdnow.firstPurchase"]
            )
        ).id
    }

    private func id(of answer: JSONValue, _ what: String) throws(CommandFailure) -> String {
        guard let id = answer["id"]?.string else {
            throw CommandFailure(.software, "the server made \(what) and gave no id")
        }
        return id
    }
}
