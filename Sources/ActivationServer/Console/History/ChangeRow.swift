import ActivationCore
import ActivationEngine
import Console

/// One change as pages show it; `{{> change}}` is its part of a table.
struct ChangeRow: Sendable, Equatable {
    let at: Instant
    let who: String
    /// By which way.
    let way: String
    /// What was done, without the object's name.
    let what: String
    let name: String
    /// The object's page; nil when there is none.
    let path: String?
    let lines: [ChangeLine]
    let hasLines: Bool
    /// What is not shown of it; nil = nothing.
    let more: String?
    /// What finds it in the log; nil = it came by no request.
    let request: String?
}

extension ConsoleDesk {
    /// Changes as pages show them.
    ///
    /// - Parameters:
    ///   - changes: The changes.
    ///   - linesMax: Lines of one change, at most.
    ///   - now: The present.
    /// - Returns: A row for each.
    func rows(of changes: [ConfigurationChange], linesMax: Int = .max, now: Timestamp) -> [ChangeRow] {
        changes.map { change in
            let difference = ChangeDifference(change.difference)
            let lines = difference.map { ChangeLine.lines(of: $0) } ?? []
            let left = lines.count - min(lines.count, linesMax) + (difference?.more ?? 0)
            return ChangeRow(
                at: Instant(change.changedAt, now: now),
                who: who(change.author),
                way: ConsoleDesk.word(for: change.author.way),
                what: "\(ConsoleDesk.word(for: change.action)) the \(ConsoleDesk.word(for: change.kind))",
                name: change.name,
                path: path(of: change),
                lines: Array(lines.prefix(linesMax)),
                hasLines: !lines.isEmpty,
                more: left > 0 ? "and \(Figure.count(left)) more" : nil,
                request: change.author.requestID
            )
        }
    }

    /// What somebody who changed something is called.
    func who(_ author: ConfigurationChange.Author) -> String {
        switch author.way {
        case .api: control.credentialName(of: author) ?? author.name
        case .console: author.name
        case .server: author == .commandLine ? "Command line" : "Headwater"
        }
    }

    private static func word(for way: ConfigurationChange.Way) -> String {
        switch way {
        case .api: "by the API"
        case .console: "at the console"
        case .server: "on the server"
        }
    }

    private static func word(for action: ConfigurationChange.Action) -> String {
        switch action {
        case .create: "Made"
        case .update: "Changed"
        case .delete: "Deleted"
        case .signIn: "Signed in"
        case .signOut: "Signed out"
        case .refuse: "Asked for"
        case .reveal: "Revealed"
        case .view: "Looked up"
        case .export: "Exported"
        case .erase: "Erased"
        }
    }

    private static func word(for kind: String) -> String {
        switch ControlKind(rawValue: kind) {
        case .organisation: "organisation"
        case .sandbox: "sandbox"
        case .credential: "credential"
        case .mergePolicy: "merge policy"
        case .namespace: "namespace"
        case .dataset: "dataset"
        case .datasetExpiration: "expiration of dataset"
        case .segmentDefinition: "audience"
        case .connection: "account"
        case .sourceConnection: "source"
        case .targetConnection: "target"
        case .flow: "dataflow"
        case .schedule: "schedule"
        case .backfill: "backfill of"
        case .consoleUser: "user"
        case .userGroup: "user group"
        case .role: "role"
        case .alertRule: "alert rule"
        case .alertChannel: "alert channel"
        case .restoration: "restoration, with"
        default: kind
        }
    }

    private func path(of change: ConfigurationChange) -> String? {
        switch ControlKind(rawValue: change.kind) {
        case .flow: (try? dataflowReport(change.id))?.path
        case .segmentDefinition: (try? audienceReport(change.id))?.path
        case .connection: (try? accountReport(change.id))?.path
        case .alertRule:
            control.entry(.alertRule, change.id).map { "\(AlertPages.rules.path)/\($0.id.percentEncoded())" }
        default: nil
        }
    }
}

extension ConsoleViewer {
    /// Whether the person may see changes of a kind of object.
    func maySeeChanges(of kind: String) -> Bool {
        switch ControlKind(rawValue: kind) {
        case .flow, .connection, .sourceConnection, .targetConnection, .backfill: may(.viewDestinations)
        case .segmentDefinition, .schedule: may(.viewAudiences)
        case .mergePolicy: may(.viewMergePolicies)
        case .namespace: may(.viewNamespaces)
        case .dataset, .datasetExpiration: may(.viewDatasets)
        case .alertRule, .alertChannel: may(.viewAlerts)
        default: may(.administer)
        }
    }
}
