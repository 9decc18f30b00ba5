import ActivationCore
import ActivationEngine

/// One configuration object, its body parsed.
struct ControlEntry: Sendable, Equatable {
    var kind: ControlKind
    var id: String
    /// Raw, without quotes; ``EntityTag`` writes it for clients.
    var etag: String
    var createdAt: Timestamp
    var updatedAt: Timestamp
    var body: JSONObject

    init(kind: ControlKind, id: String, etag: String, createdAt: Timestamp, updatedAt: Timestamp, body: JSONObject) {
        self.kind = kind
        self.id = id
        self.etag = etag
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.body = body
    }

    /// Reads a stored object; nil when the store holds something that is no JSON object.
    init?(_ object: ControlObject, kind: ControlKind) {
        // Bytes of ours that do not parse are damage, which the caller reports with the id.
        guard let body = (try? JSONValue(parsing: object.body))?.object else { return nil }
        self.init(
            kind: kind,
            id: object.id,
            etag: object.etag,
            createdAt: object.createdAt,
            updatedAt: object.updatedAt,
            body: body
        )
    }

    /// The object as it is stored.
    var stored: ControlObject {
        var bytes: [UInt8] = []
        JSONValue.object(body).write(to: &bytes)
        return ControlObject(
            kind: kind.rawValue,
            id: id,
            etag: etag,
            createdAt: createdAt,
            updatedAt: updatedAt,
            body: bytes
        )
    }

    /// A string of the body.
    func string(_ key: String) -> String? {
        body[key]?.string
    }
}
