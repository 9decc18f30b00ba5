import ActivationCore

/// Who may do what (BEHAVIOUR 8).
extension OpenAPIDocument {
    private static let accessPath = "/data/foundation/access-control"
    private static let rolesPath = "\(accessPath)/administration/roles"
    private static let unknownRole = OpenAPIOperation.Answer.problem(404, "No such role.")
    private static let builtInRole = OpenAPIOperation.Answer.problem(
        409,
        "Every server has the role, another one has the name, somebody has it, or nobody could administer."
    )

    static let access: [OpenAPIOperation] =
        [
            OpenAPIOperation(
                method: "get",
                path: "\(accessPath)/acl/reference",
                id: "listPermissions",
                tag: "Access",
                summary: "Lists the permissions that there are.",
                answers: [.json(200, "The permissions by name.", "Permissions")]
            ),
            OpenAPIOperation(
                method: "post",
                path: "\(accessPath)/acl/effective-policies",
                id: "effectivePolicies",
                tag: "Access",
                summary: "Tells which of some permissions the client has.",
                body: .json("PermissionNames", "Names such as /permissions/view-destinations."),
                answers: [.json(200, "Those that it has.", "EffectivePolicies")]
            ),
        ] + roleOperations + accessPolicyOperations + accountOperations + groupOperations + secretOperations
        + tokenOperations + keyOperations

    private static let roleOperations = [
        OpenAPIOperation(
            method: "get",
            path: rolesPath,
            id: "listRoles",
            tag: "Access",
            summary: "Lists roles: those that every server has, then the organisation's own.",
            parameters: [
                .query("limit", "How many; 20 when absent.", JSONSchema.integer(1...100)),
                .query("start", "Where to begin.", JSONSchema.text),
            ],
            answers: [.json(200, "One page.", "Roles")]
        ),
        OpenAPIOperation(
            method: "post",
            path: rolesPath,
            id: "createRole",
            tag: "Access",
            summary: "Makes a role.",
            work: .writing,
            body: .json("RoleDraft", "The role."),
            answers: [.json(200, "The role.", "Role"), builtInRole]
        ),
        OpenAPIOperation(
            method: "get",
            path: "\(rolesPath)/{id}",
            id: "getRole",
            tag: "Access",
            summary: "Shows a role.",
            answers: [.json(200, "The role.", "Role"), unknownRole]
        ),
        OpenAPIOperation(
            method: "put",
            path: "\(rolesPath)/{id}",
            id: "replaceRole",
            tag: "Access",
            summary: "Gives a role other content; who has it may do what it says from the next request on.",
            work: .writing,
            body: .json("RoleDraft", "All of it."),
            answers: [.json(200, "The role.", "Role"), unknownRole, builtInRole]
        ),
        OpenAPIOperation(
            method: "patch",
            path: "\(rolesPath)/{id}",
            id: "updateRole",
            tag: "Access",
            summary: "Changes name, description or permissionSets of a role.",
            work: .writing,
            body: .json("RolePatch", "A JSON Patch, alone, as a list, or as operations."),
            answers: [.json(200, "The role.", "Role"), unknownRole, builtInRole]
        ),
        OpenAPIOperation(
            method: "delete",
            path: "\(rolesPath)/{id}",
            id: "deleteRole",
            tag: "Access",
            summary: "Deletes a role that nobody has.",
            work: .writing,
            answers: [.empty(204, "It is gone."), unknownRole, builtInRole]
        ),
        OpenAPIOperation(
            method: "get",
            path: "\(rolesPath)/{id}/subjects",
            id: "listRoleSubjects",
            tag: "Access",
            summary: "Lists groups, users and credentials that have a role themselves.",
            answers: [.json(200, "Who has it.", "RoleSubjects"), unknownRole]
        ),
        OpenAPIOperation(
            method: "patch",
            path: "\(rolesPath)/{id}/subjects",
            id: "updateRoleSubjects",
            tag: "Access",
            summary:
                "Gives a role to users (/user), groups (/user-group) and credentials (/api-integration), or takes it from "
                + "them.",
            work: .writing,
            body: .json("RolePatch", "Operations add and remove, alone, as a list, or as operations."),
            answers: [.json(200, "Who has it.", "RoleSubjects"), unknownRole, builtInRole]
        ),
    ]

    private static let accessPolicyOperations: [OpenAPIOperation] = {
        let path = "\(accessPath)/administration/policies"
        let unknown = OpenAPIOperation.Answer.problem(404, "No such access policy.")
        return [
            OpenAPIOperation(
                method: "get",
                path: path,
                id: "listAccessPolicies",
                tag: "Access",
                summary: "Lists access policies; there is one, about labels.",
                answers: [.json(200, "All of them.", "AccessPolicies")]
            ),
            OpenAPIOperation(
                method: "get",
                path: "\(path)/{id}",
                id: "getAccessPolicy",
                tag: "Access",
                summary: "Shows an access policy.",
                answers: [.json(200, "The policy.", "AccessPolicy"), unknown]
            ),
            OpenAPIOperation(
                method: "patch",
                path: "\(path)/{id}",
                id: "updateAccessPolicy",
                tag: "Access",
                summary: "Switches an access policy on (status active) or off (inactive).",
                work: .writing,
                body: .json("RolePatch", "A JSON Patch of /status, alone, as a list, or as operations."),
                answers: [.json(200, "The policy.", "AccessPolicy"), unknown]
            ),
        ]
    }()

    private static let accountOperations =
        accounts(
            "credential",
            "Credential",
            made: "NewCredential",
            deletion: "Revokes a credential, with every token that it got."
        ) + accounts("user", "User", made: "NewUser", deletion: "Takes a user away, and signs them out everywhere.")

