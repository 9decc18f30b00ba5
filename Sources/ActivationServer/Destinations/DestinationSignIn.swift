public import ActivationCore

/// A way to sign in to the destinations of a kind.
public struct DestinationSignIn: Sendable {
    /// `auth.specName` of its base connections; never changes.
    public var name: String
    /// `authSpec.type`.
    public var type: String
    /// What people call it.
    public var title: String
    /// The JSON Schema of the account.
    ///
    /// Properties with the format `password` are secrets: stored sealed, never shown. Those that are `readOnly` are the
    /// server's: their `const` is shown to who makes an account.
    public var account: JSONObject
    /// What the owner of the other side has to write down to let this server in, as a JSON document to be copied; nil where
    /// the account itself is all that is needed.
    public var trust: String?
    /// Why new accounts may not use it on this server, and what to do; nil = they may.
    public var refusal: String?

    /// Creates a way to sign in.
    ///
    /// - Parameters:
    ///   - name: `auth.specName`.
    ///   - type: `authSpec.type`.
    ///   - title: What people call it.
    ///   - account: The JSON Schema of the account.
    ///   - trust: What the owner of the other side has to write down, as a JSON document.
    ///   - refusal: Why new accounts may not use it on this server.
    public init(
        name: String,
        type: String,
        title: String,
        account: JSONObject,
        trust: String? = nil,
        refusal: String? = nil
    ) {
        self.name = name
        self.type = type
        self.title = title
        self.account = account
        self.trust = trust
        self.refusal = refusal
    }
}

extension DestinationSignIn {
    /// The fields of its accounts.
    var keys: [String] { account["properties"]?.object.map { Array($0.keys) } ?? [] }

    /// Checks that an account has the fields of this way, and none of another way's alone.
    ///
    /// - Parameters:
    ///   - params: The account.
    ///   - others: The other ways.
    /// - Throws: ``DestinationFieldError`` for the first field that is missing or another way's.
    func check(_ params: JSONObject, against others: [DestinationSignIn]) throws(DestinationFieldError) {
        for key in (account["required"]?.array ?? []).compactMap(\.string) where params[key]?.isNull ?? true {
            throw DestinationFieldError(key, "is required")
        }
        for key in params.keys {
            if let made = account["properties"]?[key]?["const"], params[key] != made {
                throw DestinationFieldError(key, "is made by the server; leave it out, or give \(made.text)")
            }
        }
        for key in params.keys where !keys.contains(key) {
            guard let other = others.first(where: { $0.keys.contains(key) }) else { continue }
            throw DestinationFieldError(key, "belongs to specName \"\(other.name)\"; leave it out, or sign in that way")
        }
    }

    /// The item of `authSpec`.
    var document: JSONValue {
        var document: JSONObject = [
            "name": .string(name), "type": .string(type),
            "spec": .object(DestinationSpec.schema(account)),
        ]
        document["trustPolicy"] = trust.flatMap { try? JSONValue(parsing: Array($0.utf8)) }
        return .object(document)
    }
}
