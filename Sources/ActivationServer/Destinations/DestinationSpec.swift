public import ActivationCore

/// What the catalog of specs says about a kind of destination.
public struct DestinationSpec: Sendable {
    /// The connection spec's id, a UUID in lower case that never changes.
    public var id: String
    /// The kind's name for people.
    public var name: String
    /// `attributes.category`.
    public var category: String
    /// The usual way to sign in.
    public var signIn: DestinationSignIn
    /// Other ways.
    public var otherSignIns: [DestinationSignIn]
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
    ///   - signIn: The usual way to sign in.
    ///   - otherSignIns: Other ways.
    ///   - targetName: What a target is called.
    ///   - target: The JSON Schema of the target.
    ///   - accountSteps: The steps of trying an account.
    ///   - targetSteps: The steps of trying a target.
    public init(
        id: String,
        name: String,
        category: String,
        signIn: DestinationSignIn,
        otherSignIns: [DestinationSignIn] = [],
        targetName: String,
        target: JSONObject,
        accountSteps: [DestinationStep] = DestinationStep.common,
        targetSteps: [DestinationStep] = DestinationStep.common
    ) {
        self.id = id
        self.name = name
        self.category = category
        self.signIn = signIn
        self.otherSignIns = otherSignIns
        self.targetName = targetName
        self.target = target
        self.accountSteps = accountSteps
        self.targetSteps = targetSteps
    }
}

extension DestinationSpec {
    /// All ways to sign in, the usual one first.
    public var signIns: [DestinationSignIn] { [signIn] + otherSignIns }

    /// The ways that new accounts may use.
    var offeredSignIns: [DestinationSignIn] { signIns.filter { $0.refusal == nil } }

    /// The way with a name, or nil.
    func signIn(named name: String?) -> DestinationSignIn? {
        name.flatMap { name in signIns.first { $0.name.hasSameBytes(as: name) } }
    }

    /// The way that a connection's body names; the usual one where it names none.
    func signIn(of body: JSONObject) -> DestinationSignIn {
        signIn(named: body["auth"]?["specName"]?.string) ?? signIn
    }

    /// The fields of an account that nobody may read, however it signs in.
    var secretKeys: [String] {
        signIns.flatMap { signIn in
            let properties = signIn.account["properties"]?.object ?? [:]
            return properties.keys.filter { properties[$0]?["format"] == "password" }
        }
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
            "authSpec": .array(offeredSignIns.map(\.document)),
            "targetSpec": ["name": .string(targetName), "spec": .object(DestinationSpec.schema(target))],
        ]
    }

    static func schema(_ members: JSONObject) -> JSONObject {
        var schema: JSONObject = ["$schema": "http://json-schema.org/draft-07/schema#", "type": "object"]
        for (key, value) in members { schema[key] = value }
        return schema
    }
}
