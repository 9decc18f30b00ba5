import ActivationCore

extension OpenAPIDocument {
    private static let definitions = "/data/core/ups/segment/definitions"
    private static let namespaces = "/data/core/idnamespace/identities"
    private static let datasets = "/data/foundation/catalog/dataSets"

    /// Segment definitions.
    static let audiences: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "get",
            path: definitions,
            id: "listSegmentDefinitions",
            tag: "Audiences",
            summary: "Lists definitions.",
            parameters: pages + [
                .query(
                    "sort",
                    "creationTime, updateTime or name, then :asc or :desc.",
                    JSONSchema.text(matching: "^(creationTime|updateTime|name)(:(asc|desc))?$")
                ),
                .query("evaluationInfo.continuous.enabled", "Only those with this value.", JSONSchema.flag),
                .query("evaluationInfo.batch.enabled", "Only those with this value.", JSONSchema.flag),
                .query("evaluationInfo.synchronous.enabled", "Only those with this value.", JSONSchema.flag),
            ],
            answers: [.json(200, "One page.", "SegmentDefinitionPage")]
        ),
        OpenAPIOperation(
            method: "post",
            path: definitions,
            id: "createSegmentDefinition",
            tag: "Audiences",
            summary: "Makes an audience and evaluates it for all profiles.",
            work: .writing,
            body: .json("SegmentDefinitionDraft", "Name and expression."),
            answers: [
                .json(200, "The definition.", "SegmentDefinition"),
                .problem(400, "Not a usable definition; expression errors name line and column."),
                .problem(409, "The name is taken."),
            ]
        ),
        OpenAPIOperation(
            method: "post",
            path: definitions + "/bulk-get",
            id: "bulkGetSegmentDefinitions",
            tag: "Audiences",
            summary: "Shows several definitions.",
            body: .json("IDList", "The ids."),
            answers: [.json(207, "Definitions by id.", "SegmentDefinitionResults")]
        ),
        OpenAPIOperation(
            method: "get",
            path: definitions + "/{id}",
            id: "getSegmentDefinition",
            tag: "Audiences",
            summary: "Shows a definition with its progress and member count.",
            answers: [.json(200, "The definition.", "SegmentDefinition"), .problem(404, "No such definition.")]
        ),
        OpenAPIOperation(
            method: "patch",
            path: definitions + "/{id}",
            id: "updateSegmentDefinition",
            tag: "Audiences",
            summary: "Changes the members given and keeps the others.",
            work: .writing,
            body: .json("SegmentDefinitionChange", "The members to change, or the whole definition."),
            answers: [
                .json(200, "The definition.", "SegmentDefinition"),
                .problem(400, "Not a usable definition; expression errors name line and column."),
                .problem(404, "No such definition."),
                .problem(409, "The name is taken, or the audience cannot get to the state."),
            ]
        ),
        OpenAPIOperation(
            method: "delete",
            path: definitions + "/{id}",
            id: "deleteSegmentDefinition",
            tag: "Audiences",
            summary: "Deletes an audience that nothing uses.",
            work: .writing,
            answers: [
                .empty(200, "Deleted."),
                .problem(404, "No such definition."),
                .problem(409, "A dataflow or another audience uses it."),
            ]
        ),
        OpenAPIOperation(
            method: "post",
            path: "/data/core/ups/segment/conversion",
            id: "convertSegmentDefinition",
            tag: "Audiences",
            summary: "Gives a rule in the other format, pql/json for pql/text and the other way round; stores nothing.",
            body: .json("SegmentConversion", "A definition with the expression."),
            answers: [
                .json(200, "The definition, its expression converted.", "ConvertedSegment"),
                .problem(400, "The expression cannot be read, or something in it has no form in JSON."),
            ]
        ),
    ]

    /// Namespaces and datasets.
    static let catalog: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "get",
            path: namespaces,
            id: "listIdentityNamespaces",
            tag: "Identities",
            summary: "Lists standard and custom namespaces.",
            answers: [.json(200, "All namespaces.", "IdentityNamespaces")]
        ),
        OpenAPIOperation(
            method: "post",
            path: namespaces,
            id: "createIdentityNamespace",
            tag: "Identities",
            summary: "Makes a custom namespace; it stays for good.",
            work: .writing,
            body: .json("IdentityNamespaceDraft", "Symbol, name and type."),
            answers: [
                .json(201, "The namespace.", "IdentityNamespace"),
                .problem(409, "The symbol or the name is taken."),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: namespaces + "/{id}",
            id: "getIdentityNamespace",
            tag: "Identities",
            summary: "Shows a namespace by id or symbol.",
            answers: [.json(200, "The namespace.", "IdentityNamespace"), .problem(404, "No such namespace.")]
        ),
        OpenAPIOperation(
            method: "patch",
            path: namespaces + "/{id}",
            id: "updateIdentityNamespace",
            tag: "Identities",
            summary: "Sets which values of a namespace mean nobody; null brings the default list back.",
            work: .writing,
            body: .json("IgnoredValues", "The list."),
            answers: [.json(200, "The namespace.", "IdentityNamespace"), .problem(404, "No such namespace.")]
        ),
        OpenAPIOperation(
            method: "get",
            path: datasets,
            id: "listDatasets",
            tag: "Datasets",
            summary: "Lists datasets by id.",
            parameters: pages,
            answers: [.json(200, "The datasets.", "Datasets")]
        ),
        OpenAPIOperation(
            method: "post",
            path: datasets,
            id: "createDataset",
            tag: "Datasets",
            summary: "Makes a dataset; a name is enough.",
            work: .writing,
            body: .json("DatasetDraft", "The dataset."),
            answers: [
                .json(201, "A reference to the dataset.", "DatasetReferences"),
                .problem(409, "There are as many datasets as may be."),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: datasets + "/{id}",
            id: "getDataset",
            tag: "Datasets",
            summary: "Shows a dataset under its id.",
            answers: [.json(200, "The dataset.", "Datasets"), .problem(404, "No such dataset.")]
        ),
        OpenAPIOperation(
            method: "patch",
            path: datasets + "/{id}",
            id: "updateDataset",
            tag: "Datasets",
            summary: "Changes the members of a dataset that the body has; a body that is an array is a JSON Patch.",
            work: .writing,
            body: .json("DatasetChange", "The members; null takes one away."),
            answers: [
                .json(200, "A reference to the dataset.", "DatasetReferences"), .problem(404, "No such dataset."),
                .problem(409, "It is the dataset of an external audience."),
            ]
        ),
    ]

    /// What `ListPage` reads.
    static let pages: [OpenAPIOperation.Parameter] = [
        .query("start", "Objects to skip.", JSONSchema.integer(0...ServerLimits.objectsMax)),
        .query("page", "Pages to skip; not together with start.", JSONSchema.integer(0...ServerLimits.objectsMax)),
        .query("limit", "Objects per page.", JSONSchema.integer(1...ServerLimits.pageItemsMax)),
    ]
}
