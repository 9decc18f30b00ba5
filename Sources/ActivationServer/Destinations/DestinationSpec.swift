public import ActivationCore

/// What the catalog of specs says about a kind of destination.
public struct DestinationSpec: Sendable {
    /// The connection spec's id, a UUID in lower case that never changes.
    public var id: String
    /// The kind's name for people.
    public var name: String
    /// `attributes.category`.
    public var category: String
    /// `auth.specName` of its base connections.
    public var authenticationName: String
    /// `authSpec.type`.
    public var authenticationType: String
    /// The JSON Schema of the account.
    ///
    /// Properties with the format `password` are secrets: stored sealed, never shown.
    public var account: JSONObject
    /// What a target is called.
    public var targetName: String
    /// The JSON Schema of the target, without the fields that targets of every kind have.
    public var target: JSONObject
    /// The steps of trying an account, in their order.
    public var accountSteps: [DestinationStep]
    /// The steps of trying a target, in their order; the last is whether it can be written to.
    public var targetSteps: [DestinationStep]

    /// Creates a spec.
    ///
    /// - Parameters:
    ///   - id: The connection spec's id, a UUID in lower case.
    ///   - name: The kind's name.
    ///   - category: The category.
    ///   - authenticationName: `auth.specName`.
    ///   - authenticationType: `authSpec.type`.
    ///   - account: The JSON Schema of the account.
    ///   - targetName: What a target is called.
    ///   - target: The JSON Schema of the target.
    ///   - accountSteps: The steps of trying an account.
    ///   - targetSteps: The steps of trying a target.
    public init(
        id: String,
        name: String,
        category: String,
        authenticationName: String,
        authenticationType: String,
        account: JSONObject,
        targetName: String,
        target: JSONObject,
        accountSteps: [DestinationStep] = DestinationStep.common,
        targetSteps: [DestinationStep] = DestinationStep.common
    ) {
        self.id = id
        self.name = name
        self.category = category
        self.authenticationName = authenticationName
        self.authenticationType = authenticationType
        self.account = account
        self.targetName = targetName
        self.target = target
        self.accountSteps = accountSteps
        self.targetSteps = targetSteps
    }
}

extension DestinationSpec {
    /// The fields of an account that nobody may read.
    var secretKeys: [String] {
        let properties = account["properties"]?.object ?? [:]
        return properties.keys.filter { properties[$0]?["format"] == "password" }
    }

    /// The document in `/connectionSpecs`.
    var document: JSONObject {
        var target = target
        var properties = target["properties"]?.object ?? [:]
        for (key, schema) in TargetOptions.schemas { properties[key] = schema }
        target["properties"] = .object(properties)
        return [
            "id": .string(id),
            "name": .string(name),
            "providerId": .string(WellKnownSpec.streamingProvider),
            "version": .string(WellKnownSpec.version),
            "attributes": ["category": .string(category), "isDestination": true, "frequency": "streaming"],
            "authSpec": [
                [
                    "name": .string(authenticationName), "type": .string(authenticationType),
                    "spec": .object(DestinationSpec.schema(account)),
                ]
            ],
            "targetSpec": ["name": .string(targetName), "spec": .object(DestinationSpec.schema(target))],
        ]
    }

    private static func schema(_ members: JSONObject) -> JSONObject {
        var schema: JSONObject = ["$schema": "http://json-schema.org/draft-07/schema#", "type": "object"]
        for (key, value) in members { schema[key] = value }
        return schema
    }
}
