import ActivationCore

/// Groups of users.
extension OpenAPIDocument {
    private static let unknownGroup = OpenAPIOperation.Answer.problem(404, "No such group.")

    static let groupOperations = [
        OpenAPIOperation(
            method: "get",
            path: "/v1/groups",
            id: "listGroups",
            tag: "Access",
            summary: "Lists groups of users, the oldest first.",
            security: .bearer,
            answers: [.json(200, "All of them.", "Groups")]
        ),
        OpenAPIOperation(
            method: "post",
            path: "/v1/groups",
            id: "createGroup",
            tag: "Access",
            summary: "Makes a group of users, who have its roles beside their own.",
            security: .bearer,
            work: .writing,
            body: .json("GroupDraft", "The group."),
            answers: [
                .json(201, "The group.", "Group"),
                .problem(409, "Another one has the name, or there are too many."),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/groups/{id}",
            id: "getGroup",
            tag: "Access",
            summary: "Shows a group.",
            security: .bearer,
            answers: [.json(200, "The group.", "Group"), unknownGroup]
        ),
        OpenAPIOperation(
            method: "patch",
            path: "/v1/groups/{id}",
            id: "updateGroup",
            tag: "Access",
            summary:
                "Changes what the body names of a group; its members may do what it says from their next request on.",
            security: .bearer,
            work: .writing,
            body: .json("GroupChange", "What is to be another; an empty externalName takes it away."),
            answers: [
                .json(200, "The group.", "Group"), unknownGroup,
                .problem(409, "Another one has the name, or nobody could administer."),
            ]
        ),
        OpenAPIOperation(
            method: "delete",
            path: "/v1/groups/{id}",
            id: "deleteGroup",
            tag: "Access",
            summary: "Deletes a group; its members lose its roles.",
            security: .bearer,
            work: .writing,
            answers: [.empty(204, "It is gone."), unknownGroup, .problem(409, "Nobody could administer.")]
        ),
    ]

    private static let draft: JSONObject = [
        "name": JSONSchema.text(1...ServerLimits.nameCharactersMax),
        "description": JSONSchema.text(0...UserGroupDraft.meaningCharactersMax),
        "externalName": JSONSchema.text(0...UserGroupDraft.externalNameCharactersMax),
        "members": JSONSchema.array(JSONSchema.someText, count: 0...UserGroup.membersMax),
        "roles": JSONSchema.array(JSONSchema.someText, count: 0...ControlPlane.rolesInAllMax),
    ]

    static let groupSchemas: [(String, JSONValue)] = [
        (
            "Groups",
            JSONSchema.object("All groups.", ["items": JSONSchema.array(.reference("Group"))], required: ["items"])
        ),
        (
            "Group",
            JSONSchema.object(
                "Users who have roles together; externalName is what the identity provider calls it.",
                JSONSchema.union(draft, ["id": JSONSchema.text]),
                required: ["id", "name", "description", "members", "roles"]
            )
        ),
        ("GroupDraft", JSONSchema.object("What a group is to be.", draft, required: ["name"])),
        ("GroupChange", JSONSchema.object("What is to be another of a group.", draft)),
    ]
}
