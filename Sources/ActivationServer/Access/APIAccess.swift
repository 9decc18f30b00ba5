import ActivationCore
import HTTPTypes

/// What a route of the API asks for beside a valid token.
enum APIAccess: Sendable, Equatable {
    /// Nothing more.
    case signedIn
    /// Every one of these permissions.
    case all(Set<Permission>)
    /// One of these permissions; which, depends on what is asked, and is checked where that is known.
    case any(Set<Permission>)

    /// Whether somebody with these permissions may ask at all.
    func admits(_ held: Set<Permission>) -> Bool {
        switch self {
        case .signedIn: true
        case .all(let needed): needed.isSubset(of: held)
        case .any(let needed): !needed.isDisjoint(with: held)
        }
    }

    /// What the OpenAPI document says of it.
    var json: JSONValue {
        switch self {
        case .signedIn: ["allOf": []]
        case .all(let needed): ["allOf": .array(needed.listed.map { .string($0.rawValue) })]
        case .any(let needed): ["anyOf": .array(needed.listed.map { .string($0.rawValue) })]
        }
    }

    /// Scopes of access tokens, each list of which is enough to ask.
    var scopes: [[String]] {
        switch self {
        case .signedIn: [[]]
        case .all(let needed): [needed.listed.map(TokenScope.name)]
        case .any(let needed): needed.listed.map { [TokenScope.name(of: $0)] }
        }
    }

    /// What somebody lacks, in words; nil when they may ask.
    func lack(_ held: Set<Permission>) -> String? {
        guard !admits(held) else { return nil }
        switch self {
        case .signedIn: return nil
        case .all(let needed):
            return needed.subtracting(held).listed.map(\.rawValue).joined(separator: ", ")
        case .any(let needed): return needed.listed.map(\.rawValue).joined(separator: " or ")
        }
    }
}

extension APIAccess {
    /// One line of the table.
    struct Rule: Sendable {
        var method: HTTPRequest.Method
        /// The path with its parameters in braces, as the OpenAPI document has it.
        var path: String
        var access: APIAccess

        init(_ method: HTTPRequest.Method, _ path: String, _ access: APIAccess) {
            self.method = method
            self.path = path
            self.access = access
        }

        init(_ method: HTTPRequest.Method, _ path: String, _ needed: Permission...) {
            self.init(method, path, .all(Set(needed)))
        }

        /// Whether a request is of this line; what stands for a parameter is anything, and a `HEAD` is a `GET`.
        func matches(_ method: HTTPRequest.Method, _ path: String) -> Bool {
            guard method == self.method || method == .head && self.method == .get else { return false }
            let (own, asked) = (self.path.split(separator: "/"), path.split(separator: "/"))
            return own.count == asked.count && zip(own, asked).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
    }

    private static let ups = "/data/core/ups"
    private static let flowService = "/data/foundation/flowservice"
    private static let accessControl = "/data/foundation/access-control"

    /// The one table of who may do what over the API: what is not in it is refused.
    ///
    /// Routes without a token are not in it (``OpenAPIOperation/Security/none``).
    static let rules =
        sending + people + audiences + jobs + configuration + destinations + dataflows + leftOver + alerts + governance
        + access

    /// What every node answers, whether it leads or follows.
    static let onEveryNode = sending + people.filter { $0.method == .get && $0.path.hasSuffix("/access/entities") }

    /// Profiles and events that come in.
    private static let sending = [
        Rule(.post, "/collection/{inletId}", .manageSources),
        Rule(.post, "/collection/batch/{inletId}", .manageSources),
        Rule(.post, "/data/foundation/import/collection/{inletId}", .manageSources),
        Rule(.post, "/data/foundation/import/collection/batch/{inletId}", .manageSources),
        Rule(.post, "/v1/profiles", .manageSources),
        Rule(.post, "/v1/events", .manageSources),
    ]

    private static let people = [
        Rule(.get, "\(ups)/access/entities", .viewProfiles),
        Rule(.delete, "\(ups)/access/entities", .manageProfiles),
        Rule(.post, "/v1/identities/unlink", .manageProfiles),
        Rule(.delete, "/v1/identities", .manageProfiles),
        Rule(.get, "/v1/identities/export", .viewProfiles, .viewIdentityGraph),
        Rule(.get, "/v1/erasures", .viewProfiles),
        Rule(.get, "/v1/erasures/{id}", .viewProfiles),
        Rule(.get, PrivacyRoutes.path, .viewPrivacyWorkflows),
        Rule(.post, PrivacyRoutes.path, .managePrivacyWorkflows),
        Rule(.get, "\(PrivacyRoutes.path)/{id}", .viewPrivacyWorkflows),
        Rule(.get, "\(PrivacyRoutes.path)/{id}/content", .viewPrivacyWorkflows, .viewProfiles, .viewIdentityGraph),
        Rule(.get, "/v1/suppressions", .viewProfiles),
        Rule(.delete, "/v1/suppressions", .manageProfiles),
        Rule(.get, "/v1/explain", .viewProfiles, .viewAudiences),
        Rule(.get, "/v1/paths", .any([.viewAudiences, .viewDestinations, .viewDatasets, .viewProfiles])),
    ]

