import ActivationCore
import ActivationEngine

/// A person who signs in to the console.
struct ConsoleUser: Sendable, Equatable {
    /// The id, a UUID.
    var id: String
    /// The e-mail address, without capital letters; of who signs in by an identity provider, the name by which they are
    /// known here, which no other user has.
    var email: String
    /// What is kept of the password.
    var password: PasswordHash
    /// The ids of the roles that the person has without any group (``ControlSnapshot/roles(of:)``).
    var ownRoles: [String]
    /// Who it is at an identity provider; nil = the person signs in with a password.
    var identity: ExternalIdentity?
    /// When the last sign-in link was made that was used; older ones are used up with it.
    var linkedAt: Timestamp?

    /// Reads a stored user; nil when it is none.
    init?(_ entry: ControlEntry) {
        guard entry.kind == .consoleUser, let email = entry.string("email"),
            let password = entry.string("password").flatMap({ PasswordHash($0) })
        else { return nil }
        id = entry.id
        self.email = email
        self.password = password
        ownRoles = entry.roles
        identity = entry.body["identity"].flatMap { ExternalIdentity($0) }
        linkedAt = entry.body["linkedAt"]?.int64.map { Timestamp(milliseconds: $0) }
    }

    /// The stored form.
    static func body(
        email: String,
        password: PasswordHash,
        roles: [String],
        linkedAt: Timestamp?
    ) -> JSONObject {
        var body: JSONObject = [
            "email": .string(email), "password": .string(password.text),
            "roles": .array(roles.map { .string($0) }),
        ]
        body["linkedAt"] = linkedAt.map { .integer($0.milliseconds) }
        return body
    }

    /// Whose name stands in the history of what the console keeps for the person.
    var author: ConfigurationChange.Author { ConfigurationChange.Author(name: email, way: .console) }
}
