import ActivationCore

/// Dates on which datasets end.
extension OpenAPIDocument {
    private static let path = DatasetExpirationRoutes.path
    private static let unknown = OpenAPIOperation.Answer.problem(
        404,
        "Neither an expiration nor a dataset that has one."
    )

    static let datasetExpirations = [
        OpenAPIOperation(
            method: "get",
            path: path,
            id: "listDatasetExpirations",
            tag: "Datasets",
            summary: "Lists the dates on which datasets end, the one that changed last first.",
            parameters: parameters,
            answers: [.json(200, "A page of them, and how many there are.", "DatasetExpirations")]
        ),
        OpenAPIOperation(
            method: "post",
            path: path,
            id: "createDatasetExpiration",
            tag: "Datasets",
            summary: "Gives a dataset a date on which it ends with all that it has stated of people.",
            work: .writing,
            body: .json("DatasetExpirationDraft", "The dataset and the date, which is to come."),
            answers: [
                .json(201, "The expiration.", "DatasetExpiration"), .problem(404, "No such dataset, or it has ended."),
                .problem(
                    409,
                    "It has a date already, is an external audience's, or is where requests go that name none."
                ),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: "\(path)/{id}",
            id: "getDatasetExpiration",
            tag: "Datasets",
            summary: "Shows an expiration by its id or by its dataset's, with how far it is once its date has come.",
            answers: [.json(200, "The expiration.", "DatasetExpiration"), unknown]
        ),
        OpenAPIOperation(
            method: "put",
            path: "\(path)/{id}",
            id: "updateDatasetExpiration",
            tag: "Datasets",
            summary: "Changes an expiration whose date is to come; by the id of a dataset that has none, makes one.",
            work: .writing,
            body: .json("DatasetExpirationDraft", "What is to be another."),
            answers: [
                .json(200, "The expiration.", "DatasetExpiration"), .json(201, "A new one.", "DatasetExpiration"),
                unknown,
                .problem(409, "It was cancelled, its date has come, or the dataset can have none."),
            ]
        ),
        OpenAPIOperation(
            method: "delete",
            path: "\(path)/{id}",
            id: "cancelDatasetExpiration",
            tag: "Datasets",
            summary: "Cancels an expiration whose date is to come; it stays listed as cancelled.",
            work: .writing,
            answers: [
                .empty(204, "The dataset stays."),
                .problem(404, "No such expiration, or it is cancelled already, or its date has come."),
            ]
        ),
    ]

    private static var parameters: [OpenAPIOperation.Parameter] {
        let words = DatasetExpirationQuery.Order.allCases.map(\.rawValue).joined(separator: "|")
        let states = DatasetExpiration.Status.allCases.map(\.rawValue).joined(separator: "|")
        var parameters: [OpenAPIOperation.Parameter] = [
            .query("page", "Which page; the first is 0.", JSONSchema.integer(0...ServerLimits.objectsMax)),
            .query(
                "limit",
                "Expirations of a page; \(DatasetExpirationQuery.limitDefault) when absent.",
                JSONSchema.integer(1...ServerLimits.pageItemsMax)
            ),
            .query(
                "orderBy",
                "A member, with - in front for the last first.",
                JSONSchema.text(matching: "^[+-]?(\(words))$")
            ),
            .query(
                "status",
                "Only those that stand so; a list by commas.",
                JSONSchema.text(matching: "^(\(states))(,(\(states)))*$")
            ),
            .query("search", "Only the one with this id, and those that have this in a text of theirs."),
            .query("datasetId", "Only those of this dataset."),
            .query("ttlId", "Only this one."),
            .query("author", "Only those that were made by this name."),
            .query("sandboxName", "Only if this is the sandbox; * = whichever it is."),
        ]
        for name in DatasetExpirationQuery.contained {
            parameters.append(.query(name, "Only those that have this in their \(name), whatever its case."))
        }
        for name in DatasetExpirationQuery.dated {
            parameters.append(.query("\(name)Date", "\(name) in the 24 hours from here on, by UTC.", JSONSchema.text))
            parameters.append(.query("\(name)FromDate", "\(name) at this instant or later.", JSONSchema.text))
            parameters.append(.query("\(name)ToDate", "\(name) at this instant or earlier.", JSONSchema.text))
        }
        return parameters
    }

    private static let draft: JSONObject = [
        "datasetId": JSONSchema.someText,
        "expiry": JSONSchema.text,
        "displayName": JSONSchema.text(0...ServerLimits.nameCharactersMax),
        "description": JSONSchema.text(0...DatasetExpirationDraft.descriptionCharactersMax),
    ]

    static let datasetExpirationSchemas: [(String, JSONValue)] = [
        (
            "DatasetExpirations",
            JSONSchema.object(
                "A page of expirations.",
                [
                    "results": JSONSchema.array(.reference("DatasetExpiration")), "current_page": JSONSchema.count,
                    "total_pages": JSONSchema.count, "total_count": JSONSchema.count,
                ],
                required: ["results", "current_page", "total_pages", "total_count"]
            )
        ),
        (
            "DatasetExpiration",
            JSONSchema.object(
                """
                A date on which a dataset ends with all that it has stated. Of one whose date has come, headwater says how far \
                the visit to all profiles is that takes it out, and what it took out of them.
                """,
                [
                    "ttlId": JSONSchema.text, "datasetId": JSONSchema.text, "datasetName": JSONSchema.text,
                    "sandboxName": JSONSchema.text, "displayName": JSONSchema.text, "description": JSONSchema.text,
                    "imsOrg": JSONSchema.text, "status": JSONSchema.word(of: DatasetExpiration.Status.self),
                    "expiry": JSONSchema.instant, "createdAt": JSONSchema.instant, "updatedAt": JSONSchema.instant,
                    "updatedBy": JSONSchema.text, "cancelledAt": JSONSchema.instant,
                    "headwater": JSONSchema.object(
                        "How far it is.",
                        [
                            "startedAt": JSONSchema.instant, "completedAt": JSONSchema.instant,
                            "profilesVisited": JSONSchema.count, "profilesTotal": JSONSchema.count,
                            "profilesChanged": JSONSchema.count, "factsRemoved": JSONSchema.count,
                            "eventsRemoved": JSONSchema.count,
                        ],
                        required: [
                            "startedAt", "profilesVisited", "profilesTotal", "profilesChanged", "factsRemoved",
                            "eventsRemoved",
                        ]
                    ),
                ],
                required: [
                    "ttlId", "datasetId", "datasetName", "sandboxName", "displayName", "description", "imsOrg",
                    "status",
                    "expiry", "createdAt", "updatedAt", "updatedBy",
                ]
            )
        ),
        (
            "DatasetExpirationDraft",
            JSONSchema.object(
                """
                What an expiration is to be. expiry is a date or an instant, such as 2027-01-31 or 2027-01-31T12:00:00Z, of UTC \
                unless it has an offset, cut to seconds; it is to come. datasetId and expiry are needed to make one.
                """,
                draft
            )
        ),
    ]
}
