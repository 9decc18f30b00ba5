import ActivationCore
import HTTPTypes

/// One route as the OpenAPI document describes it.
struct OpenAPIOperation: Sendable {
    /// Which credentials a caller needs.
    enum Security: Sendable {
        /// None.
        case none
        /// A bearer token.
        case bearer
        /// A bearer token, the api key and the organisation (BEHAVIOUR 1.1).
        case gateway
        /// A bearer token unless the inlet was made without.
        case inlet
    }

    /// What answering takes, which says what else can go wrong.
    enum Work: Sendable {
        /// Nothing that can fail.
        case nothing
        /// Reads what the server holds.
        case reading
        /// Records who asks, then reads what the server holds.
        case recording
        /// Changes what the server holds.
        case writing
    }

    /// A parameter in the path, the query or a header.
    struct Parameter: Sendable {
        var name: String
        var place: String
        var description: String
        var isRequired: Bool
        var schema: JSONValue

        /// A parameter in the query.
        static func query(
            _ name: String,
            _ description: String,
            _ schema: JSONValue = JSONSchema.text,
            required: Bool = false
        ) -> Parameter {
            Parameter(name: name, place: "query", description: description, isRequired: required, schema: schema)
        }

        /// A request header.
        static func header(
            _ name: String,
            _ description: String,
            _ schema: JSONValue = JSONSchema.text,
            required: Bool = false
        ) -> Parameter {
            Parameter(name: name, place: "header", description: description, isRequired: required, schema: schema)
        }
    }

    /// What the caller sends.
    struct Body: Sendable {
        var contentTypes: [String]
        var description: String
        var schema: JSONValue
        var isRequired = true

        /// A JSON document of a schema named in the components.
        static func json(_ schema: String, _ description: String) -> Body {
            Body(contentTypes: ["application/json"], description: description, schema: .reference(schema))
        }
    }

    /// One answer.
    struct Answer: Sendable {
        var status: Int
        var description: String
        var contentType = "application/json"
        var schema: JSONValue?
        var headers: [String] = []

        /// A JSON document of a schema named in the components.
        static func json(_ status: Int, _ description: String, _ schema: String, headers: [String] = []) -> Answer {
            Answer(status: status, description: description, schema: .reference(schema), headers: headers)
        }

        /// An answer without a body.
        static func empty(_ status: Int, _ description: String) -> Answer {
            Answer(status: status, description: description)
        }

        /// Problem details.
        static func problem(_ status: Int, _ description: String, headers: [String] = []) -> Answer {
            Answer(
                status: status,
                description: description,
                contentType: "application/problem+json",
                schema: .reference("Problem"),
                headers: headers
            )
        }

        /// A refusal of the gateway's checks.
        static func gateway(_ status: Int, _ description: String) -> Answer {
            .json(status, description, "GatewayError", headers: status == 401 ? ["WWW-Authenticate"] : [])
        }
    }

    /// The method in lower case.
    var method: String
    /// The path with its parameters in braces.
    var path: String
    /// A unique name for client generators.
    var id: String
    /// The group in which it is shown.
    var tag: String
    /// What it does, in one line.
    var summary: String
    /// Which credentials it needs.
    var security: Security = .gateway
    /// What it takes to answer.
    var work: Work = .reading
    /// Query and header parameters; those of the path follow from it.
    var parameters: [Parameter] = []
    /// What the caller sends, if anything.
    var body: Body?
    /// What may come back beside what follows from security, body and work.
    var answers: [Answer]

    /// The OpenAPI operation object.
    var json: JSONValue {
        var operation: JSONObject = [
            "operationId": .string(id),
            "tags": [.string(tag)],
            "summary": .string(summary),
        ]
        let parameters = pathParameters + securityParameters + parameters
        if !parameters.isEmpty { operation["parameters"] = .array(parameters.map(\.json)) }
        if let body { operation["requestBody"] = body.json }
        operation["responses"] = responses
        let access = HTTPRequest.Method(method.uppercased()).flatMap { APIAccess.of($0, path) }
        operation["x-permissions"] = access?.json
        let token: [JSONValue] =
            [["bearer": []]] + (access?.scopes ?? []).map { ["clientCredentials": .array($0.map { .string($0) })] }
        operation["security"] =
            switch security {
            case .none: []
            case .bearer, .gateway: .array(token)
            case .inlet: .array(token + [[:]])
            }
        return .object(operation)
    }

