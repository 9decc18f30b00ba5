import ActivationCore

extension Message {
    /// Reads a line that names a member of an external audience (BEHAVIOUR 5.7): whom, by `identityMap` or by `namespace` and
    /// `id`; until when, and what is said with it.
    ///
    /// - Parameters:
    ///   - document: The line.
    ///   - audience: The audience.
    ///   - isMember: Whether the person belongs to it from now on, or no longer does.
    ///   - namespaces: The namespaces that exist.
    ///   - now: The instant.
    /// - Throws: The first rule it breaks.
    init(
        member document: JSONDocument,
        of audience: Audience.ID,
        isMember: Bool,
        namespaces: NamespaceDirectory,
        at now: Timestamp
    ) throws(MessageError) {
        let root = document.root
        guard root.isObject else {
            throw MessageError(
                code: "NOT_AN_OBJECT",
                pointer: "",
                keyword: "type",
                message:
                    "a membership is an object such as {\"namespace\": \"Email\", \"id\": …}; found another kind of value"
            )
        }
        var statement = try ExternalStatement(root, of: audience, at: now, pointer: "")
        guard !isMember || statement.isMember else {
            throw MessageError(
                code: "MEMBERSHIP_INVALID",
                pointer: "/status",
                keyword: "enum",
                message: "PUT names members; DELETE with the same line takes one out. Nothing was stored"
            )
        }
        if !isMember { statement.isMember = false }
        if statement.isMember, let end = statement.validUntil, end <= now {
            throw MessageError(
                code: "MEMBERSHIP_INVALID",
                pointer: "/validUntil",
                keyword: "minimum",
                message: "the membership has ended already; nothing was stored"
            )
        }
        try self.init(
            stating: [statement],
            of: try Message.identified(document, by: root),
            namespaces: namespaces
        )
    }

    /// The line with an `identityMap`, which it may have said in short.
    private static func identified(_ document: JSONDocument, by root: JSONView) throws(MessageError) -> JSONDocument {
        guard root["identityMap"] == nil else {
            for member in ["namespace", "id"] where root[member] != nil {
                throw MessageError(
                    code: "IDENTITY_INVALID",
                    pointer: "/\(member)",
                    keyword: "not",
                    message:
                        "a line names a person by namespace and id, or by identityMap, not by both; nothing was stored"
                )
            }
            return document
        }
        guard let namespace = root["namespace"]?.string, let id = root["id"]?.string else {
            throw MessageError(
                code: "IDENTITY_MISSING",
                pointer: "",
                keyword: "required",
                message: "a line names a person by namespace and id, both texts, or by identityMap"
            )
        }
        return try Message.entity(namespace: namespace, id: id)
    }

    /// An entity that has one identity and says nothing else.
    static func entity(namespace: String, id: String) throws(MessageError) -> JSONDocument {
        var text: [UInt8] = []
        JSONValue.object(["identityMap": [namespace: [["id": .string(id)]]]]).write(to: &text)
        do throws(JSONError) {
            return try JSONDocument(parsing: text)
        } catch {
            throw MessageError(malformed: error)
        }
    }
}
