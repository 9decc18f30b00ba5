import ActivationCore
import ActivationEngine

/// An entry of the history in the words of Adobe's audit log: which resource, which action, what came of it.
struct AuditEvent: Sendable {
    let change: ConfigurationChange

    /// The resource.
    var assetType: String {
        switch change.kind {
        case AuditSubject.profileKind: change.action == .view ? "Identity Graph" : "Profile"
        case AuditSubject.log.kind: "Audit Logs"
        case AuditSubject.identity.kind: "Suppression"
        case AuditSubject.various.kind: "Various"
        case AuditSubject.nobody.kind: "Unknown"
        case "route": "Route"
        case "refusedRows": "Upload"
        case "preview": "Preview"
        case AuditSubject.rehearsal.kind: "Rehearsal"
        case "deadLetters": "Dead Letters"
        case AuditSubject.keyKind: "Server Key"
        case "privacyJob", "privacyCopy": "Privacy Job"
        default: ControlKind(rawValue: change.kind).map(AuditEvent.assetType) ?? change.kind
        }
    }

    private static func assetType(of kind: ControlKind) -> String {
        switch kind {
        case .flow, .targetConnection, .sourceConnection: "Destination"
        case .connection: "Destination Account"
        case .segmentDefinition: "Segment"
        case .mergePolicy: "Merge Policy"
        case .namespace: "Identity Namespace"
        case .dataset: "Dataset"
        case .datasetExpiration: "Dataset Expiration"
        case .restoration: "Restoration"
        case .role: "Role"
        case .accessPolicy: "Access Control Policy"
        case .sandbox: "Sandbox"
        case .credential: "API Credential"
        case .consoleUser: "User"
        case .userGroup: "User Group"
        case .usagePolicy, .enabledPolicies: "Data Usage Policy"
        case .usageLabel, .placedLabels: "Data Usage Label"
        case .marketingAction: "Marketing Action"
        case .schedule: "Schedule"
        case .backfill: "Backfill"
        case .alertRule: "Alert Rule"
        case .alertChannel: "Alert Channel"
        case .organisation: "Organisation"
        default: kind.rawValue
        }
    }

    /// What was done, the most telling word first: a change can be several at once.
    var actions: [String] {
        switch change.action {
        case .create: ["Create"]
        case .delete: ["Delete"]
        case .update: updates
        case .signIn: ["Sign In"]
        case .signOut: ["Sign Out"]
        case .refuse: ["Access"]
        case .reveal: ["Reveal"]
        case .view: ["View"]
        case .export: ["Export"]
        case .erase: ["Erase"]
        }
    }

    /// What the difference tells of an update.
    private var updates: [String] {
        guard let parts = ChangeDifference(change.difference)?.parts, change.kind == ControlKind.flow.rawValue else {
            return ["Update"]
        }
        var found: [String] = []
        func add(_ words: String...) {
            for word in words where !found.contains(word) { found.append(word) }
        }
        for part in parts {
            if part.path.tokens == ["state"] {
                switch part.after?.value.string {
                case FlowState.enabled: add("Enable")
                case FlowState.disabled: add("Disable")
                default: break
                }
            } else if part.path.tokens.contains("segmentSelectors"), part.before == nil {
                add("Profile Activate", "Segment Activate")
            } else if part.path.tokens.contains("segmentSelectors"), part.after == nil {
                add("Profile Remove", "Segment Remove")
            }
        }
        return found.isEmpty ? ["Update"] : found
    }

    /// What came of it.
    var status: String {
        switch change.outcome {
        case .allowed: "Allow"
        case .denied: "Deny"
        case .failed: "Failure"
        }
    }

    /// Why not.
    var failureCode: String { change.outcome == .allowed ? "" : change.details["code"]?.string ?? "" }

    /// When, as Adobe writes it.
    var timestamp: String { "\(change.changedAt.rfc3339.dropLast())+0000" }

    /// The event as answers show it.
    ///
    /// - Parameters:
    ///   - orgID: The organisation.
    ///   - sandbox: The name of the sandbox whose history it is in.
    ///   - authorName: What the credential of its author is called.
    /// - Returns: The document, `AuditEvent` in the OpenAPI document.
    func json(orgID: String, sandbox: String, authorName: String?) -> JSONValue {
        let actions = actions
        var own: JSONObject = [
            "sequence": .integer(change.sequence), "way": .string(change.author.way.rawValue),
            "kind": .string(change.kind), "actions": .array(actions.map { .string($0) }),
        ]
        own["authorName"] = authorName.map { .string($0) }
        let difference = ChangeDifference(change.difference)?.members
        own["difference"] = difference?["parts"]
        own["more"] = difference?["more"]
        if !change.details.isEmpty { own["details"] = .object(change.details) }
        return [
            "id": .string(String(change.sequence)), "version": "1.0", "imsOrgId": .string(orgID),
            "sandboxName": .string(sandbox), "userEmail": .string(change.author.name),
            "authId": .string(change.author.name),
            "userIpAddresses": .array(change.author.sender.map { [.string($0)] } ?? []), "enhancedEvents": [],
            "requestId": .string(change.author.requestID ?? ""), "permissionResource": .string(assetType),
            "permissionType": .string(actions[0].uppercased()), "assetType": .string(assetType),
            "assetId": .string(change.id), "assetName": .string(change.name), "action": .string(actions[0]),
            "status": .string(status), "failureCode": .string(failureCode), "timestamp": .string(timestamp),
            "headwater": .object(own),
        ]
    }
}
