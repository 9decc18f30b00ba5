import ActivationCore
import ActivationEngine

/// Checks the bodies of base, source and target connections and keeps what belongs into the store.
enum ConnectionBody {
    /// Checks a base connection, secrets still in place.
    ///
    /// - Throws: `1413-400`, `1415-400`, `CFG-001`, `FIELD_INVALID`.
    static func base(_ fields: Fields, namespaces: NamespaceDirectory) throws(APIError) -> JSONObject {
        var body = try common(fields)
        let spec = try specID(fields, among: SpecCatalog.connectionSpecs)
        body["connectionSpec"] = ["id": .string(spec), "version": .string(WellKnownSpec.version)]
        let auth = try fields.fields("auth")
        switch spec {
        case WellKnownSpec.kinesis:
            guard let auth else {
                throw APIError(
                    .authSpecUnknown,
                    "/auth is required with specName \"\(WellKnownSpec.kinesisAuthentication)\""
                )
            }
            try requireSpecName(auth, WellKnownSpec.kinesisAuthentication)
            try DestinationFields.checkCredentials(try auth.requiredFields("params"))
            body["auth"] = .object(auth.object)
        case WellKnownSpec.streamingInlet:
            if let auth {
                if auth["specName"] != nil { try requireSpecName(auth, WellKnownSpec.inletAuthentication) }
                if let params = try auth.fields("params") { try checkInlet(params, namespaces: namespaces) }
                body["auth"] = .object(auth.object)
            }
        default:
            break
        }
        body["state"] = "enabled"
        return body
    }

    /// Checks a source connection.
    ///
    /// - Throws: `1413-400`, `1439-400`, `FIELD_INVALID`.
    static func source(_ fields: Fields, in snapshot: ControlSnapshot) throws(APIError) -> JSONObject {
        try bound(fields, to: WellKnownSpec.profileStore, in: snapshot)
    }

    /// Checks a target connection.
    ///
    /// - Throws: `1413-400`, `1439-400`, `CFG-001`, `FIELD_INVALID`.
    static func target(_ fields: Fields, in snapshot: ControlSnapshot) throws(APIError) -> JSONObject {
        let body = try bound(fields, to: WellKnownSpec.kinesis, in: snapshot)
        try DestinationFields.checkTarget(try fields.requiredFields("params"))
        return body
    }

    private static func bound(
        _ fields: Fields,
        to spec: String,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> JSONObject {
        var body = try common(fields)
        let given = try specID(fields, among: SpecCatalog.connectionSpecs)
        let baseID = try fields.requiredString("baseConnectionId")
        let base = try snapshot.referenced(.connection, baseID, at: "/baseConnectionId")
        guard given == spec, base.body["connectionSpec"]?["id"]?.string == spec else {
            throw APIError(.specInvalid, "/connectionSpec/id here, and that of the base connection, must be \(spec)")
        }
        body["connectionSpec"] = ["id": .string(spec), "version": .string(WellKnownSpec.version)]
        body["baseConnectionId"] = .string(base.id)
        if let data = try fields.fields("data") {
            guard try data.string("format").map({ $0 == "json" }) ?? true else {
                throw APIError(.fieldInvalid, "/data/format must be json, the only format there is")
            }
            body["data"] = .object(data.object)
        }
        body["params"] = .object(try fields.fields("params")?.object ?? [:])
        body["state"] = "enabled"
        return body
    }

    /// Name and description, which every object has.
    static func common(_ fields: Fields) throws(APIError) -> JSONObject {
        [
            "name": .string(try fields.requiredString("name", charactersMax: ServerLimits.nameCharactersMax)),
            "description": .string(try fields.string("description", charactersMax: 4_096) ?? ""),
        ]
    }

    /// The id of a spec that exists.
    ///
    /// - Throws: `1413-400`.
    static func specID(
        _ fields: Fields,
        key: String = "connectionSpec",
        among specs: [JSONObject]
    ) throws(APIError) -> String {
        let spec = try fields.requiredFields(key)
        let id = try spec.requiredString("id").lowercased()
        guard specs.contains(where: { $0["id"] == .string(id) }) else {
            throw APIError(.specInvalid, "/\(key)/id is not the id of a spec; GET \(key)s lists them")
        }
        guard try spec.string("version").map({ $0 == WellKnownSpec.version }) ?? true else {
            throw APIError(.specInvalid, "/\(key)/version must be \"\(WellKnownSpec.version)\"")
        }
        return id
    }

    private static func requireSpecName(_ auth: Fields, _ name: String) throws(APIError) {
        guard auth["specName"] == .string(name) else {
            throw APIError(.authSpecUnknown, "/auth/specName must be \"\(name)\"")
        }
    }

    private static func checkInlet(_ params: Fields, namespaces: NamespaceDirectory) throws(APIError) {
        _ = try params.bool("authenticationRequired")
        guard try params.string("dataType").map({ $0 == "xdm" }) ?? true else {
            throw APIError(.fieldInvalid, "/auth/params/dataType must be xdm, the only type there is")
        }
        var primaries = 0
        for selector in try params.objects("identities", itemsMax: Limits.messageIdentitiesMax) {
            let path = try selector.requiredString("path")
            guard path.dottedKeys.allSatisfy({ !$0.isEmpty }) else {
                throw APIError(.fieldInvalid, "\(selector.pointer)/path must be keys joined by dots")
            }
            let namespace = try selector.requiredString("namespace")
            guard namespaces.namespace(symbol: namespace) != nil else {
                throw APIError(
                    .fieldInvalid,
                    "\(selector.pointer)/namespace is not registered; create it under /data/core/idnamespace/identities"
                )
            }
            if try selector.bool("primary") ?? false { primaries += 1 }
        }
        guard primaries <= 1 else {
            throw APIError(.fieldInvalid, "/auth/params/identities marks two primary identities")
        }
    }
}
