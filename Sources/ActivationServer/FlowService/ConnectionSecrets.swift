import ActivationCore
import ActivationEngine

/// Keeps the secret half of `auth.params` out of stored and shown documents.
enum ConnectionSecrets {
    /// Where the encrypted ones stand in the stored body.
    static let sealedKey = "sealedSecrets"

    /// The stored form of a connection's body: the secrets under `keys` sealed, gone from `auth.params`.
    static func sealed(
        _ body: JSONObject,
        id: String,
        keys: [String],
        box: SecretBox
    ) throws(APIError) -> JSONObject {
        guard var auth = body["auth"], var params = auth["params"]?.object else { return body }
        var secret = JSONObject()
        for key in keys {
            if let value = params[key] { secret[key] = value }
            params.removeValue(forKey: key)
        }
        auth["params"] = .object(params)
        var stored = body
        stored["auth"] = auth
        if !Array(secret.keys).isEmpty {
            stored[sealedKey] = .string(try box.seal(Array(JSONValue.object(secret).text.utf8), owner: id))
        }
        return stored
    }

    /// The body as clients may see it.
    static func shown(_ body: JSONObject) -> JSONObject {
        var shown = body
        shown.removeValue(forKey: sealedKey)
        return shown
    }

    /// The body as the client gave it, secrets in place; nil when they do not open.
    static func opened(_ entry: ControlEntry, box: SecretBox) -> JSONObject? {
        var body = entry.body
        guard let sealed = body[sealedKey]?.string else { return body }
        // Bytes that open but are not an object cannot be ours.
        guard
            let bytes = box.open(sealed, owner: entry.id),
            let secret = (try? JSONValue(parsing: bytes))?.object
        else { return nil }
        body.removeValue(forKey: sealedKey)
        var auth = body["auth"] ?? [:]
        var params = auth["params"]?.object ?? [:]
        for (key, value) in secret { params[key] = value }
        auth["params"] = .object(params)
        body["auth"] = auth
        return body
    }

    /// How to sign in with a connection; nil when its secrets do not open.
    static func account(of entry: ControlEntry, box: SecretBox) -> JSONObject? {
        opened(entry, box: box).map { $0["auth"]?["params"]?.object ?? [:] }
    }
}