    private static let audiences = [
        Rule(.get, "\(ups)/segment/definitions", .viewAudiences),
        Rule(.post, "\(ups)/segment/definitions", .manageAudiences),
        Rule(.post, "\(ups)/segment/definitions/bulk-get", .viewAudiences),
        Rule(.get, "\(ups)/segment/definitions/{id}", .viewAudiences),
        Rule(.patch, "\(ups)/segment/definitions/{id}", .manageAudiences),
        Rule(.delete, "\(ups)/segment/definitions/{id}", .manageAudiences),
        Rule(.post, "\(ups)/segment/conversion", .viewAudiences),
        Rule(.get, "\(ups)/audiences", .viewAudiences),
        Rule(.post, "\(ups)/audiences", .manageAudiences),
        Rule(.post, "\(ups)/audiences/bulk-get", .viewAudiences),
        Rule(.get, "\(ups)/audiences/{id}", .viewAudiences),
        Rule(.put, "\(ups)/audiences/{id}", .manageAudiences),
        Rule(.patch, "\(ups)/audiences/{id}", .manageAudiences),
        Rule(.delete, "\(ups)/audiences/{id}", .manageAudiences),
        Rule(.post, "/v1/audiences/bulk", .manageAudiences),
        Rule(.post, "/v1/audiences/check", .viewAudiences),
        Rule(.post, "/v1/audiences/{id}/refresh", .manageAudiences),
        Rule(.get, "/v1/audiences/{id}/members", .viewAudiences, .viewProfiles),
        Rule(.put, "/v1/audiences/{id}/members", .importAudiences),
        Rule(.delete, "/v1/audiences/{id}/members", .importAudiences),
        Rule(.get, "/v1/audiences/{id}/uploads", .viewAudiences),
        Rule(.post, "/v1/audiences/{id}/uploads", .importAudiences),
        Rule(.get, "/v1/uploads/{id}", .viewAudiences),
        Rule(.delete, "/v1/uploads/{id}", .importAudiences),
        Rule(.put, "/v1/uploads/{id}/content", .importAudiences),
        Rule(.get, "/v1/uploads/{id}/layout", .importAudiences),
        Rule(.post, "/v1/uploads/{id}/start", .importAudiences),
        Rule(.get, "/v1/uploads/{id}/refusals", .importAudiences),
        Rule(.post, "\(ups)/preview", .viewAudiences, .viewProfiles),
        Rule(.get, "\(ups)/preview/{id}", .viewAudiences, .viewProfiles),
        Rule(.delete, "\(ups)/preview/{id}", .viewAudiences, .viewProfiles),
        Rule(.get, "\(ups)/estimate/{id}", .viewAudiences),
    ]

    private static let jobs = [
        Rule(.get, "\(ups)/segment/jobs", .viewAudiences),
        Rule(.post, "\(ups)/segment/jobs", .evaluateAudiences),
        Rule(.post, "\(ups)/segment/jobs/bulk-get", .viewAudiences),
        Rule(.get, "\(ups)/segment/jobs/{id}", .viewAudiences),
        Rule(.delete, "\(ups)/segment/jobs/{id}", .evaluateAudiences),
        Rule(.get, "\(ups)/config/schedules", .viewAudiences),
        Rule(.post, "\(ups)/config/schedules", .evaluateAudiences),
        Rule(.get, "\(ups)/config/schedules/{id}", .viewAudiences),
        Rule(.patch, "\(ups)/config/schedules/{id}", .evaluateAudiences),
        Rule(.delete, "\(ups)/config/schedules/{id}", .evaluateAudiences),
    ]

