import ActivationCore

/// Sandboxes (BEHAVIOUR 8.6).
extension OpenAPIDocument {
    private static let sandboxPath = "\(SandboxRoutes.path)/sandboxes"
    private static let unknownSandbox = OpenAPIOperation.Answer.problem(404, "No such sandbox.")
    private static let endingParameters: [OpenAPIOperation.Parameter] = [
        .query("validationOnly", "Whether only to say whether it could be done.", JSONSchema.word("true", "false")),
        .query(
            "ignoreWarnings",
            "Whether to do it although dataflows are enabled, whose waiting records are lost.",
            JSONSchema.word("true", "false")
        ),
    ]

    static let sandboxes: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "get",
            path: SandboxRoutes.path,
            id: "listOwnSandboxes",
            tag: "Sandboxes",
            summary: "Lists the sandboxes that the client may use.",
            answers: [.json(200, "All of them.", "Sandboxes")]
        ),
        OpenAPIOperation(
            method: "get",
            path: "\(SandboxRoutes.path)/sandboxTypes",
            id: "listSandboxTypes",
            tag: "Sandboxes",
            summary: "Lists what sandboxes can be for.",
            answers: [.json(200, "The types.", "SandboxTypes")]
        ),
        OpenAPIOperation(
            method: "get",
            path: sandboxPath,
            id: "listSandboxes",
            tag: "Sandboxes",
            summary: "Lists all sandboxes.",
            parameters: [
                .query("limit", "How many; 50 when absent.", JSONSchema.integer(1...ServerLimits.pageItemsMax)),
                .query("offset", "How many to leave out.", JSONSchema.integer(0...ServerLimits.objectsMax)),
                .query("property", "Only those with it: name==dev; also title, type, state."),
            ],
            answers: [.json(200, "One page.", "Sandboxes")]
        ),
        OpenAPIOperation(
            method: "post",
            path: sandboxPath,
            id: "createSandbox",
            tag: "Sandboxes",
            summary: "Makes a sandbox; it can be used when its state is active.",
            work: .writing,
            body: .json("SandboxDraft", "The sandbox."),
            answers: [.json(202, "It is being made.", "ManagedSandbox")]
        ),
        OpenAPIOperation(
            method: "get",
            path: "\(sandboxPath)/{name}",
            id: "getSandbox",
            tag: "Sandboxes",
            summary: "Shows a sandbox.",
            answers: [.json(200, "The sandbox.", "ManagedSandbox"), unknownSandbox]
        ),
        OpenAPIOperation(
            method: "patch",
            path: "\(sandboxPath)/{name}",
            id: "renameSandbox",
            tag: "Sandboxes",
            summary: "Gives a sandbox another title.",
            work: .writing,
            body: .json("SandboxTitle", "The title."),
            answers: [.json(200, "The sandbox.", "ManagedSandbox"), unknownSandbox]
        ),
        OpenAPIOperation(
            method: "put",
            path: "\(sandboxPath)/{name}",
            id: "resetSandbox",
            tag: "Sandboxes",
            summary: "Empties a sandbox: people, configuration, history and what waits to be sent go.",
            work: .writing,
            parameters: endingParameters,
            body: .json("SandboxAction", "What is to be done."),
            answers: [
                .json(202, "It is being emptied.", "ManagedSandbox"),
                .json(200, "It could be emptied.", "ManagedSandbox"),
                unknownSandbox, .problem(409, "It is the default one, is not active, or sends."),
            ]
        ),
        OpenAPIOperation(
            method: "delete",
            path: "\(sandboxPath)/{name}",
            id: "deleteSandbox",
            tag: "Sandboxes",
            summary: "Removes a sandbox with everything in it.",
            work: .writing,
            parameters: endingParameters,
            answers: [
                .json(202, "It is being removed.", "ManagedSandbox"),
                .json(200, "It could be removed.", "ManagedSandbox"),
                unknownSandbox, .problem(409, "It is the default one, is not active, or sends."),
            ]
        ),
    ]

    static let sandboxSchemas: [(String, JSONValue)] = [
        (
            "ManagedSandbox",
            JSONSchema.object(
                "A part of the organisation with data, configuration, history and streams of its own.",
                [
                    "id": JSONSchema.text, "name": JSONSchema.someText, "title": JSONSchema.someText,
                    "state": JSONSchema.word("creating", "active", "resetting", "deleting", "failed"),
                    "type": JSONSchema.word(of: Sandbox.Kind.self), "region": JSONSchema.text,
                    "isDefault": JSONSchema.flag, "eTag": JSONSchema.text, "createdDate": JSONSchema.text,
                    "lastModifiedDate": JSONSchema.text, "createdBy": JSONSchema.text, "modifiedBy": JSONSchema.text,
                ],
                required: ["id", "name", "title", "state", "type", "isDefault"]
            )
        ),
        (
            "Sandboxes",
            JSONSchema.object(
                "Sandboxes, the default one first, then the oldest first.",
                [
                    "sandboxes": JSONSchema.array(.reference("ManagedSandbox")), "_page": JSONSchema.anyObject,
                    "_links": JSONSchema.anyObject,
                ],
                required: ["sandboxes", "_page"]
            )
        ),
        (
            "SandboxTypes",
            JSONSchema.object(
                "What sandboxes can be for.",
                ["sandboxTypes": JSONSchema.array(JSONSchema.word(of: Sandbox.Kind.self))],
                required: ["sandboxTypes"]
            )
        ),
        (
            "SandboxDraft",
            JSONSchema.object(
                "What a sandbox is to be.",
                [
                    "name": JSONSchema.text(1...64), "title": JSONSchema.text(1...ServerLimits.nameCharactersMax),
                    "type": JSONSchema.word(of: Sandbox.Kind.self),
                ],
                required: ["name", "title", "type"]
            )
        ),
        (
            "SandboxTitle",
            JSONSchema.object(
                "What people call a sandbox.",
                ["title": JSONSchema.text(1...ServerLimits.nameCharactersMax)],
                required: ["title"]
            )
        ),
        (
            "SandboxAction",
            JSONSchema.object(
                "What is to be done with a sandbox.",
                ["action": JSONSchema.word("reset")],
                required: ["action"]
            )
        ),
    ]
}
