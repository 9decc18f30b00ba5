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
        return AccountReport.fields(of: kind).filter { !$0.isSecret }.compactMap { field in
            params[field.key]?.string.map { (field.label, AccountReport.shown($0, of: field.key)) }
        }
    }

    /// A field of a kind's accounts.
    struct Field: Sendable {
        var key: String
        var label: String
        var isSecret: Bool
        var isRequired: Bool
        var isURL: Bool
    }

    /// The fields of a kind's accounts: first what is needed.
    static func fields(of kind: DestinationSpec) -> [Field] {
        let properties = kind.account["properties"]?.object ?? [:]
        let required = (kind.account["required"]?.array ?? []).compactMap(\.string)
        let fields = properties.keys.map { key in
            Field(
                key: key,
                label: properties[key]?["title"]?.string ?? key,
                isSecret: properties[key]?["format"] == "password",
                isRequired: required.contains(key),
                isURL: properties[key]?["format"] == "uri"
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