    private static let configuration = [
        Rule(.get, "\(ups)/config/mergePolicies", .viewMergePolicies),
        Rule(.post, "\(ups)/config/mergePolicies", .manageMergePolicies),
        Rule(.post, "\(ups)/config/mergePolicies/bulk-get", .viewMergePolicies),
        Rule(.get, "\(ups)/config/mergePolicies/{id}", .viewMergePolicies),
        Rule(.put, "\(ups)/config/mergePolicies/{id}", .manageMergePolicies),
        Rule(.patch, "\(ups)/config/mergePolicies/{id}", .manageMergePolicies),
        Rule(.delete, "\(ups)/config/mergePolicies/{id}", .manageMergePolicies),
        Rule(.get, "/data/core/idnamespace/identities", .viewNamespaces),
        Rule(.post, "/data/core/idnamespace/identities", .manageNamespaces),
        Rule(.get, "/data/core/idnamespace/identities/{id}", .viewNamespaces),
        Rule(.patch, "/data/core/idnamespace/identities/{id}", .manageNamespaces),
        Rule(.get, "/data/foundation/catalog/dataSets", .viewDatasets),
        Rule(.post, "/data/foundation/catalog/dataSets", .manageDatasets),
        Rule(.get, "/data/foundation/catalog/dataSets/{id}", .viewDatasets),
        Rule(.patch, "/data/foundation/catalog/dataSets/{id}", .manageDatasets),
        Rule(.get, DatasetExpirationRoutes.path, .viewDatasets),
        Rule(.post, DatasetExpirationRoutes.path, .manageDatasets),
        Rule(.get, "\(DatasetExpirationRoutes.path)/{id}", .viewDatasets),
        Rule(.put, "\(DatasetExpirationRoutes.path)/{id}", .manageDatasets),
        Rule(.delete, "\(DatasetExpirationRoutes.path)/{id}", .manageDatasets),
        Rule(.get, "/v1/changes", .viewActivityLog),
        Rule(.get, "/data/foundation/audit/events", .viewActivityLog),
        Rule(.get, "/data/foundation/audit/export", .viewActivityLog),
    ]

    private static let destinations =
        [
            Rule(.get, "\(flowService)/connectionSpecs", .viewDestinations),
            Rule(.get, "\(flowService)/connectionSpecs/{id}", .viewDestinations),
            Rule(.get, "\(flowService)/flowSpecs", .viewDestinations),
            Rule(.get, "\(flowService)/flowSpecs/{id}", .viewDestinations),
        ]
        + ["connections", "sourceConnections", "targetConnections"].flatMap { list in
            [
                Rule(.get, "\(flowService)/\(list)", .viewDestinations),
                // An inlet is a connection too, and needs what sending needs (``ConnectionService``).
                Rule(.post, "\(flowService)/\(list)", .manageDestinations),
                Rule(.get, "\(flowService)/\(list)/{id}", .viewDestinations),
                Rule(.patch, "\(flowService)/\(list)/{id}", .manageDestinations),
                Rule(.delete, "\(flowService)/\(list)/{id}", .manageDestinations),
            ]
        }

    /// A flow that maps something needs what mapping needs too (``AuthenticatedClient/requireActivation(from:to:)``).
    private static let dataflows = [
        Rule(.get, "\(flowService)/flows", .viewDestinations),
        Rule(.post, "\(flowService)/flows", .manageDestinations),
        Rule(.get, "\(flowService)/flows/{id}", .viewDestinations),
        Rule(
            .patch,
            "\(flowService)/flows/{id}",
            .any([.manageDestinations, .activateDestinations, .activateWithoutMapping])
        ),
        Rule(.delete, "\(flowService)/flows/{id}", .manageDestinations),
        Rule(.post, "\(flowService)/flows/{id}/action", .manageDestinations),
        Rule(.get, "\(flowService)/runs", .viewDestinations),
        Rule(.get, "\(flowService)/runs/{id}", .viewDestinations),
        Rule(.post, "/v1/dataflows", .manageDestinations),
        Rule(.delete, "/v1/dataflows/{id}", .manageDestinations),
        Rule(.get, "/v1/dataflows/{id}/stats", .viewDestinations),
        Rule(.get, "/v1/dataflows/{id}/balance", .viewDestinations),
        Rule(.get, "/v1/dataflows/{id}/schema", .viewDestinations),
        Rule(.get, "/v1/dataflows/{id}/schemas", .viewDestinations),
        Rule(.get, "/v1/dataflows/{id}/schemas/{number}", .viewDestinations),
        Rule(.get, "/v1/dataflows/{id}/samples", .viewDestinations),
        Rule(.get, "/v1/dataflows/{id}/changes", .viewDestinations),
        Rule(.get, "/v1/dataflows/{id}/tests", .viewDestinations),
        Rule(.post, "/v1/dataflows/{id}/tests", .manageDestinations),
        Rule(.post, "/v1/dataflows/{id}/dry-run", .viewDestinations, .viewProfiles),
        Rule(.post, "/v1/rehearsals", .viewDestinations, .viewAudiences, .viewProfiles),
        Rule(.get, "/v1/series", .viewDestinations),
        Rule(.get, "/v1/backfills", .viewDestinations),
        Rule(.post, "/v1/backfills", .viewDestinations, .activateDestinations),
        Rule(.get, "/v1/backfills/{id}", .viewDestinations),
        Rule(.patch, "/v1/backfills/{id}", .viewDestinations, .activateDestinations),
        Rule(.delete, "/v1/backfills/{id}", .viewDestinations, .activateDestinations),
    ]

