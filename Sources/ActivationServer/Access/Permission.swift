/// What somebody may do, people at the console and programs at the API alike, in Adobe's names where it has one
/// (BEHAVIOUR 8.1).
enum Permission: String, Sendable, CaseIterable {
    case viewDestinations = "View Destinations"
    case manageDestinations = "Manage Destinations"
    case activateDestinations = "Activate Destinations"
    case activateWithoutMapping = "Activate Segment without Mapping"
    case viewProfiles = "View Profiles"
    case manageProfiles = "Manage Profiles"
    case viewIdentityGraph = "View Identity Graph"
    /// Headwater's own: to see values of profiles, which the console masks otherwise.
    case revealValues = "Reveal Personal Values"
    case viewPrivacyWorkflows = "View Privacy Workflows"
    case managePrivacyWorkflows = "Manage Privacy Workflows"
    case viewAudiences = "View Segments"
    case manageAudiences = "Manage Segments"
    case evaluateAudiences = "Evaluate a Segment to an Audience"
    case importAudiences = "Import Audience"
    case viewMergePolicies = "View Merge Policies"
    case manageMergePolicies = "Manage Merge Policies"
    case viewNamespaces = "View Identity Namespaces"
    case manageNamespaces = "Manage Identity Namespaces"
    case viewDatasets = "View Datasets"
    case manageDatasets = "Manage Datasets"
    /// To send profiles and events.
    case manageSources = "Manage Sources"
    case applyLabels = "Apply Data Usage Labels"
    case viewPolicies = "View Data Usage Policies"
    case managePolicies = "Manage Data Usage Policies"
    case viewAlerts = "View Alerts"
    case manageAlerts = "Manage Alerts"
    case resolveAlerts = "Resolve Alerts"
    case viewAlertsHistory = "View Alerts History"
    case viewActivityLog = "View User Activity Log"
    case viewSandboxes = "View Sandboxes"
    case manageSandboxes = "Manage Sandboxes"
    case resetSandboxes = "Reset a Sandbox"
    /// Headwater's own: users, roles, credentials, and what concerns the server as a whole.
    case administer = "Administer"

    /// What concerns the organisation as a whole: it is held in the default sandbox or not at all.
    static let ofOrganisation: Set<Permission> = [.viewSandboxes, .manageSandboxes, .resetSandboxes, .administer]

    /// The name in the access control API: `manage-destinations`.
    var apiName: String {
        switch self {
        case .evaluateAudiences: "evaluate-segments"
        case .viewMergePolicies: "view-profile-configs"
        case .manageMergePolicies: "manage-profile-configs"
        case .applyLabels: "manage-dule-labels"
        case .viewPolicies: "view-dule-policies"
        case .managePolicies: "manage-dule-policies"
        case .resetSandboxes: "reset-sandboxes"
        default: rawValue.lowercased().split(separator: " ").joined(separator: "-")
        }
    }

    /// A permission by its name in the access control API.
    init?(apiName: String) {
        guard let permission = Permission.byAPIName[apiName] else { return nil }
        self = permission
    }

    private static let byAPIName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.apiName, $0) })

    /// What it says in the console beside its name.
    var meaning: String {
        switch self {
        case .viewDestinations: "See destinations, accounts, dataflows and what they delivered."
        case .manageDestinations: "Make, change and delete accounts and dataflows."
        case .activateDestinations: "Map audiences and attributes to dataflows, send again, backfill."
        case .activateWithoutMapping: "Add audiences to dataflows and take them out, nothing else of a mapping."
        case .viewProfiles: "Look people up; their values are masked at the console."
        case .manageProfiles: "Erase people, take identities apart, lift suppressions."
        case .viewIdentityGraph: "See which identities belong together."
        case .revealValues: "Unmask the values of one person at the console, for a reason that is recorded."
        case .viewPrivacyWorkflows: "See people's requests for their data and its erasure."
        case .managePrivacyWorkflows: "Ask in people's name for their data and its erasure."
        case .viewAudiences: "See audiences and how many they have."
        case .manageAudiences: "Make, change and delete audiences."
        case .evaluateAudiences: "Run evaluations and set when they run."
        case .importAudiences: "Upload lists of members."
        case .viewMergePolicies: "See merge policies."
        case .manageMergePolicies: "Make, change and delete merge policies."
        case .viewNamespaces: "See identity namespaces."
        case .manageNamespaces: "Make and change identity namespaces."
        case .viewDatasets: "See datasets."
        case .manageDatasets: "Make and change datasets."
        case .manageSources: "Send profiles and events."
        case .applyLabels: "Make labels, and put them on fields, datasets and audiences."
        case .viewPolicies: "See labels, marketing actions and the policies about them."
        case .managePolicies: "Make, change, enable and delete policies and marketing actions."
        case .viewAlerts: "See alerts, their rules and channels."
        case .manageAlerts: "Make, change and delete rules and channels of alerts."
        case .resolveAlerts: "Acknowledge and snooze alerts."
        case .viewAlertsHistory: "See alerts of the past and what was sent of them."
        case .viewActivityLog: "See who did what, when and from where, and take it out."
        case .viewSandboxes: "See all sandboxes, whether one may use them or not."
        case .manageSandboxes: "Make, rename and delete sandboxes."
        case .resetSandboxes: "Empty sandboxes."
        case .administer: "Users, roles, credentials and the server itself."
        }
    }

    /// What comes with it: who may change something sees it too.
    var included: Permission? {
        switch self {
        case .manageDestinations: .viewDestinations
        case .manageProfiles: .viewProfiles
        case .managePrivacyWorkflows: .viewPrivacyWorkflows
        case .manageAudiences: .viewAudiences
        case .manageMergePolicies: .viewMergePolicies
        case .manageNamespaces: .viewNamespaces
        case .manageDatasets: .viewDatasets
        case .manageAlerts: .viewAlerts
        case .applyLabels, .managePolicies: .viewPolicies
        case .manageSandboxes, .resetSandboxes: .viewSandboxes
        default: nil
        }
    }
}

extension Set<Permission> {
    /// With what comes with each of them.
    var completed: Set<Permission> { union(compactMap(\.included)) }

    /// In the order in which permissions are listed.
    var listed: [Permission] { Permission.allCases.filter(contains) }
}
