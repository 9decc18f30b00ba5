import ActivationCore

/// One streaming ingestion message, `{"header": {...}, "body": {"xdmMeta": ..., "xdmEntity": {...}}}` (BEHAVIOUR 6.1).
///
/// Reading checks everything about the envelope; the entity is checked by ``Message``.
struct CollectionEnvelope {
    /// The dataset that `header.datasetId` names.
    var dataset: Dataset
    /// Whether the entity is an experience event; else it is a profile record.
    var isEvent: Bool
    /// The entity alone.
    var entity: JSONDocument

    /// Reads an envelope.
    ///
    /// - Parameters:
    ///   - envelope: The message.
    ///   - organization: The inlet's organisation.
    ///   - find: Finds a dataset by id.
    /// - Throws: The first rule it breaks; pointers start at the message.
    init(
        _ envelope: JSONView,
        organization: String,
        dataset find: (String) -> Dataset?
    ) throws(MessageError) {
        guard envelope.isObject else {
            throw .envelope("", "type", "a message is an object with header and body")
        }
        let header = try CollectionEnvelope.object("header", at: "/header", in: envelope)
        let body = try CollectionEnvelope.object("body", at: "/body", in: envelope)
        let entity = try CollectionEnvelope.object("xdmEntity", at: "/body/xdmEntity", in: body)
        try CollectionEnvelope.checkSchema(header, at: "/header/schemaRef")
        if let meta = body["xdmMeta"], !meta.isNull {
            guard meta.isObject else { throw .envelope("/body/xdmMeta", "type", "body.xdmMeta is an object") }
            try CollectionEnvelope.checkSchema(meta, at: "/body/xdmMeta/schemaRef")
        }
        try CollectionEnvelope.checkOrganization(header, organization)
        dataset = try CollectionEnvelope.dataset(of: header, find)
        isEvent = CollectionEnvelope.isEvent(header: header, body: body, entity: entity)
        do {
            self.entity = try JSONDocument(parsing: entity.text)
        } catch {
            throw MessageError(malformed: error)
        }
    }

    /// The message to be decided.
    func message(
        namespaces: NamespaceDirectory,
        identities: [IdentitySelector]
    ) throws(MessageError) -> Message {
        if isEvent {
            return try Message(event: entity, dataset: dataset.id, namespaces: namespaces, identities: identities)
        }
        var message = try Message(record: entity, dataset: dataset.id, namespaces: namespaces, identities: identities)
        if dataset.usesSourceTime { try message.readSourceTime() }
        return message
    }

    private static func object(
        _ key: String,
        at pointer: String,
        in parent: JSONView
    ) throws(MessageError) -> JSONView {
        guard let child = parent[key] else {
            throw .envelope(pointer, "required", "unknown XDM format: the message has no \(key)")
        }
        guard child.isObject else {
            throw .envelope(pointer, "type", "unknown XDM format: \(key) is an object")
        }
        return child
    }

    /// A reference of another type would be passed over in silence.
    private static func checkSchema(_ parent: JSONView, at pointer: String) throws(MessageError) {
        guard let reference = parent["schemaRef"], !reference.isNull else { return }
        guard reference.isObject else {
            throw .envelope(pointer, "type", "schemaRef is an object with the schema's id")
        }
        for key in ["id", "contentType"] {
            guard let value = reference[key], !value.isNull, value.string == nil else { continue }
            throw .envelope("\(pointer)/\(key)", "type", "schemaRef.\(key) is a text")
        }
    }

    private static func checkOrganization(_ header: JSONView, _ organization: String) throws(MessageError) {
        guard let stated = header["imsOrgId"], !stated.isNull else { return }
        guard stated.string?.hasSameBytes(as: organization) ?? false else {
            throw .envelope(
                "/header/imsOrgId",
                "const",
                "header.imsOrgId is not the organisation of the inlet; correct it or leave it out"
            )
        }
    }

    private static func dataset(
        of header: JSONView,
        _ find: (String) -> Dataset?
    ) throws(MessageError) -> Dataset {
        guard let id = header["datasetId"]?.string else {
            throw .envelope(
                "/header/datasetId",
                header["datasetId"] == nil ? "required" : "type",
                "header.datasetId names the dataset; create one under /data/foundation/catalog/dataSets"
            )
        }
        guard let dataset = find(id) else {
            throw .envelope(
                "/header/datasetId",
                "enum",
                "no dataset has the id \"\(id.excerpt(IngestionLimits.datasetNameCharactersMax))\"; "
                    + "create one under /data/foundation/catalog/dataSets"
            )
        }
        if let stated = header["schemaRef"]?["id"]?.string, let schema = dataset.schema,
            !stated.hasSameBytes(as: schema)
        {
            throw .envelope(
                "/header/schemaRef/id",
                "const",
                "header.schemaRef is not the schema of the dataset; correct it or leave it out"
            )
        }
        return dataset
    }

    /// The class of the schema decides where the schema is a class itself, else whether the entity has a time.
    private static func isEvent(header: JSONView, body: JSONView, entity: JSONView) -> Bool {
        let schema = header["schemaRef"]?["id"]?.string ?? body["xdmMeta"]?["schemaRef"]?["id"]?.string
        return switch schema {
        case "https://ns.adobe.com/xdm/context/experienceevent", "_xdm.context.experienceevent": true
        case "https://ns.adobe.com/xdm/context/profile", "_xdm.context.profile": false
        default: entity["timestamp"] != nil
        }
    }
}

extension MessageError {
    /// A broken rule of the envelope.
    fileprivate static func envelope(_ pointer: String, _ keyword: String, _ message: String) -> MessageError {
        MessageError(code: "ENVELOPE_INVALID", pointer: pointer, keyword: keyword, message: message)
    }
}
