/// A checked message about one person, ready to be decided.
public struct Message: Sendable {
    /// A statement about attributes, or something that happened.
    public enum Kind: Sendable, Hashable {
        case record
        case event(id: String, timestamp: Timestamp)
        /// Whether somebody belongs to external audiences, and nothing else.
        case membership([ExternalStatement])
    }

    /// What it is.
    public var kind: Kind
    /// Whom it is about, the primary identity first, each once; never empty.
    public var identities: [Identity]
    /// Namespaces of identities that were left out because their values mean nobody, one entry each (BEHAVIOUR 4.3).
    public var ignoredIdentities: [String]
    /// The dataset it belongs to.
    public var dataset: String
    /// The whole XDM entity.
    public var document: JSONDocument
    /// When the source says it was written; nil = when it is admitted (BEHAVIOUR 4.6).
    public var writtenAt: Timestamp?
    /// Of which upload it is a row; how far that has come is stored with what the message does.
    public var uploadPlace: UploadPlace?

    /// Checks an XDM entity as a profile record.
    ///
    /// - Parameters:
    ///   - document: The entity.
    ///   - dataset: The dataset's name.
    ///   - namespaces: The namespaces that exist.
    ///   - identities: Where identities stand when there is no `identityMap`.
    /// - Throws: The first rule it breaks (BEHAVIOUR 4.2, 4.3, 4.5).
    public init(
        record document: JSONDocument,
        dataset: String,
        namespaces: NamespaceDirectory,
        identities: [IdentitySelector] = []
    ) throws(MessageError) {
        try Message.checkEntity(document, bytesMax: Limits.recordBytesMax, what: "a record")
        (self.identities, ignoredIdentities) = try MessageIdentities.read(
            document.root,
            namespaces: namespaces,
            selectors: identities
        )
        kind = .record
        self.dataset = dataset
        self.document = document
        writtenAt = nil
    }

    /// Checks an XDM entity as an experience event, which needs `_id` and `timestamp` too.
    ///
    /// - Parameters:
    ///   - document: The entity.
    ///   - dataset: The dataset's name.
    ///   - namespaces: The namespaces that exist.
    ///   - identities: Where identities stand when there is no `identityMap`.
    /// - Throws: The first rule it breaks (BEHAVIOUR 4.2, 4.3, 4.5, 4.8, 6.1).
    public init(
        event document: JSONDocument,
        dataset: String,
        namespaces: NamespaceDirectory,
        identities: [IdentitySelector] = []
    ) throws(MessageError) {
        try Message.checkEntity(document, bytesMax: Limits.eventBytesMax, what: "an event")
        (self.identities, ignoredIdentities) = try MessageIdentities.read(
            document.root,
            namespaces: namespaces,
            selectors: identities
        )
        let root = document.root
        guard let id = root["_id"]?.string, !id.isEmpty else {
            throw MessageError(
                code: "EVENT_ID_MISSING",
                pointer: "/_id",
                keyword: root["_id"] == nil ? "required" : "type",
                message: "an event needs _id, a string that is not empty and unique within the profile"
            )
        }
        guard id.utf8.count <= Limits.eventIDBytesMax else {
            throw MessageError(
                code: "EVENT_ID_TOO_LONG",
                pointer: "/_id",
                keyword: "maxLength",
                message: "_id has \(id.utf8.count) bytes; at most \(Limits.eventIDBytesMax) are accepted"
            )
        }
        guard let text = root["timestamp"]?.string, let timestamp = Timestamp(rfc3339: text) else {
            throw MessageError(
                code: "TIMESTAMP_INVALID",
                pointer: "/timestamp",
                keyword: root["timestamp"] == nil ? "required" : "format",
                message: "an event needs timestamp, an RFC 3339 instant such as 2026-03-02T09:15:04Z"
            )
        }
        kind = .event(id: id, timestamp: timestamp)
        self.dataset = dataset
        self.document = document
        writtenAt = nil
    }

    /// Checks whom statements about external audiences are about (BEHAVIOUR 5.7).
    ///
    /// - Parameters:
    ///   - statements: The statements.
    ///   - document: An entity with an `identityMap`; nothing else of it is read.
    ///   - namespaces: The namespaces that exist.
    /// - Throws: The first rule it breaks (BEHAVIOUR 4.2, 4.3).
    public init(
        stating statements: [ExternalStatement],
        of document: JSONDocument,
        namespaces: NamespaceDirectory
    ) throws(MessageError) {
        try Message.checkEntity(document, bytesMax: Limits.recordBytesMax, what: "a membership")
        (identities, ignoredIdentities) = try MessageIdentities.read(
            document.root,
            namespaces: namespaces,
            selectors: []
        )
        kind = .membership(statements)
        dataset = ""
        self.document = document
        writtenAt = nil
    }

    /// Takes the write's time from the entity's `extSourceSystemAudit.lastUpdatedDate`; without one it is the admission's.
    ///
    /// - Throws: `TIMESTAMP_INVALID` when it is there and no RFC 3339 instant.
    public mutating func readSourceTime() throws(MessageError) {
        guard let value = document.root["extSourceSystemAudit"]?["lastUpdatedDate"], !value.isNull else { return }
        guard let instant = value.string.flatMap(Timestamp.init(rfc3339:)) else {
            throw MessageError(
                code: "TIMESTAMP_INVALID",
                pointer: "/extSourceSystemAudit/lastUpdatedDate",
                keyword: "format",
                message: "lastUpdatedDate is an RFC 3339 instant such as 2026-03-02T09:15:04Z"
            )
        }
        writtenAt = instant
    }

    private static func checkEntity(_ document: JSONDocument, bytesMax: Int, what: String) throws(MessageError) {
        guard document.root.isObject else {
            throw MessageError(
                code: "NOT_AN_OBJECT",
                pointer: "",
                keyword: "type",
                message: "\(what) is a JSON object; found another kind of value"
            )
        }
        guard document.text.count <= bytesMax else {
            throw MessageError(
                code: "RECORD_TOO_LARGE",
                pointer: "",
                keyword: "maxLength",
                message: "\(what) has at most \(bytesMax) bytes; this one has \(document.text.count)"
            )
        }
        for node in document.nodes {
            switch node.kind {
            case .array where node.count > Limits.recordArrayItemsMax:
                throw MessageError(
                    code: "ARRAY_TOO_LONG",
                    pointer: "",
                    keyword: "maxItems",
                    message: "an array has \(node.count) items; at most \(Limits.recordArrayItemsMax) are accepted"
                )
            case .double where JSONNumber.isBeyondDouble(document.text[node.range]):
                throw MessageError(
                    code: "NUMBER_OUT_OF_RANGE",
                    pointer: "",
                    keyword: "maximum",
                    message:
                        "a number is beyond what a double holds, about 1.8e308, so readers of the records could not "
                        + "read it; send it as a text"
                )
            default: break
            }
        }
    }
}