    /// Every status that can come, with one description and all types that its bodies can have.
    private var responses: JSONValue {
        var responses = JSONObject()
        for answer in answers + securityAnswers + bodyAnswers + workAnswers + connectionAnswers {
            let status = String(answer.status)
            responses[status] = answer.added(to: responses[status] ?? [:])
        }
        return .object(responses)
    }

    private var pathParameters: [Parameter] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { part in
            Parameter(
                name: String(part.dropFirst().dropLast()),
                place: "path",
                description: "The object's id.",
                isRequired: true,
                schema: JSONSchema.someText
            )
        }
    }

    private var securityParameters: [Parameter] {
        let sandbox = Parameter.header("x-sandbox-name", "The sandbox; prod when absent.")
        switch security {
        case .none, .inlet: return []
        case .bearer: return [sandbox]
        case .gateway:
            return [
                .header("x-api-key", "The client id.", required: true),
                .header("x-gw-ims-org-id", "The organisation.", required: true), sandbox,
            ]
        }
    }

    private var securityAnswers: [Answer] {
        let token = [
            Answer.gateway(401, "The token is not valid."),
            Answer.gateway(403, "A credential is missing or does not allow this."),
            Answer.problem(403, "A permission is missing."),
            Answer.problem(429, "The credential has sent its requests of a second.", headers: ["Retry-After"]),
            Answer.problem(404, "No such sandbox."),
        ]
        switch security {
        case .none: return []
        case .bearer: return token
        case .gateway: return [.gateway(400, "The organisation is missing.")] + token
        case .inlet:
            return [
                .problem(401, "The inlet needs a token.", headers: ["WWW-Authenticate"]),
                .problem(403, "The token does not open the inlet, or the web page may not send to it."),
                .problem(404, "No such inlet."),
                .problem(429, "The credential has sent its requests of a second.", headers: ["Retry-After"]),
            ]
        }
    }

    private var bodyAnswers: [Answer] {
        let query = parameters.contains { $0.place == "query" }
        guard body != nil else { return query ? [.problem(400, "A parameter is not usable.")] : [] }
        return [
            .problem(400, "The body or a parameter is not usable."), .problem(408, "The body came too slowly."),
            .problem(413, "The body is too large."), .problem(415, "The body has an encoding that is not accepted."),
        ]
    }

    /// Refusals of what is no request that can be read; the connection ends with them.
    private var connectionAnswers: [Answer] {
        [
            .problem(400, "The request is malformed."), .problem(408, "The request came too slowly."),
            .problem(417, "The expectation is not known."), .problem(431, "The headers are too large."),
            .problem(503, "There are too many connections."),
        ]
    }

    private var workAnswers: [Answer] {
        switch work {
        case .nothing: return []
        case .reading, .recording:
            let full = Answer.problem(
                507,
                "The disk is full, and who asks cannot be recorded.",
                headers: ["Retry-After"]
            )
            return [
                .problem(500, "A fault of the server; its log says more."),
                .problem(503, "The store cannot be used now.", headers: ["Retry-After"]),
            ] + (work == .recording ? [full] : [])
        case .writing:
            return [
                .problem(409, "It conflicts with what there is, or changed at the same moment."),
                .problem(429, "Busy; nothing was stored.", headers: ["Retry-After"]),
                .problem(500, "A fault of the server; its log says more."),
                .problem(503, "The store cannot be used now; nothing was stored.", headers: ["Retry-After"]),
                .problem(507, "The disk is full; nothing was stored.", headers: ["Retry-After"]),
            ]
        }
    }
}

extension OpenAPIOperation.Parameter {
    fileprivate var json: JSONValue {
        [
            "name": .string(name),
            "in": .string(place),
            "description": .string(description),
            "required": .bool(isRequired),
            "schema": schema,
        ]
    }
}

extension OpenAPIOperation.Body {
    fileprivate var json: JSONValue {
        var content = JSONObject()
        for contentType in contentTypes { content[contentType] = ["schema": schema] }
        return ["description": .string(description), "required": .bool(isRequired), "content": .object(content)]
    }
}

extension OpenAPIOperation.Answer {
    /// The response object of a status with this answer among those that it can be.
    fileprivate func added(to response: JSONValue) -> JSONValue {
        var response = response
        response["description"] = response["description"] ?? .string(description)
        if let schema {
            var content = response["content"]?.object ?? [:]
            content[contentType] = content[contentType] ?? ["schema": schema]
            response["content"] = .object(content)
        }
        var all = response["headers"]?.object ?? [:]
        for name in headers + ["x-request-id"] { all[name] = ["schema": JSONSchema.text] }
        response["headers"] = .object(all)
        return response
    }
}
