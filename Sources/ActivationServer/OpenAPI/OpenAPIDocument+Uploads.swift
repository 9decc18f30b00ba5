import ActivationCore
import TextFiles

extension OpenAPIDocument {
    private static func operation(
        _ method: String,
        _ path: String,
        _ id: String,
        _ summary: String,
        work: OpenAPIOperation.Work = .reading,
        parameters: [OpenAPIOperation.Parameter] = [],
        body: OpenAPIOperation.Body? = nil,
        answers: [OpenAPIOperation.Answer]
    ) -> OpenAPIOperation {
        OpenAPIOperation(
            method: method,
            path: "/v1" + path,
            id: id,
            tag: "Uploads",
            summary: summary,
            security: .bearer,
            work: work,
            parameters: parameters,
            body: body,
            answers: answers
        )
    }

    private static let way: [OpenAPIOperation.Parameter] = [
        .query("encoding", "How the file is written.", encoding),
        .query("delimiter", "What stands between cells: one character, or tab."),
    ]
    private static let encoding = JSONValue.object([
        "type": "string", "enum": .array(TextEncoding.Name.allCases.map { .string($0.rawValue) }),
    ])
    private static let unknown = OpenAPIOperation.Answer.problem(404, "No such upload.")

    /// Files of members of external audiences.
    static let uploads: [OpenAPIOperation] = [
        operation(
            "get",
            "/audiences/{id}/uploads",
            "listUploads",
            "Lists the uploads of an external audience, the newest first; of those that have ended the last twenty.",
            answers: [
                .json(200, "The uploads.", "UploadList"), .problem(404, "No such audience."),
                .problem(409, "The audience is made of a rule."),
            ]
        ),
        operation(
            "post",
            "/audiences/{id}/uploads",
            "beginUpload",
            "Begins the upload of a CSV file with the members of an external audience; its bytes follow.",
            work: .writing,
            body: .json("UploadDraft", "What the sender knows of the file."),
            answers: [
                .json(201, "The upload.", "Upload"), .problem(404, "No such audience."),
                .problem(409, "The audience is made of a rule, or inactive."), .problem(413, "The file is too large."),
                .problem(429, "As many files as may are on their way.", headers: ["Retry-After"]),
            ]
        ),
        operation(
            "post",
            "/audiences/{id}/refresh",
            "refreshAudience",
            "Lets the members of the last upload stay for the audience's days from now on; in the last seven days before they expire.",
            work: .writing,
            answers: [
                .json(200, "The audience.", "Audience"), .problem(404, "No such audience."),
                .problem(409, "It is too soon, or its members have expired."),
            ]
        ),
        operation(
            "get",
            "/uploads/{id}",
            "getUpload",
            "Shows how an upload stands.",
            answers: [.json(200, "The upload.", "Upload"), unknown]
        ),
        operation(
            "put",
            "/uploads/{id}/content",
            "sendUploadContent",
            "Takes bytes of the file that follow on those received; what came stays, so a sender goes on from there.",
            work: .writing,
            parameters: [
                .query(
                    "offset",
                    "Where the bytes stand in the file; 0 when absent.",
                    JSONSchema.integer(0...Int(AudienceFile.bytesMax))
                )
            ],
            body: OpenAPIOperation.Body(
                contentTypes: ["application/octet-stream", "text/csv"],
                description: "The bytes.",
                schema: [:],
                isRequired: false
            ),
            answers: [
                .json(200, "The upload, all bytes durable.", "Upload"), unknown,
                .problem(409, "The bytes do not follow on those received, or none are taken any more."),
                .problem(413, "The file is too large."),
                .problem(507, "The disk is full.", headers: ["Retry-After"]),
            ]
        ),
        operation(
            "get",
            "/uploads/{id}/layout",
            "showUploadLayout",
            "Shows how the file is read before anything of it is taken: encoding, delimiter, columns, and what is wrong in its beginning.",
            parameters: way,
            answers: [
                .json(200, "The layout.", "UploadLayout"), unknown, .problem(400, "The file cannot be read that way."),
                .problem(409, "There are no bytes to look at."),
            ]
        ),
        operation(
            "post",
            "/uploads/{id}/start",
            "startUpload",
            "Has the file read: checked first, then its rows become members, then whoever it does not name exits.",
            work: .writing,
            parameters: [traceparent],
            body: .json("UploadStart", "How the file is read."),
            answers: [
                .json(202, "The upload.", "Upload"), unknown, .problem(400, "The file cannot be taken that way."),
                .problem(409, "It was started before, is not whole, or another one of the audience is under way."),
            ]
        ),
        operation(
            "get",
            "/uploads/{id}/refusals",
            "downloadRefusals",
            "Gives the rows that could not be taken, as CSV: line, column, code, message; no value.",
            work: .recording,
            answers: [
                OpenAPIOperation.Answer(
                    status: 200,
                    description: "The rows.",
                    contentType: "text/csv",
                    schema: JSONSchema.text
                ), unknown,
            ]
        ),
        operation(
            "delete",
            "/uploads/{id}",
            "deleteUpload",
            "Ends an upload and forgets it; whom its rows have named so far stays a member.",
            work: .writing,
            answers: [.empty(204, "Gone."), unknown]
        ),
    ]

