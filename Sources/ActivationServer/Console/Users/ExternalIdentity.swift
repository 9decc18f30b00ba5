import ActivationCore

/// Who a user is at an identity provider: nobody else has this subject there, whatever e-mail address they have.
struct ExternalIdentity: Sendable, Equatable {
    /// The provider, by the address that it names itself by.
    var issuer: String
    /// The person, by the provider's id.
    var subject: String
    /// What the provider calls the person.
    var name: String?
    /// The provider's names of the person's groups, of those that were known here at the last sign-in.
    var groups: [String]

    init(issuer: String, subject: String, name: String?, groups: [String]) {
        self.issuer = issuer
        self.subject = subject
        self.name = name
        self.groups = groups
    }

    /// Reads the stored form; nil when it is none.
    init?(_ json: JSONValue) {
        guard let issuer = json["issuer"]?.string, let subject = json["subject"]?.string else { return nil }
        self.init(
            issuer: issuer,
            subject: subject,
            name: json["name"]?.string,
            groups: (json["groups"]?.array ?? []).compactMap(\.string)
        )
    }

    /// The stored form.
    var json: JSONValue {
        var object: JSONObject = [
            "issuer": .string(issuer), "subject": .string(subject), "groups": .array(groups.map { .string($0) }),
        ]
        object["name"] = name.map { .string($0) }
        return .object(object)
    }

    /// Whether it is the same person at the same provider.
    func isSame(as other: ExternalIdentity) -> Bool {
        issuer.hasSameBytes(as: other.issuer) && subject.hasSameBytes(as: other.subject)
    }
}
