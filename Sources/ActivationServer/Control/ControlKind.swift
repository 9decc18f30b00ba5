/// A list of the control plane; its word stands in the store, so it never changes.
enum ControlKind: String, Sendable, CaseIterable {
    case organisation
    case credential
    case mergePolicy
    case namespace
    case dataset = "dataSet"
    case segmentDefinition
    case connection
    case sourceConnection
    case targetConnection
    case flow
    case schedule
    case segmentJob
    case backfill
    case formerTarget
    case messageSchema
    case messageTest
    case consoleUser
    case consoleSession
    case consoleDraft
    case valueReveal
    case alertRule
    case alertChannel
    case role
    case usageLabel = "label"
    case placedLabels
    case marketingAction
    case usagePolicy = "policy"
    case enabledPolicies
    case accessPolicy
    case flowConsent
    case sandbox
    case issuedTokens
    case revokedToken
    case userGroup
    case datasetExpiration
    case restoration

    /// Whether decisions depend on objects of this kind.
    var isPartOfCatalog: Bool {
        switch self {
        case .mergePolicy, .namespace, .dataset, .segmentDefinition, .targetConnection, .flow, .backfill,
            .flowConsent, .datasetExpiration, .restoration:
            true
        case .organisation, .credential, .connection, .sourceConnection, .schedule, .segmentJob, .formerTarget,
            .messageSchema, .messageTest, .consoleUser, .consoleSession, .consoleDraft, .valueReveal, .alertRule,
            .alertChannel, .role, .usageLabel, .placedLabels, .marketingAction, .usagePolicy, .enabledPolicies,
            .accessPolicy, .sandbox, .issuedTokens, .revokedToken, .userGroup:
            false
        }
    }
}