    private static func accounts(
        _ word: String,
        _ schema: String,
        made: String,
        deletion: String
    ) -> [OpenAPIOperation] {
        let path = "/v1/\(word)s"
        let unknown = OpenAPIOperation.Answer.problem(404, "No such \(word).")
        let conflict = OpenAPIOperation.Answer.problem(409, "There is one already, or nobody could administer.")
        return [
            OpenAPIOperation(
                method: "get",
                path: path,
                id: "list\(schema)s",
                tag: "Access",
                summary: "Lists \(word)s, the oldest first.",
                security: .bearer,
                answers: [.json(200, "All of them.", "\(schema)s")]
            ),
            OpenAPIOperation(
                method: "post",
                path: path,
                id: "create\(schema)",
                tag: "Access",
                summary: word == "user"
                    ? "Lets a person into the console; the link is for them, and good for three days."
                    : "Makes a credential; its secret is shown only now.",
                security: .bearer,
                work: .writing,
                body: .json("\(schema)Draft", "The \(word)."),
                answers: [.json(201, "The \(word).", made), conflict]
            ),
            OpenAPIOperation(
                method: "patch",
                path: "\(path)/{id}",
                id: "update\(schema)",
                tag: "Access",
                summary: word == "user" ? "Gives a user other roles." : "Changes a credential, but for its secrets.",
                security: .bearer,
                work: .writing,
                body: word == "user"
                    ? .json("RolesBody", "All roles that it is to have.")
                    : .json(
                        "CredentialChange",
                        "What is to be another; null takes owner, expiresAt or requestsPerSecond away."
                    ),
                answers: [.json(200, "The \(word).", schema), unknown, conflict]
            ),
            OpenAPIOperation(
                method: "delete",
                path: "\(path)/{id}",
                id: "delete\(schema)",
                tag: "Access",
                summary: deletion,
                security: .bearer,
                work: .writing,
                answers: [.empty(204, "It is gone."), unknown, conflict]
            ),
        ]
    }

    private static let secretOperations = [
        OpenAPIOperation(
            method: "get",
            path: "/v1/credentials/{id}",
            id: "getCredential",
            tag: "Access",
            summary: "Shows a credential.",
            security: .bearer,
            answers: [.json(200, "The credential.", "Credential"), .problem(404, "No such credential.")]
        ),
        OpenAPIOperation(
            method: "post",
            path: "/v1/credentials/{id}/secrets",
            id: "addCredentialSecret",
            tag: "Access",
            summary: "Gives a credential a second secret, so that programs can go over to it one by one.",
            security: .bearer,
            work: .writing,
            answers: [
                .json(201, "The secret, which is shown only now.", "NewCredential"),
                .problem(404, "No such credential."), .problem(409, "It is revoked, or has two already."),
            ]
        ),
        OpenAPIOperation(
            method: "delete",
            path: "/v1/credentials/{id}/secrets/{secret}",
            id: "removeCredentialSecret",
            tag: "Access",
            summary: "Takes a secret away from a credential that has another one.",
            security: .bearer,
            work: .writing,
            answers: [
                .empty(204, "It is gone."), .problem(404, "No such credential or secret."),
                .problem(409, "It is the only one."),
            ]
        ),
    ]

    private static let tokenOperations = [
        OpenAPIOperation(
            method: "get",
            path: "/v1/credentials/{id}/tokens",
            id: "listCredentialTokens",
            tag: "Access",
            summary: "Lists the newest access tokens of a credential that are good, the newest first.",
            security: .bearer,
            answers: [
                .json(200, "At most \(TokenDesk.most).", "CredentialTokens"), .problem(404, "No such credential."),
            ]
        ),
        OpenAPIOperation(
            method: "delete",
            path: "/v1/credentials/{id}/tokens",
            id: "revokeCredentialTokens",
            tag: "Access",
            summary: "Ends every access token that a credential got until now.",
            security: .bearer,
            work: .writing,
            answers: [.empty(204, "They are refused."), .problem(404, "No such credential.")]
        ),
        OpenAPIOperation(
            method: "delete",
            path: "/v1/credentials/{id}/tokens/{token}",
            id: "revokeCredentialToken",
            tag: "Access",
            summary: "Ends an access token of a credential.",
            security: .bearer,
            work: .writing,
            answers: [.empty(204, "It is refused."), .problem(404, "No such credential or token.")]
        ),
    ]

    private static let keyOperations = [
        OpenAPIOperation(
            method: "get",
            path: "/v1/keys",
            id: "listKeys",
            tag: "Access",
            summary: "Tells how old the server's keys are and which secrets are under the one before; never a key.",
            security: .bearer,
            answers: [.json(200, "Both keys.", "ServerKeys")]
        ),
        OpenAPIOperation(
            method: "post",
            path: "/v1/keys/{key}/rotate",
            id: "rotateKey",
            tag: "Access",
            summary: "Makes a new key and uses it from then on; the one before is kept as long as something needs it.",
            security: .bearer,
            work: .writing,
            parameters: [
                .query(
                    "endTokens",
                    "For the token key: whether all that it signed ends at once.",
                    JSONSchema.word("true", "false")
                )
            ],
            answers: [
                .json(202, "Both keys; secrets are encrypted with the new one from now on.", "ServerKeys"),
                .problem(404, "No such key."),
                .problem(
                    409,
                    "The key before is still needed, comes from the environment, or does not open all secrets."
                ),
            ]
        ),
    ]

    // MARK: Schemas

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
