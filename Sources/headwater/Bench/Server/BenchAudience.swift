import ActivationCore
import NIOHTTP1

/// The audience of everybody who has an attribute, and the namespace of their identities.
struct BenchAudience {
    let attribute: String
    let namespace: String

    init(_ attribute: String, of namespace: String) {
        self.attribute = attribute
        self.namespace = namespace
    }

    /// Makes both.
    ///
    /// - Returns: The audience's id.
    func create(_ client: ServerClient) async throws(CommandFailure) -> String {
        _ = try await client.call(
            .POST,
            "/data/core/idnamespace/identities",
            ["name": "Bench", "code": .string(namespace), "idType": "CROSS_DEVICE"]
        )
        let audience = try await client.call(
            .POST,
            "/data/core/ups/segment/definitions",
            [
                "name": "Everybody", "schema": ["name": "_xdm.context.profile"],
                "expression": [
                    "type": "PQL", "format": "pql/text", "value": .string("isNotNull(\(attribute))"),
                ],
                "evaluationInfo": ["continuous": ["enabled": true]],
            ]
        )
        guard let id = audience["id"]?.string else { throw CommandFailure(.software, "an audience without an id") }
        return id
    }
}

extension ServerDataflows.Draft {
    /// A dataflow of one audience and one attribute to a stream of an endpoint on this machine.
    init(bench name: String, endpoint: String, stream: String, audience: String, attribute: String) {
        self.init(
            name: name,
            account: .new([
                "specName": "Aws Kinesis authentication credentials",
                "params": [
                    "accessKeyId": "bench", "secretKey": "bench", "region": "us-east-1",
                    "connectionUrl": .string(endpoint),
                ],
            ]),
            params: ["stream": .string(stream), "region": "us-east-1"],
            audiences: [audience],
            attributes: [attribute]
        )
    }
}