    /// Dead letters hold what people's profiles were; a list of them shows that only to who may see profiles.
    private static let leftOver = [
        Rule(.get, "/v1/dead-letters", .viewDestinations),
        Rule(.get, "/v1/dataflows/{id}/dead-letters", .viewDestinations),
        Rule(.get, "/v1/dataflows/{id}/dead-letters/causes", .viewDestinations),
        Rule(.get, "/v1/dataflows/{id}/dead-letters/{letter}", .viewDestinations, .viewProfiles),
        Rule(.post, "/v1/dataflows/{id}/dead-letters/replay", .viewDestinations, .activateDestinations),
        Rule(.post, "/v1/dataflows/{id}/dead-letters/discard", .viewDestinations, .activateDestinations),
        Rule(.post, "/v1/dataflows/{id}/replay", .viewDestinations, .activateDestinations),
    ]

    private static let alerts =
        [
            Rule(.get, "/v1/alerts/now", .viewAlerts),
            Rule(.post, "/v1/alerts/now/{alert}/acknowledge", .resolveAlerts),
            Rule(.post, "/v1/alerts/now/{alert}/snooze", .resolveAlerts),
            Rule(.get, "/v1/alerts/history", .viewAlertsHistory),
            Rule(.get, "/v1/alerts/deliveries", .viewAlertsHistory),
            Rule(.post, "/v1/alerts/channels/{id}/test", .manageAlerts),
        ]
        + ["rules", "channels"].flatMap { list in
            [
                Rule(.get, "/v1/alerts/\(list)", .viewAlerts),
                Rule(.post, "/v1/alerts/\(list)", .manageAlerts),
                Rule(.get, "/v1/alerts/\(list)/{id}", .viewAlerts),
                Rule(.put, "/v1/alerts/\(list)/{id}", .manageAlerts),
                Rule(.delete, "/v1/alerts/\(list)/{id}", .manageAlerts),
            ]
        }

    private static let dulePolicy = "/data/foundation/dulepolicy"

    private static let governance =
        [
            Rule(.put, "\(dulePolicy)/labels/custom/{name}", .applyLabels),
            Rule(.get, "/data/foundation/dataset/datasets/{id}/labels", .viewDatasets),
            Rule(.put, "/data/foundation/dataset/datasets/{id}/labels", .applyLabels),
            Rule(.get, "/v1/labels/fields", .viewPolicies),
            Rule(.get, "/v1/labels/fields/{path}", .viewPolicies),
            Rule(.put, "/v1/labels/fields/{path}", .applyLabels),
            Rule(.get, "/v1/audiences/{id}/labels", .viewAudiences, .viewPolicies),
            Rule(.post, "\(dulePolicy)/policies/custom", .managePolicies),
            Rule(.put, "\(dulePolicy)/policies/custom/{id}", .managePolicies),
            Rule(.patch, "\(dulePolicy)/policies/custom/{id}", .managePolicies),
            Rule(.delete, "\(dulePolicy)/policies/custom/{id}", .managePolicies),
            Rule(.get, "\(dulePolicy)/enabledCorePolicies", .viewPolicies),
            Rule(.put, "\(dulePolicy)/enabledCorePolicies", .managePolicies),
            Rule(.put, "\(dulePolicy)/marketingActions/custom/{name}", .managePolicies),
            Rule(.delete, "\(dulePolicy)/marketingActions/custom/{name}", .managePolicies),
            Rule(.post, "\(dulePolicy)/bulk-eval", .viewPolicies),
        ]
        + ["core", "custom"].flatMap { kind in
            [
                Rule(.get, "\(dulePolicy)/labels/\(kind)", .viewPolicies),
                Rule(.get, "\(dulePolicy)/labels/\(kind)/{name}", .viewPolicies),
                Rule(.get, "\(dulePolicy)/policies/\(kind)", .viewPolicies),
                Rule(.get, "\(dulePolicy)/policies/\(kind)/{id}", .viewPolicies),
                Rule(.get, "\(dulePolicy)/marketingActions/\(kind)", .viewPolicies),
                Rule(.get, "\(dulePolicy)/marketingActions/\(kind)/{name}", .viewPolicies),
                Rule(.get, "\(dulePolicy)/marketingActions/\(kind)/{name}/constraints", .viewPolicies),
                Rule(.post, "\(dulePolicy)/marketingActions/\(kind)/{name}/constraints", .viewPolicies),
            ]
        }

