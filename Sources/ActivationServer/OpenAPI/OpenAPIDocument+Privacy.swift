import ActivationCore

extension OpenAPIDocument {
    /// People's requests for their data or its erasure.
    static let privacy: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "post",
            path: PrivacyRoutes.path,
            id: "createPrivacyJobs",
            tag: "Privacy",
            summary:
                "Takes people's requests for their data or its erasure; each person and action is a job, done behind the call.",
            work: .writing,
            body: .json("PrivacyRequest", "Who asks for what."),
            answers: [
                .json(202, "The jobs, stored.", "PrivacyReceipt"),
                .problem(429, "Too many jobs wait.", headers: ["Retry-After"]),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: PrivacyRoutes.path,
            id: "listPrivacyJobs",
            tag: "Privacy",
            summary:
                "Lists privacy jobs, the newest first; those of the last seven days unless the query names others.",
            parameters: [
                .query("regulation", "Only those under this law.", JSONSchema.word(of: PrivacyRegulation.self)),
                .query("status", "Only those that stand so.", JSONSchema.word(of: PrivacyJob.State.self)),
                .query("requestId", "Only those of this request, whenever it came."),
                .query("page", "Which page; the first is 0.", JSONSchema.integer(0...PrivacyJobQuery.pageMax)),
                .query(
                    "size",
                    "Jobs of a page; \(PrivacyJobQuery.sizeDefault) when absent.",
                    JSONSchema.integer(1...PrivacyJobQuery.sizeMax)
                ),
                .query("fromDate", "Asked for from this day of UTC on; with toDate.", JSONSchema.text),
                .query("toDate", "Asked for until the end of this day of UTC; with fromDate.", JSONSchema.text),
                .query("filterDate", "Asked for on this day of UTC.", JSONSchema.text),
            ],
            answers: [.json(200, "A page of them, and how many there are.", "PrivacyJobList")]
        ),
        OpenAPIOperation(
            method: "get",
            path: "\(PrivacyRoutes.path)/{id}",
            id: "readPrivacyJob",
            tag: "Privacy",
            summary:
                "Shows how a privacy job stands, with the values of its identities until it has ended to those who may see people and what links them.",
            work: .nothing,
            answers: [.json(200, "The job.", "PrivacyJob"), .problem(404, "No such job.")]
        ),
        OpenAPIOperation(
            method: "get",
            path: "\(PrivacyRoutes.path)/{id}/content",
            id: "downloadPrivacyCopy",
            tag: "Privacy",
            summary: "Gives the copy of a person's data that a job has made, as one JSON document.",
            answers: [
                .json(200, "All that was known of the person.", "PrivacyCopy"),
                .problem(403, "There are fields or audiences with labels that none of the roles has."),
                .problem(404, "No such job, or it has no copy to download."),
            ]
        ),
    ]

    private static let userID = JSONSchema.object(
        "An identity of the person; type says how the namespace is named.",
        [
            "namespace": JSONSchema.someText, "value": JSONSchema.text(1...Limits.identityValueCharactersMax),
            "type": JSONSchema.word(among: PrivacyRequest.qualifiers), "isDeletedClientSide": JSONSchema.flag,
        ],
        required: ["namespace", "value", "type"]
    )

    private static let user = JSONSchema.object(
        "A person, and what is to be done for them.",
        [
            "key": JSONSchema.text(1...PrivacyRequest.keyCharactersMax),
            "action": JSONSchema.array(JSONSchema.word(of: PrivacyJob.Action.self), count: 1...PrivacyRequest.listMax),
            "userIDs": JSONSchema.array(userID, count: 1...PrivacyRequest.identitiesMax),
        ],
        required: ["key", "action", "userIDs"]
    )

    private static let jobMembers: JSONObject = [
        "jobId": JSONSchema.text, "requestId": JSONSchema.text, "userKey": JSONSchema.text,
        "action": JSONSchema.word(of: PrivacyJob.Action.self), "status": JSONSchema.word(of: PrivacyJob.State.self),
        "submittedBy": JSONSchema.text, "createdDate": JSONSchema.text, "lastModifiedDate": JSONSchema.text,
        "regulation": JSONSchema.word(of: PrivacyRegulation.self), "dueAt": JSONSchema.instant,
    ]
    private static let jobRequired = [
        "jobId", "requestId", "userKey", "action", "status", "submittedBy", "createdDate", "lastModifiedDate",
        "regulation", "dueAt",
    ]

    private static let productResponse = JSONSchema.object(
        "What became of the job; the same for each product, since they have one store.",
        [
            "product": JSONSchema.text, "retryCount": JSONSchema.count, "processedDate": JSONSchema.text,
            "productStatusResponse": JSONSchema.object(
                "How it stands; erasures are the receipts.",
                [
                    "status": JSONSchema.word(of: PrivacyJob.State.self), "message": JSONSchema.text,
                    "responseMsgCode": JSONSchema.word(among: PrivacyOutcomeCode.allCases.map(\.word)),
                    "responseMsgDetail": JSONSchema.text,
                    "results": JSONSchema.object(
                        "The profiles that were shown or erased, and how many identities nobody has.",
                        [
                            "notFound": JSONSchema.count, "profiles": JSONSchema.array(JSONSchema.text),
                            "erasures": JSONSchema.array(JSONSchema.text),
                        ]
                    ),
                ],
                required: ["status"]
            ),
        ],
        required: ["product", "retryCount", "productStatusResponse"]
    )

    static let privacySchemas: [(String, JSONValue)] = [
        (
            "PrivacyRequest",
            JSONSchema.object(
                "People who ask, and what for. Of include profileService is needed.",
                [
                    "companyContexts": JSONSchema.array(
                        JSONSchema.object(
                            "The organisation.",
                            ["namespace": JSONSchema.text, "value": JSONSchema.text],
                            required: ["namespace", "value"]
                        ),
                        count: 1...100
                    ),
                    "users": JSONSchema.array(user, count: 1...PrivacyRequest.usersMax),
                    "include": JSONSchema.array(JSONSchema.text, count: 1...PrivacyRequest.listMax),
                    "expandIds": ["type": ["boolean", "string"]], "expandIDs": ["type": ["boolean", "string"]],
                    "priority": JSONSchema.word(of: PrivacyJob.Priority.self),
                    "analyticsDeleteMethod": JSONSchema.word("purge"), "mergePolicyId": JSONSchema.text,
                    "regulation": JSONSchema.word(of: PrivacyRegulation.self),
                    "onReturn": JSONSchema.word("accept", "refuse"),
                ],
                required: ["companyContexts", "users", "include", "regulation"]
            )
        ),
        (
            "PrivacyReceipt",
            JSONSchema.object(
                "The jobs of a request.",
                [
                    "requestId": JSONSchema.text, "requestStatus": JSONSchema.integer, "totalRecords": JSONSchema.count,
                    "jobs": JSONSchema.array(
                        JSONSchema.object(
                            "One person and one action.",
                            ["jobId": JSONSchema.text, "customer": JSONSchema.anyObject],
                            required: ["jobId", "customer"]
                        )
                    ),
                ],
                required: ["requestId", "requestStatus", "totalRecords", "jobs"]
            )
        ),
        (
            "PrivacyJobList",
            JSONSchema.object(
                "A page of jobs.",
                [
                    "jobDetails": JSONSchema.array(
                        JSONSchema.object(
                            "A job; dueAt is by when the law asks for an answer.",
                            jobMembers,
                            required: jobRequired
                        )
                    ), "totalRecords": JSONSchema.count, "page": JSONSchema.count, "size": JSONSchema.count,
                ],
                required: ["jobDetails", "totalRecords", "page", "size"]
            )
        ),
        (
            "PrivacyJob",
            JSONSchema.object(
                "A job. Identities have a value until it has ended, for those who may see it, and then a keyed hash.",
                JSONSchema.union(
                    jobMembers,
                    [
                        "userIds": JSONSchema.array(
                            JSONSchema.object(
                                "An identity that the request names.",
                                [
                                    "namespace": JSONSchema.text, "type": JSONSchema.text, "value": JSONSchema.text,
                                    "valueHash": JSONSchema.text, "isDeletedClientSide": JSONSchema.flag,
                                ],
                                required: ["namespace", "type", "isDeletedClientSide"]
                            )
                        ), "productResponses": JSONSchema.array(productResponse), "downloadURL": JSONSchema.text,
                        "downloadUrl": JSONSchema.text, "downloadUntil": JSONSchema.instant,
                    ]
                ),
                required: jobRequired + ["userIds", "productResponses"]
            )
        ),
        (
            "PrivacyCopy",
            JSONSchema.object(
                "All that was known of a person when it was read. Each profile is a Disclosure with the views of merge policies.",
                [
                    "jobId": JSONSchema.text, "requestId": JSONSchema.text, "userKey": JSONSchema.text,
                    "regulation": JSONSchema.text, "requestedAt": JSONSchema.instant, "preparedAt": JSONSchema.instant,
                    "profiles": JSONSchema.array(JSONSchema.anyObject),
                    "identities": JSONSchema.array(JSONSchema.anyObject),
                    "suppressions": JSONSchema.array(.reference("Suppression")),
                    "audienceNames": JSONSchema.anyObject, "dataflowNames": JSONSchema.anyObject,
                ],
                required: [
                    "jobId", "requestId", "userKey", "regulation", "requestedAt", "preparedAt", "profiles",
                    "identities", "suppressions", "audienceNames", "dataflowNames",
                ]
            )
        ),
    ]
}
