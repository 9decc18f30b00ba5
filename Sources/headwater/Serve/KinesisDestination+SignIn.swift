import ActivationCore
import ActivationServer
import Kinesis

/// How accounts of Kinesis may sign in.
extension KinesisDestination {
    /// With keys of the stream's owner: the one way that Adobe's clients know.
    static let keys = DestinationSignIn(
        name: "Aws Kinesis authentication credentials",
        type: "KeyAuth",
        title: "Access key",
        account: schema(
            [
                "accessKeyId": ["type": "string", "title": "AWS access key"],
                "secretKey": ["type": "string", "format": "password", "title": "AWS secret key"],
                "sessionToken": ["type": "string", "format": "password", "title": "AWS session token"],
            ],
            required: ["accessKeyId", "secretKey"]
        )
    )

    /// As a role of the stream's owner, which lets this server in.
    static func role(_ server: ServerIdentity?) -> DestinationSignIn {
        var fields: JSONObject = ["roleArn": ["type": "string", "title": "AWS role ARN"]]
        if let server {
            fields["externalId"] = [
                "type": "string", "title": "External ID, made by this server", "readOnly": true,
                "const": .string(server.externalID),
            ]
        }
        return DestinationSignIn(
            name: "Aws Kinesis assumed role",
            type: "AssumedRole",
            title: "IAM role",
            account: schema(fields, required: ["roleArn"]),
            trust: server.map(trust),
            refusal: server == nil ? KinesisError.identityRefused(.roles).message : nil
        )
    }

    /// As the machine that the server runs on.
    static func own(_ server: ServerIdentity?) -> DestinationSignIn {
        DestinationSignIn(
            name: "Aws Kinesis server identity",
            type: "ServerIdentity",
            title: "This server's own identity",
            account: schema([:], required: []),
            refusal: server?.use == .all ? nil : KinesisError.identityRefused(.all).message
        )
    }

    /// The role's trust policy.
    private static func trust(_ server: ServerIdentity) -> String {
        """
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Effect": "Allow",
              "Principal": {"AWS": "\(server.principal ?? "ARN of this server's AWS identity; ask who runs it")"},
              "Action": "sts:AssumeRole",
              "Condition": {"StringEquals": {"sts:ExternalId": "\(server.externalID)"}}
            }
          ]
        }
        """
    }

    private static func schema(_ fields: JSONObject, required: [JSONValue]) -> JSONObject {
        var properties = fields
        for (key, value) in places { properties[key] = value }
        return [
            "properties": .object(properties), "required": .array(required),
            "anyOf": [["required": ["region"]], ["required": ["connectionUrl"]]],
        ]
    }

    /// Where the streams are; the same however one signs in.
    private static let places: JSONObject = [
        "region": ["type": "string", "title": "AWS region"],
        "connectionUrl": ["type": "string", "format": "uri", "title": "Endpoint URL"],
        "endpointVariant": [
            "type": "string", "title": "Kind of endpoint",
            "enum": .array(EndpointVariant.allCases.map { .string($0.rawValue) }),
        ],
    ]
}