    private static let access = [
        Rule(.get, "\(accessControl)/acl/reference", .signedIn),
        Rule(.post, "\(accessControl)/acl/effective-policies", .signedIn),
        Rule(.get, "\(accessControl)/administration/roles", .administer),
        Rule(.post, "\(accessControl)/administration/roles", .administer),
        Rule(.get, "\(accessControl)/administration/roles/{id}", .administer),
        Rule(.put, "\(accessControl)/administration/roles/{id}", .administer),
        Rule(.patch, "\(accessControl)/administration/roles/{id}", .administer),
        Rule(.delete, "\(accessControl)/administration/roles/{id}", .administer),
        Rule(.get, "\(accessControl)/administration/roles/{id}/subjects", .administer),
        Rule(.patch, "\(accessControl)/administration/roles/{id}/subjects", .administer),
        Rule(.get, "\(accessControl)/administration/policies", .administer),
        Rule(.get, "\(accessControl)/administration/policies/{id}", .administer),
        Rule(.patch, "\(accessControl)/administration/policies/{id}", .administer),
        Rule(.get, SandboxRoutes.path, .signedIn),
        Rule(.get, "\(SandboxRoutes.path)/sandboxTypes", .signedIn),
        Rule(.get, "\(SandboxRoutes.path)/sandboxes", .viewSandboxes),
        Rule(.post, "\(SandboxRoutes.path)/sandboxes", .manageSandboxes),
        Rule(.get, "\(SandboxRoutes.path)/sandboxes/{name}", .viewSandboxes),
        Rule(.patch, "\(SandboxRoutes.path)/sandboxes/{name}", .manageSandboxes),
        Rule(.put, "\(SandboxRoutes.path)/sandboxes/{name}", .resetSandboxes),
        Rule(.delete, "\(SandboxRoutes.path)/sandboxes/{name}", .manageSandboxes),
        Rule(.get, "/v1/credentials", .administer),
        Rule(.post, "/v1/credentials", .administer),
        Rule(.get, "/v1/credentials/{id}", .administer),
        Rule(.patch, "/v1/credentials/{id}", .administer),
        Rule(.post, "/v1/credentials/{id}/secrets", .administer),
        Rule(.delete, "/v1/credentials/{id}/secrets/{secret}", .administer),
        Rule(.delete, "/v1/credentials/{id}", .administer),
        Rule(.get, "/v1/credentials/{id}/tokens", .administer),
        Rule(.delete, "/v1/credentials/{id}/tokens", .administer),
        Rule(.delete, "/v1/credentials/{id}/tokens/{token}", .administer),
        Rule(.get, "/v1/keys", .administer),
        Rule(.post, "/v1/keys/{key}/rotate", .administer),
        Rule(.get, "/v1/users", .administer),
        Rule(.post, "/v1/users", .administer),
        Rule(.patch, "/v1/users/{id}", .administer),
        Rule(.delete, "/v1/users/{id}", .administer),
        Rule(.get, "/v1/groups", .administer),
        Rule(.post, "/v1/groups", .administer),
        Rule(.get, "/v1/groups/{id}", .administer),
        Rule(.patch, "/v1/groups/{id}", .administer),
        Rule(.delete, "/v1/groups/{id}", .administer),
    ]

    private static let byRoute = Dictionary(uniqueKeysWithValues: rules.map { (key($0.method, $0.path), $0.access) })

    private static func key(_ method: HTTPRequest.Method, _ path: String) -> String { "\(method.rawValue) \(path)" }

    /// What a route asks for, or nil: nobody may use it.
    ///
    /// - Parameters:
    ///   - method: Its method; HEAD is GET without the body.
    ///   - path: Its path, with parameters as `{id}` or `:id`.
    /// - Returns: The permissions.
    static func of(_ method: HTTPRequest.Method, _ path: String) -> APIAccess? {
        let segments = path.split(separator: "/").map { $0.first == ":" ? "{\($0.dropFirst())}" : String($0) }
        return byRoute[key(method == .head ? .get : method, "/" + segments.joined(separator: "/"))]
    }
}
