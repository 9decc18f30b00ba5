import ActivationCore
import Console

/// An account as pages tell of it; never a secret.
struct AccountReport: Sendable {
    let entry: ControlEntry
    let kind: DestinationSpec
    let name: String
    private let snapshot: ControlSnapshot

    init?(_ entry: ControlEntry, in snapshot: ControlSnapshot, _ destinations: DestinationCatalog) {
        guard let kind = destinations[of: entry.body] else { return nil }
        self.entry = entry
        self.kind = kind.spec
        name = entry.string("name") ?? entry.id
        self.snapshot = snapshot
    }

    var id: String { entry.id }

    /// Dataflows that are reached by it.
    var dataflows: [ControlEntry] { snapshot.flows(usingBase: entry.id) }

    var path: String { "/console/accounts/\(entry.id)" }

    /// The fields that may be shown, with the words that the kind has for them; of keys only the end.
    var shown: [(label: String, value: String)] {
        let params = entry.body["auth"]?["params"]?.object ?? [:]
        let fields = AccountReport.fields(of: signIn).filter { !$0.isSecret }.compactMap { field in
            params[field.key]?.string.map { (field.label, AccountReport.shown($0, of: field.key)) }
        }
        // An account that needs no field of its own is told by how it signs in.
        return signIn.account["required"]?.array?.isEmpty ?? false ? [("Signs in as", signIn.title)] + fields : fields
    }

    /// How it signs in.
    var signIn: DestinationSignIn { kind.signIn(of: entry.body) }

    /// A field of a kind's accounts.
    struct Field: Sendable {
        var key: String
        var label: String
        var isSecret: Bool
        var isRequired: Bool
        var isURL: Bool
        /// The texts that it may have, the first by default; empty = any.
        var choices: [String]

        /// The field in a form.
        func input(value: String?, error: String?) -> FormField {
            FormField(
                key,
                label,
                isSecret
                    ? .secret
                    : choices.isEmpty ? .text(type: isURL ? "url" : "text") : .choice(choices.map { ($0, $0) }),
                value: value,
                error: error,
                isOptional: !isRequired
            )
        }
    }

    /// What was typed of an account that signs in in a way.
    static func params(_ typed: QueryItems, of signIn: DestinationSignIn) -> JSONObject {
        var params: JSONObject = [:]
        for field in fields(of: signIn) {
            let text = typed[field.key] ?? ""
            if !text.isEmpty, text != field.choices.first { params[field.key] = .string(text) }
        }
        return params
    }

    /// The fields that whoever signs in in a way fills in: first what is needed.
    static func fields(of signIn: DestinationSignIn) -> [Field] {
        let properties = signIn.account["properties"]?.object ?? [:]
        let required = (signIn.account["required"]?.array ?? []).compactMap(\.string)
        let fields = properties.keys.filter { properties[$0]?["readOnly"] != true }.map { key in
            Field(
                key: key,
                label: properties[key]?["title"]?.string ?? key,
                isSecret: properties[key]?["format"] == "password",
                isRequired: required.contains(key),
                isURL: properties[key]?["format"] == "uri",
                choices: (properties[key]?["enum"]?.array ?? []).compactMap(\.string)
            )
        }
        return fields.filter(\.isRequired) + fields.filter { !$0.isRequired }
    }

    /// What pages show of a field's text: of keys only the end.
    static func shown(_ text: String, of field: String) -> String {
        guard field == "accessKeyId" else { return text }
        return text.count > 8 ? "…\(text.suffix(4))" : "…"
    }
}

extension ConsoleDesk {
    /// All accounts, the newest first.
    func accountReports() -> [AccountReport] {
        let snapshot = control.snapshot
        return snapshot.entries(.connection).reversed()
            .compactMap { AccountReport($0, in: snapshot, dependencies.destinations) }
    }

    /// The account that a path names.
    ///
    /// - Throws: `1439-404`.
    func accountReport(_ id: String) throws(APIError) -> AccountReport {
        let snapshot = control.snapshot
        let entry = try snapshot.flowServiceEntry(.connection, id)
        guard let report = AccountReport(entry, in: snapshot, dependencies.destinations) else {
            throw APIError(.resourceUnknown, "the connection is no account of a destination")
        }
        return report
    }
}
