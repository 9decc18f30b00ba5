import ActivationCore

/// One route as the OpenAPI document describes it.
struct OpenAPIOperation: Sendable {
    /// Which credentials a caller needs.
    enum Security: Sendable {
        /// None.
        case none
        /// A bearer token.
        case bearer
        /// A bearer token, the api key and the organisation (SPEC 1.1).
        case gateway
        /// A bearer token unless the inlet was made without.
        case inlet
    }

    /// A parameter in the path, the query or a header.
    struct Parameter: Sendable {
        var name: String
        var place: String
        var description: String
        var isRequired: Bool
        var schema: JSONValue

        /// A parameter in the query.
        static func query(_ name: String, _ description: String, required: Bool = false) -> Parameter {
            Parameter(name: name, place: "query", description: description, isRequired: required, schema: .text)
        }

        /// A whole number in the query.
        static func count(_ name: String, _ description: String) -> Parameter {
            Parameter(name: name, place: "query", description: description, isRequired: false, schema: .count)
        }

        /// A request header.
        static func header(_ name: String, _ description: String, required: Bool = false) -> Parameter {
            Parameter(name: name, place: "header", description: description, isRequired: required, schema: .text)
        }
    }

    /// What the caller sends.
    struct Body: Sendable {
        var contentType: String
        var description: String
        var schema: JSONValue

        /// A JSON document of a schema named in the components.
        static func json(_ schema: String, _ description: String) -> Body {
            Body(contentType: "application/json", description: description, schema: .reference(schema))
        }
    }

    /// One answer.
    struct Answer: Sendable {
        var status: Int
        var description: String
        var contentType = "application/json"
        var schema: JSONValue?

        /// A JSON document of a schema named in the components.
        static func json(_ status: Int, _ description: String, _ schema: String) -> Answer {
            Answer(status: status, description: description, schema: .reference(schema))
        }

        /// An answer without a body.
        static func empty(_ status: Int, _ description: String) -> Answer {
            Answer(status: status, description: description)
        }

        /// Problem details.
        static func problem(_ status: Int, _ description: String) -> Answer {
            Answer(
                status: status,
                description: description,
                contentType: "application/problem+json",
                schema: .reference("Problem")
            )
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
    /// Query and header parameters; those of the path follow from it.
    var parameters: [Parameter] = []
    /// What the caller sends, if anything.
    var body: Body?
    /// What may come back.
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
        var responses = JSONObject()
        for answer in answers + securityAnswers where responses[String(answer.status)] == nil {
            responses[String(answer.status)] = answer.json
        }
        operation["responses"] = .object(responses)
        operation["security"] =
            switch security {
            case .none: []
            case .bearer, .gateway: [["bearer": []]]
            case .inlet: [["bearer": []], [:]]
            }
        return .object(operation)
    }

    private var pathParameters: [Parameter] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { part in
            Parameter(
                name: String(part.dropFirst().dropLast()),
                place: "path",
                description: "The object's id.",
                isRequired: true,
                schema: .text
            )
        }
    }

    private var securityParameters: [Parameter] {
        guard case .gateway = security else { return [] }
        return [
            .header("x-api-key", "The client id.", required: true),
            .header("x-gw-ims-org-id", "The organisation.", required: true),
            .header("x-sandbox-name", "The sandbox; prod when absent."),
        ]
    }

    private var securityAnswers: [Answer] {
        switch security {
        case .none: []
        case .bearer, .gateway:
            [
                .json(401, "The token is not valid.", "GatewayError"),
                .json(403, "A credential is missing or does not allow this.", "GatewayError"),
            ]
        case .inlet:
            [
                .problem(401, "The inlet needs a token."),
                .problem(403, "The token does not open the inlet."),
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
        content[contentType] = ["schema": schema]
        return ["description": .string(description), "required": true, "content": .object(content)]
    }
}

extension OpenAPIOperation.Answer {
    fileprivate var json: JSONValue {
        var answer: JSONObject = ["description": .string(description)]
        if let schema {
            var content = JSONObject()
            content[contentType] = ["schema": schema]
            answer["content"] = .object(content)
        }
        return .object(answer)
    }
}

extension JSONValue {
    /// The schema of any string.
    fileprivate static let text: JSONValue = ["type": "string"]
    /// The schema of a whole number that is not negative.
    fileprivate static let count: JSONValue = ["type": "integer", "minimum": 0]

    /// A reference to a schema in the components.
    static func reference(_ schema: String) -> JSONValue {
        ["$ref": .string("#/components/schemas/" + schema)]
    }
}
