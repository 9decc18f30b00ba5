import ActivationCore

/// The shapes of access control: roles, users, credentials, tokens and keys.
extension OpenAPIDocument {
    private static let keySource = JSONSchema.word("file", "environment")
    private static let permissionNames = JSONSchema.array(
        JSONSchema.word(among: Permission.allCases.map(\.apiName)),
        count: 0...Permission.allCases.count
    )
    private static let roleNames = JSONSchema.array(JSONSchema.someText, count: 0...ControlPlane.rolesInAllMax)
    private static let roleName = JSONSchema.text(1...ServerLimits.nameCharactersMax)

    static let accessSchemas: [(String, JSONValue)] = [
        (
            "Permissions",
            JSONSchema.object(
                "The permissions that there are.",
                [
                    "permissions": JSONSchema.map(
                        JSONSchema.object(
                            "One of them.",
                            ["name": JSONSchema.text, "description": JSONSchema.text],
                            required: ["name", "description"]
                        )
                    )
                ],
                required: ["permissions"]
            )
        ),
        ("PermissionNames", JSONSchema.array(JSONSchema.text, count: 0...200)),
        (
            "EffectivePolicies",
            JSONSchema.object(
                "Which of the permissions asked about the client has.",
                ["policies": JSONSchema.map(JSONSchema.array(JSONSchema.text))],
                required: ["policies"]
            )
        ),
        (
            "Roles",
            JSONSchema.object(
                "One page of roles.",
                [
                    "items": JSONSchema.array(.reference("Role")), "_page": JSONSchema.anyObject,
                    "_links": JSONSchema.anyObject,
                ],
                required: ["items", "_page"]
            )
        ),
        (
            "Role",
            JSONSchema.object(
                "What several people and programs may do.",
                [
                    "id": JSONSchema.someText, "recordType": JSONSchema.word("role"), "imsOrgID": JSONSchema.text,
                    "name": JSONSchema.text, "description": JSONSchema.text,
                    "roleType": JSONSchema.word("user-defined", "system-defined"),
                    "permissionSets": permissionNames, "sandboxes": JSONSchema.array(JSONSchema.text),
                    "subjectAttributes": JSONSchema.anyObject, "createdBy": JSONSchema.text,
                    "createdAt": JSONSchema.integer, "modifiedBy": JSONSchema.text,
                    "modifiedAt": JSONSchema.integer, "etag": JSONSchema.text,
                ],
                required: ["id", "name", "description", "roleType", "permissionSets", "sandboxes"]
            )
        ),
        (
            "RoleDraft",
            JSONSchema.object(
                "What a role is to be.",
                [
                    "name": roleName, "description": JSONSchema.text(0...1_024),
                    "roleType": JSONSchema.word("user-defined"), "permissionSets": permissionNames,
                    "subjectAttributes": JSONSchema.object(
                        "What whoever has it may see.",
                        ["labels": JSONSchema.array(JSONSchema.text, count: 0...UsageLabel.perPlaceMax)]
                    ),
                    "sandboxes": JSONSchema.array(JSONSchema.text, count: 0...ControlPlane.sandboxesMost),
                ],
                required: ["name"]
            )
        ),
        (
            "AccessPolicies",
            JSONSchema.object(
                "All access policies.",
                ["items": JSONSchema.array(.reference("AccessPolicy")), "_page": JSONSchema.anyObject],
                required: ["items"]
            )
        ),
        (
            "AccessPolicy",
            JSONSchema.object(
                "Says who sees what has labels.",
                [
                    "id": JSONSchema.text, "recordType": JSONSchema.text, "imsOrgId": JSONSchema.text,
                    "name": JSONSchema.text, "description": JSONSchema.text,
                    "status": JSONSchema.word(of: AccessPolicy.Status.self), "subjectCondition": JSONSchema.null,
                    "rules": JSONSchema.array(JSONSchema.anyObject), "isDefault": JSONSchema.flag,
                    "createdBy": JSONSchema.text, "createdAt": JSONSchema.integer, "modifiedBy": JSONSchema.text,
                    "modifiedAt": JSONSchema.integer, "etag": JSONSchema.text,
                ],
                required: ["id", "name", "status", "rules"]
            )
        ),
        ("RolePatch", ["type": ["object", "array"]]),
        (
            "RoleSubjects",
            JSONSchema.object(
                "Who has a role.",
                [
                    "items": JSONSchema.array(
                        JSONSchema.object(
                            "One of them.",
                            [
                                "roleId": JSONSchema.text,
                                "subjectType": JSONSchema.word("user", "user-group", "api-integration"),
                                "subjectId": JSONSchema.text,
                            ],
                            required: ["roleId", "subjectType", "subjectId"]
                        )
                    ),
                    "_page": JSONSchema.anyObject,
                ],
                required: ["items"]
            )
        ),
        ("RolesBody", JSONSchema.object("Roles by id.", ["roles": roleNames], required: ["roles"])),
        (
            "Credentials",
            JSONSchema.object(
                "All credentials.",
                ["items": JSONSchema.array(.reference("Credential"))],
                required: ["items"]
            )
        ),
        (
            "ServerKeys",
            JSONSchema.object(
                "The server's own keys, without their bytes.",
                [
                    "items": JSONSchema.array(
                        JSONSchema.object(
                            "A key.",
                            [
                                "key": JSONSchema.word(of: ServerKey.self), "source": keySource,
                                "madeAt": JSONSchema.instant,
                                "previous": JSONSchema.object(
                                    "The key before, as long as it is kept.",
                                    [
                                        "source": keySource, "replacedAt": JSONSchema.instant,
                                        "keptUntil": JSONSchema.instant,
                                    ],
                                    required: ["source"]
                                ),
                                "secrets": JSONSchema.object(
                                    "The last look at the secrets under the data key.",
                                    [
                                        "done": JSONSchema.count, "unreadable": JSONSchema.count,
                                        "isRunning": JSONSchema.flag, "previousIsNeeded": JSONSchema.flag,
                                        "obstacle": JSONSchema.text,
                                    ],
                                    required: ["done", "unreadable", "isRunning", "previousIsNeeded"]
                                ),
                            ],
                            required: ["key", "source"]
                        )
                    )
                ],
                required: ["items"]
            )
        ),
        (
            "CredentialTokens",
            JSONSchema.object(
                "Access tokens of a credential.",
                [
                    "items": JSONSchema.array(
                        JSONSchema.object(
                            "An access token, without what it is used by.",
                            [
                                "id": JSONSchema.text, "issuedAt": JSONSchema.instant, "expiresAt": JSONSchema.instant,
                                "scope": JSONSchema.text,
                            ],
                            required: ["id", "issuedAt", "expiresAt"]
                        ),
                        count: 0...TokenDesk.most
                    )
                ],
                required: ["items"]
            )
        ),
        ("Credential", JSONSchema.object("What a program signs in with.", credential, required: credentialMembers)),
        (
            "NewCredential",
            JSONSchema.object(
                "A credential with its secret, which is shown only now.",
                JSONSchema.union(credential, ["secretId": JSONSchema.text, "clientSecret": JSONSchema.text]),
                required: credentialMembers + ["secretId", "clientSecret"]
            )
        ),
        (
            "CredentialDraft",
            JSONSchema.object(
                "What a credential is to be.",
                [
                    "name": roleName, "roles": roleNames, "owner": owner, "expiresAt": JSONSchema.instant,
                    "requestsPerSecond": rate,
                ],
                required: ["name", "roles"]
            )
        ),
        (
            "CredentialChange",
            JSONSchema.object(
                "What is to be another of a credential.",
                JSONSchema.union(
                    ["name": roleName, "roles": roleNames],
                    JSONSchema.nullable(["owner": owner, "expiresAt": JSONSchema.instant, "requestsPerSecond": rate])
                )
            )
        ),
        (
            "Users",
            JSONSchema.object("All users.", ["items": JSONSchema.array(.reference("User"))], required: ["items"])
        ),
        ("User", JSONSchema.object("A person who signs in to the console.", user, required: userMembers)),
        (
            "NewUser",
            JSONSchema.object(
                "A user, and the link by which they set a password.",
                JSONSchema.union(user, ["invitation": JSONSchema.text]),
                required: userMembers + ["invitation"]
            )
        ),
        (
            "UserDraft",
            JSONSchema.object(
                "Who is to be let in.",
                ["email": JSONSchema.text(3...254), "roles": roleNames],
                required: ["email", "roles"]
            )
        ),
    ]

