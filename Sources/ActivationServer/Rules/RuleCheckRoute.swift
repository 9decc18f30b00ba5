import ActivationCore
import ActivationEngine
import Hummingbird

/// `/v1/audiences/check`: what there is to say of a rule before it is saved (BEHAVIOUR 5.3).
struct RuleCheckRoute: Sendable {
    let dependencies: ServerDependencies

    func add(to own: some RouterMethods<ServerContext>) {
        own.post("audiences/check") { request, _ in try await check(request) }
    }

    private func check(_ request: Request) async throws(APIError) -> Response {
        let body = try await request.json()
        guard body.object != nil else {
            throw APIError(.fieldInvalid, "a rule to check is an object with an expression, as a definition has it")
        }
        try DocumentedTypes.check(body, as: "RuleCheck")
        let rule = try SegmentExpression(body["expression"])
        let expression = try rule.parsed()
        let textForm = rule.format == .text ? nil : expression.text
        var audience: Audience.ID?
        if let id = body["audienceId"]?.string {
            audience = try SegmentDefinitionStore(dependencies: dependencies).definition(id).id
        }
        let warnings = try await dependencies.warnings(
            about: expression,
            in: textForm,
            for: audience,
            tellsWords: true
        )
        return Response(json: [
            "expression": .string(expression.description),
            "warnings": .array(warnings.map { $0.json(in: textForm) }),
        ])
    }
}
