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
}
