import ActivationCore
import ActivationEngine

/// Checks the bodies of base, source and target connections and keeps what belongs into the store.
enum ConnectionBody {
    /// Checks a base connection, secrets still in place.
    ///
    /// - Throws: `1413-400`, `1415-400`, `CFG-001`, `FIELD_INVALID`.
    static func base(
        _ fields: Fields,
        destinations: DestinationCatalog,
        namespaces: NamespaceDirectory
    ) throws(APIError) -> JSONObject {
        var body = try common(fields)
        let spec = try specID(
            fields,
            among: destinations.specs + [WellKnownSpec.profileStore, WellKnownSpec.streamingInlet]
        )
        body["connectionSpec"] = ["id": .string(spec), "version": .string(WellKnownSpec.version)]
        let auth = try fields.fields("auth")
        if let kind = destinations[spec] {
            let account = try signIn(auth, of: kind.spec, at: fields.pointer)
            try check(account.params) { params throws(DestinationFieldError) in
                try account.way.check(params, against: kind.spec.signIns)
                try kind.check(account: params)
            }
            body["auth"] = .object(account.auth.object)
        } else if spec == WellKnownSpec.streamingInlet, let auth {
            if auth["specName"] != nil { try requireSpecName(auth, WellKnownSpec.inletAuthentication) }
            if let params = try auth.fields("params") { try checkInlet(params, namespaces: namespaces) }
            body["auth"] = .object(auth.object)
        }
        body["state"] = "enabled"
        return body
    }

    /// Checks a source connection.
    ///
    /// - Throws: `1413-400`, `1439-400`, `FIELD_INVALID`.
    static func source(_ fields: Fields, in snapshot: ControlSnapshot) throws(APIError) -> JSONObject {
        try bound(fields, toAnyOf: [WellKnownSpec.profileStore], in: snapshot)
    }

    /// Checks a target connection.
    ///
    /// - Throws: `1413-400`, `1439-400`, `CFG-001`, `FIELD_INVALID`.
    static func target(
        _ fields: Fields,
        destinations: DestinationCatalog,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> JSONObject {
        let body = try bound(fields, toAnyOf: destinations.specs, in: snapshot)
        let params = try fields.requiredFields("params")
        try check(params) { fields throws(DestinationFieldError) in try destinations[of: body]?.check(target: fields) }
        try TargetOptions.check(params, namespaces: snapshot.namespaces)
        return body
    }

    /// Has a destination's fields checked by its kind.
    private static func check(
        _ fields: Fields,
        _ check: (JSONObject) throws(DestinationFieldError) -> Void
    ) throws(APIError) {
        do throws(DestinationFieldError) {
            try check(fields.object)
        } catch {
            throw APIError(probe: DestinationProbeError(error, in: fields.pointer))
        }
    }

    private static func bound(
        _ fields: Fields,
        toAnyOf specs: [String],
        in snapshot: ControlSnapshot
    ) throws(APIError) -> JSONObject {
        var body = try common(fields)
        let spec = try specID(fields, among: specs)
        let baseID = try fields.requiredString("baseConnectionId")
        let base = try snapshot.referenced(.connection, baseID, at: "\(fields.pointer)/baseConnectionId")
        guard base.body["connectionSpec"]?["id"]?.string == spec else {
            throw APIError(
                .specInvalid,
                "\(fields.pointer)/connectionSpec/id here, and that of the base connection, must be the same"
            )
        }
        body["connectionSpec"] = ["id": .string(spec), "version": .string(WellKnownSpec.version)]
        body["baseConnectionId"] = .string(base.id)
        if let data = try fields.fields("data") {
            guard try data.string("format").map({ $0 == "json" }) ?? true else {
                throw APIError(.fieldInvalid, "\(data.pointer)/format must be json, the only format there is")
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

    /// The id of a spec that fits.
    ///
    /// - Throws: `1413-400`.
    static func specID(
        _ fields: Fields,
        key: String = "connectionSpec",
        among specs: [String]
    ) throws(APIError) -> String {
        let spec = try fields.requiredFields(key)
        let id = try spec.requiredString("id").lowercased()
        guard specs.contains(where: { $0.hasSameBytes(as: id) }) else {
            throw APIError(
                .specInvalid,
                "\(spec.pointer)/id must be \(specs.joined(separator: " or ")); GET \(key)s tells what they are"
            )
        }
        guard try spec.string("version").map({ $0 == WellKnownSpec.version }) ?? true else {
            throw APIError(.specInvalid, "\(spec.pointer)/version must be \"\(WellKnownSpec.version)\"")
        }
        return id
    }

    /// How an account signs in.
    ///
    /// - Throws: `1415-400` for a way that there is not, or that this server does not offer.
    private static func signIn(
        _ auth: Fields?,
        of spec: DestinationSpec,
        at pointer: String
    ) throws(APIError) -> (auth: Fields, way: DestinationSignIn, params: Fields) {
        let names = spec.offeredSignIns.map { "\"\($0.name)\"" }.joined(separator: " or ")
        guard let auth else { throw APIError(.authSpecUnknown, "\(pointer)/auth is required with specName \(names)") }
        guard let way = spec.signIn(named: auth["specName"]?.string) else {
            throw APIError(.authSpecUnknown, "\(auth.pointer)/specName must be \(names)")
        }
        if let refusal = way.refusal { throw APIError(.authSpecUnknown, "\(auth.pointer)/specName: \(refusal)") }
        return (auth, way, try auth.requiredFields("params"))
    }

    private static func requireSpecName(_ auth: Fields, _ name: String) throws(APIError) {
        guard auth["specName"] == .string(name) else {
            throw APIError(.authSpecUnknown, "\(auth.pointer)/specName must be \"\(name)\"")
        }
    }

    private static func checkInlet(_ params: Fields, namespaces: NamespaceDirectory) throws(APIError) {
        _ = try params.bool("authenticationRequired")
        guard try params.string("dataType").map({ $0 == "xdm" }) ?? true else {
            throw APIError(.fieldInvalid, "\(params.pointer)/dataType must be xdm, the only type there is")
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
            throw APIError(.fieldInvalid, "\(params.pointer)/identities marks two primary identities")
        }
    }
}