    private static let rate = JSONSchema.integer(CredentialDraft.rates)
    private static let owner = JSONSchema.text(0...254)
    private static let credentialMembers = ["clientId", "name", "createdAt", "isRevoked", "roles", "secrets"]
    private static let credential: JSONObject = [
        "clientId": JSONSchema.text, "name": JSONSchema.text, "createdAt": JSONSchema.instant,
        "isRevoked": JSONSchema.flag, "roles": JSONSchema.array(JSONSchema.text), "owner": JSONSchema.text,
        "expiresAt": JSONSchema.instant, "lastUsedAt": JSONSchema.instant, "requestsPerSecond": rate,
        "secrets": JSONSchema.array(
            JSONSchema.object(
                "A secret, by what may be known of it.",
                ["id": JSONSchema.text, "createdAt": JSONSchema.instant],
                required: ["id", "createdAt"]
            )
        ),
    ]
    private static let userMembers = ["id", "email", "roles", "groups"]
    private static let user: JSONObject = [
        "id": JSONSchema.text, "email": JSONSchema.text, "roles": JSONSchema.array(JSONSchema.text),
        "groups": JSONSchema.array(JSONSchema.text),
        "identity": JSONSchema.object(
            "Who it is at the identity provider; absent for who signs in with a password.",
            [
                "issuer": JSONSchema.text, "subject": JSONSchema.text, "name": JSONSchema.text,
                "groups": JSONSchema.array(JSONSchema.text),
            ],
            required: ["issuer", "subject", "groups"]
        ),
    ]
}
