import ActivationCore

/// The members of a target's `params` that targets of every kind have (BEHAVIOUR 2.3).
///
/// What is checked, what is shown in `/connectionSpecs` and what a dataflow is told stand here side by side.
enum TargetOptions {
    private static let namespacesMax = 100

    /// Reads the options, and thereby checks them.
    ///
    /// - Parameter params: The target's `params`.
    /// - Returns: What they say, the defaults for the rest.
    /// - Throws: `FIELD_INVALID`.
    static func read(_ params: Fields) throws(APIError) -> Dataflow.Options {
        var options = Dataflow.Options()
        if params["triggers"] != nil { options.triggers = try triggers(params) }
        options.suppressesNoopAttributeUpdates =
            try params.bool("suppressNoopAttributeUpdates") ?? options.suppressesNoopAttributeUpdates
        options.membershipScope =
            try params.word("membershipScope", Dataflow.MembershipScope.self) ?? options.membershipScope
        options.showsExisting = try params.bool("legacyExistingStatus") ?? options.showsExisting
        options.namespaceCase = try params.word("namespaceCase", Dataflow.NamespaceCase.self) ?? options.namespaceCase
        if let filter = try params.fields("identityNamespaces") { options.identityNamespaces = try namespaces(filter) }
        if let name = try params.string("externalAudienceNamespace") {
            options.externalNamespace = try externalNamespace(name, params)
        }
        options.allowsArraysAndMaps = try params.bool("allowArraysAndMaps") ?? options.allowsArraysAndMaps
        options.envelope = try params.word("envelope", Dataflow.Envelope.self) ?? options.envelope
        if let key = params["partitionKey"] { options.partitionKey = try partitionKey(key, params) }
        options.appendsNewline = try params.bool("appendNewline") ?? options.appendsNewline
        options.emitsDeletes = try params.bool("emitDeletes") ?? options.emitsDeletes
        options.emitsUnmapping = try params.bool("emitOnUnmap") ?? options.emitsUnmapping
        return options
    }

    /// Checks the options of a target before it is stored.
    ///
    /// - Parameters:
    ///   - params: The target's `params`.
    ///   - registered: The namespaces there are.
    /// - Throws: `FIELD_INVALID`.
    static func check(_ params: Fields, namespaces registered: NamespaceDirectory) throws(APIError) {
        _ = try params.bool("includeSegmentNames")
        _ = try params.bool("includeSegmentTimestamps")
        let options = try read(params)
        var named: [(pointer: String, symbol: String)] = []
        switch options.identityNamespaces {
        case .all: break
        case .allow(let symbols): named += symbols.map { ("identityNamespaces/allow", $0) }
        case .deny(let symbols): named += symbols.map { ("identityNamespaces/deny", $0) }
        }
        if case .namespace(let symbol) = options.partitionKey { named.append(("partitionKey/namespace", symbol)) }
        for (pointer, symbol) in named where registered.namespace(symbol: symbol) == nil {
            throw APIError(
                .fieldInvalid,
                "\(params.pointer)/\(pointer): \(symbol.excerpt(64)) is not registered; create it under "
                    + "/data/core/idnamespace/identities"
            )
        }
    }

    private static func externalNamespace(_ name: String, _ params: Fields) throws(APIError) -> String {
        guard ExternalAudience.isNamespace(name) else {
            throw APIError(
                .fieldInvalid,
                "\(params.pointer)/externalAudienceNamespace must be \(ExternalAudience.namespaceRule)"
            )
        }
        return name
    }

    private static func triggers(_ params: Fields) throws(APIError) -> TriggerReasons {
        var triggers: TriggerReasons = []
        for word in try params.strings("triggers", itemsMax: 100) {
            guard let known = TriggerReasons.names.first(where: { $0.name == word }),
                TriggerReasons.changes.contains(known.reason)
            else {
                throw APIError(.fieldInvalid, "\(params.pointer)/triggers must hold only \(triggerWords)")
            }
            triggers.insert(known.reason)
        }
        guard !triggers.isEmpty else {
            throw APIError(
                .fieldInvalid,
                "\(params.pointer)/triggers must hold at least one of \(triggerWords); disable the flow to send nothing"
            )
        }
        return triggers
    }

