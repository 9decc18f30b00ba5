/// What a user of the console may do, in Adobe's names where it has one.
enum ConsolePermission: String, Sendable, CaseIterable {
    case viewDestinations = "View Destinations"
    case manageDestinations = "Manage Destinations"
    case activateDestinations = "Activate Destinations"
    case viewProfiles = "View Profiles"
    case manageProfiles = "Manage Profiles"
    case viewIdentityGraph = "View Identity Graph"
    /// Headwater's own: to see values of profiles, which are masked otherwise.
    case revealValues = "Reveal Personal Values"
    case viewAudiences = "View Segments"
    case manageAudiences = "Manage Segments"
    case viewMergePolicies = "View Merge Policies"
    case manageMergePolicies = "Manage Merge Policies"
    case viewNamespaces = "View Identity Namespaces"
    case manageNamespaces = "Manage Identity Namespaces"
    case viewDatasets = "View Datasets"
    case manageDatasets = "Manage Datasets"
    case viewAlerts = "View Alerts"
    case manageAlerts = "Manage Alerts"
    case administer = "Administer"
}
