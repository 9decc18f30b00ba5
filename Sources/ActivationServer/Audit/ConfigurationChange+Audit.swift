import ActivationCore
import ActivationEngine

extension ConfigurationChange {
    /// That something was done which is no change of the configuration.
    ///
    /// - Parameters:
    ///   - action: What.
    ///   - outcome: What came of it.
    ///   - author: Who did it.
    ///   - subject: To what.
    ///   - details: What else there is to say of it; never values, passwords or secrets.
    ///   - now: When.
    init(
        _ action: Action,
        _ outcome: Outcome = .allowed,
        by author: Author,
        of subject: AuditSubject,
        details: JSONObject = [:],
        at now: Timestamp
    ) {
        self.init(
            changedAt: now,
            author: author,
            action: action,
            outcome: outcome,
            kind: subject.kind,
            id: subject.id,
            name: subject.name,
            difference: AuditDetails.stored(details)
        )
    }

    /// What else was said of it; nothing of a change of the configuration.
    var details: JSONObject { AuditDetails.read(difference) }
}

/// To what something was done.
struct AuditSubject: Sendable, Hashable {
    /// What it is: one of the kinds of the configuration, or one of those below.
    var kind: String
    /// Its id.
    var id: String
    /// What people call it.
    var name: String

    init(kind: String, id: String, name: String = "") {
        self.kind = kind
        self.id = id
        self.name = name.isEmpty ? id : name
    }

    /// An object of the configuration.
    init(_ kind: ControlKind, _ id: String, _ name: String = "") {
        self.init(kind: kind.rawValue, id: id, name: name)
    }

    /// A person, by the id of the profile.
    static func profile(_ id: Profile.ID) -> AuditSubject { AuditSubject(kind: profileKind, id: id.uuid.description) }

    /// A route of the API, or a page of the console, with its parameters unfilled.
    static func route(_ method: String, _ path: String) -> AuditSubject {
        AuditSubject(kind: "route", id: "\(method) \(path)")
    }

    /// An identity that was let in again, whose value is not kept.
    static let identity = AuditSubject(kind: "identity", id: "identity")
    /// Messages of a change that is rehearsed.
    static let rehearsal = AuditSubject(kind: "rehearsal", id: "rehearsal", name: "Rehearsal")
    /// The audit log itself.
    static let log = AuditSubject(kind: "auditLog", id: "auditLog", name: "Audit log")
    /// Whoever tried to sign in under a name that nobody has; the name is not kept.
    static let nobody = AuditSubject(kind: "unknown", id: "unknown")
    /// Several that are not told apart.
    static let various = AuditSubject(kind: "various", id: "various")

    /// The kind of persons.
    static let profileKind = "profile"
}

/// What entries of the history that are no changes say beside who, what and when.
enum AuditDetails {
    private static let key = "details"

    static func stored(_ details: JSONObject) -> [UInt8] {
        Array(JSONValue.object(details.isEmpty ? [:] : [key: .object(details)]).text.utf8)
    }

    static func read(_ bytes: [UInt8]) -> JSONObject {
        // What cannot be read says nothing.
        (try? JSONValue(parsing: bytes))?[key]?.object ?? [:]
    }
}
