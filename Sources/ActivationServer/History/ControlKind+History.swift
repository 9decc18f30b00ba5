extension ControlKind {
    /// Whether objects of this kind are what people configure, so that the history tells of them.
    var isConfiguration: Bool {
        switch self {
        case .organisation, .credential, .mergePolicy, .namespace, .dataset, .segmentDefinition, .connection,
            .sourceConnection, .targetConnection, .flow, .schedule, .backfill, .consoleUser, .alertRule, .alertChannel,
            .role, .usageLabel, .placedLabels, .marketingAction, .usagePolicy, .enabledPolicies, .accessPolicy,
            .sandbox, .userGroup, .datasetExpiration, .restoration:
            true
        case .segmentJob, .formerTarget, .messageSchema, .messageTest, .consoleSession, .consoleDraft, .valueReveal,
            .flowConsent, .issuedTokens, .revokedToken:
            false
        }
    }

    /// Members by which the server keeps account of an object: they say nothing of what anybody wants of it.
    var bookkeeping: [String] {
        switch self {
        case .mergePolicy: ["version", MergePolicyStore.ruleChangedAt]
        case .segmentDefinition: ["version", SegmentDefinition.ruleChangedAt]
        case .dataset: ["createdClient", "createdUser", "updatedUser", EventExpiration.since]
        case .schedule: [Schedule.Key.activeSince, Schedule.Key.lastRun, Schedule.Key.dueRun, Schedule.Key.dueSince]
        case .credential: ["salt", ControlPlane.lastUsedAt, ControlPlane.tokenGeneration]
        case .consoleUser: ["linkedAt"]
        case .connection, .sourceConnection, .targetConnection, .flow, .backfill, .role, .usageLabel, .placedLabels,
            .marketingAction, .usagePolicy, .enabledPolicies, .accessPolicy, .sandbox, .userGroup,
            .datasetExpiration:
            AuditTrail.keys
        case .organisation, .namespace, .segmentJob, .formerTarget, .messageSchema, .messageTest, .consoleSession,
            .consoleDraft, .valueReveal, .alertRule, .alertChannel, .flowConsent, .issuedTokens, .revokedToken,
            .restoration:
            []
        }
    }

    /// Members that nobody may read.
    var secretMembers: [String] {
        switch self {
        case .credential: ["digest", "secrets"]
        case .consoleUser: ["password"]
        case .connection: [ConnectionSecrets.sealedKey]
        case .alertChannel: [AlertChannel.sealedKey]
        default: []
        }
    }
}

extension ControlEntry {
    /// What people call the object: its name, else what it is known by.
    func title(in snapshot: ControlSnapshot) -> String {
        switch kind {
        case .consoleUser: string("email") ?? id
        case .organisation: string("orgId") ?? id
        case .namespace: string("code") ?? string("standard") ?? id
        case .backfill: string("dataflowId").flatMap { snapshot.entry(.flow, $0) }?.string("name") ?? id
        case .placedLabels:
            switch LabelPlace(id) {
            case .field(let keys): keys.joined(separator: ".")
            case .dataset(let dataset): snapshot.entry(.dataset, dataset)?.string("name") ?? dataset
            case nil: id
            }
        case .enabledPolicies: "Core policies"
        case .datasetExpiration:
            string(DatasetExpiration.Key.dataset).map { snapshot.entry(.dataset, $0)?.string("name") ?? $0 } ?? id
        default: string("name") ?? id
        }
    }
}