    private static var triggerWords: String { TriggerReasons.changes.names.joined(separator: ", ") }

    private static func namespaces(_ filter: Fields) throws(APIError) -> Dataflow.NamespaceFilter {
        let keys = ["allow", "deny"].filter { filter[$0] != nil }
        guard keys.count == 1 else {
            throw APIError(.fieldInvalid, "\(filter.pointer) must have either allow or deny, a list of namespaces")
        }
        let symbols = try filter.strings(keys[0], itemsMax: namespacesMax)
        return keys[0] == "allow" ? .allow(symbols) : .deny(symbols)
    }

    private static func partitionKey(_ key: JSONValue, _ params: Fields) throws(APIError) -> Dataflow.PartitionKey {
        switch key.string {
        case "profile": return .profile
        case "random": return .random
        default: break
        }
        guard key.object != nil, let choice = try params.fields("partitionKey"),
            (choice["namespace"] == nil) != (choice["attribute"] == nil)
        else {
            throw APIError(
                .fieldInvalid,
                "\(params.pointer)/partitionKey must be profile, random, {\"namespace\": …} or {\"attribute\": …}"
            )
        }
        if choice["namespace"] != nil { return .namespace(try choice.requiredString("namespace")) }
        let path = try choice.requiredString("attribute")
        return .attribute(try AttributePath.keys(of: path, at: "\(choice.pointer)/attribute"))
    }

    /// The members' JSON Schemas.
    static let schemas: JSONObject = [
        "includeSegmentNames": ["type": "boolean", "default": false],
        "includeSegmentTimestamps": ["type": "boolean", "default": false],
        "triggers": [
            "type": "array", "minItems": 1, "uniqueItems": true,
            "items": ["type": "string", "enum": .array(TriggerReasons.changes.names.map { .string($0) })],
            "default": .array(TriggerReasons.changes.names.map { .string($0) }),
        ],
        "suppressNoopAttributeUpdates": ["type": "boolean", "default": false],
        "membershipScope": words(Dataflow.MembershipScope.self, default: .sameMergePolicy),
        "legacyExistingStatus": ["type": "boolean", "default": false],
        "namespaceCase": words(Dataflow.NamespaceCase.self, default: .lower),
        "identityNamespaces": [
            "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
            "properties": ["allow": namespaceList, "deny": namespaceList],
        ],
        "externalAudienceNamespace": [
            "type": "string", "pattern": .string(ExternalAudience.namespacePattern),
        ],
        "allowArraysAndMaps": ["type": "boolean", "default": true],
        "envelope": words(Dataflow.Envelope.self, default: .none),
        "partitionKey": [
            "anyOf": [
                ["type": "string", "enum": ["profile", "random"]],
                [
                    "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
                    "properties": [
                        "namespace": ["type": "string", "minLength": 1],
                        "attribute": ["type": "string", "minLength": 1],
                    ],
                ],
            ],
            "default": "profile",
        ],
        "appendNewline": ["type": "boolean", "default": false],
        "emitDeletes": ["type": "boolean", "default": false],
        "emitOnUnmap": ["type": "boolean", "default": false],
    ]

    private static let namespaceList: JSONValue = [
        "type": "array", "maxItems": .integer(Int64(namespacesMax)), "items": ["type": "string", "minLength": 1],
    ]

    private static func words<Word: RawRepresentable & CaseIterable>(
        _ type: Word.Type,
        default word: Word
    ) -> JSONValue where Word.RawValue == String {
        [
            "type": "string", "enum": .array(Word.allCases.map { .string($0.rawValue) }),
            "default": .string(word.rawValue),
        ]
    }
}
