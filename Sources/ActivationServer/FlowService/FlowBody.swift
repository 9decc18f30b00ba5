import ActivationCore

/// Checks the body of a flow beside its transformations.
enum FlowBody {
    /// Name, description, spec, connections, marketing actions and alerts.
    ///
    /// - Throws: `1413-400`, `1439-400`, `FIELD_INVALID`.
    static func checked(_ fields: Fields, in snapshot: ControlSnapshot) throws(APIError) -> JSONObject {
        var body = try ConnectionBody.common(fields)
        let spec = try ConnectionBody.specID(fields, key: "flowSpec", among: [WellKnownSpec.destinationFlow])
        body["flowSpec"] = ["id": .string(spec), "version": .string(WellKnownSpec.version)]
        let source = try connection(fields, "sourceConnectionIds", .sourceConnection, in: snapshot)
        let target = try connection(fields, "targetConnectionIds", .targetConnection, in: snapshot)
        for (entry, key) in [(source, "sourceConnectionIds"), (target, "targetConnectionIds")] {
            _ = try snapshot.referenced(.connection, entry.string("baseConnectionId") ?? "", at: "/\(key)/0 (its base)")
        }
        body["sourceConnectionIds"] = [.string(source.id)]
        body["targetConnectionIds"] = [.string(target.id)]
        // Absent and empty are the same; what is read back is what was given.
        if fields["marketingActions"] != nil {
            body["marketingActions"] = .array(try MarketingAction.read(fields).map(\.json))
        }
        if fields["alerts"] != nil { body["alerts"] = .array(try FlowAlert.read(fields).map(\.json)) }
        return body
    }

    /// A state a client may set.
    ///
    /// - Throws: `1456-400`.
    static func state(_ fields: Fields) throws(APIError) -> String {
        guard let state = fields["state"]?.string, state == FlowState.enabled || state == FlowState.disabled else {
            throw APIError(.stateInvalid, "/state is \(FlowState.enabled) or \(FlowState.disabled)")
        }
        return state
    }

    private static func connection(
        _ fields: Fields,
        _ key: String,
        _ kind: ControlKind,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> ControlEntry {
        let ids = try fields.strings(key, itemsMax: 1)
        guard let id = ids.first else { throw APIError(.fieldInvalid, "/\(key) is required, an array with one id") }
        return try snapshot.referenced(kind, id, at: "/\(key)/0")
    }
}