    private static let counts = JSONSchema.object(
        "What became of rows.",
        ["accepted": JSONSchema.count, "refused": JSONSchema.count, "empty": JSONSchema.count],
        required: ["accepted", "refused", "empty"]
    )
    private static let startMembers: JSONObject = [
        "identityColumn": JSONSchema.someText, "namespace": JSONSchema.someText, "encoding": encoding,
        "delimiter": JSONSchema.text,
    ]

    static let uploadSchemas: [(String, JSONValue)] = [
        (
            "UploadDraft",
            JSONSchema.object(
                "What the sender knows of a file; stamp is what it knows the file by when going on later.",
                ["fileName": JSONSchema.text, "stamp": JSONSchema.text, "size": JSONSchema.count]
            )
        ),
        (
            "UploadStart",
            JSONSchema.object(
                "How a file is read.",
                startMembers,
                required: ["identityColumn", "namespace"]
            )
        ),
        (
            "Upload",
            JSONSchema.object(
                """
                A file of members. found is what the check has found, rows what became of them; trouble is why it failed, or what \
                it waits for; newProfiles counts the people who were \
                not known before; refusalsComplete is false where more rows were refused than are listed. One that was begun at the \
                console has no audienceId until somebody says for which audience it is.
                """,
                [
                    "id": JSONSchema.text, "audienceId": JSONSchema.text,
                    "state": JSONSchema.word("receiving", "checking", "entering", "succeeded", "failed"),
                    "received": JSONSchema.count, "size": JSONSchema.count, "fileName": JSONSchema.text,
                    "stamp": JSONSchema.text, "createdAt": JSONSchema.instant, "updatedAt": JSONSchema.instant,
                    "edition": JSONSchema.count, "trouble": JSONSchema.text,
                    "reading": JSONSchema.object("How it is read.", startMembers), "found": counts, "rows": counts,
                    "newProfiles": JSONSchema.count, "refusalsComplete": JSONSchema.flag,
                ],
                required: ["id", "state", "received", "createdAt", "updatedAt"]
            )
        ),
        (
            "UploadList",
            JSONSchema.object(
                "The uploads of an audience.",
                ["uploads": JSONSchema.array(.reference("Upload"))],
                required: ["uploads"]
            )
        ),
        (
            "UploadLayout",
            JSONSchema.object(
                "How a file is read; rows, emptyRows and refusals are of its beginning.",
                [
                    "encoding": encoding, "byteOrderMark": JSONSchema.flag, "delimiter": JSONSchema.text,
                    "columns": JSONSchema.array(JSONSchema.text), "rows": JSONSchema.count,
                    "emptyRows": JSONSchema.count, "isWhole": JSONSchema.flag,
                    "faults": JSONSchema.array(
                        JSONSchema.object(
                            "Why it cannot be taken.",
                            ["code": JSONSchema.text, "message": JSONSchema.text],
                            required: ["code", "message"]
                        )
                    ),
                    "refusals": JSONSchema.array(
                        JSONSchema.object(
                            "A row that cannot be taken.",
                            [
                                "line": JSONSchema.count, "column": JSONSchema.count, "code": JSONSchema.text,
                                "message": JSONSchema.text,
                            ],
                            required: ["line", "column", "code", "message"]
                        )
                    ),
                ],
                required: [
                    "encoding", "byteOrderMark", "delimiter", "columns", "rows", "emptyRows", "isWhole", "faults",
                    "refusals",
                ]
            )
        ),
    ]
}
