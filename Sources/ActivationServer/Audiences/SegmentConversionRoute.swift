import ActivationCore
import Hummingbird

/// `/data/core/ups/segment/conversion`: a rule in the other format (BEHAVIOUR 5.1).
struct SegmentConversionRoute: Sendable {
    let dependencies: ServerDependencies

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.post("core/ups/segment/conversion") { request, _ in try await convert(request) }
    }

    /// Answers with the definition that came, its expression converted; nothing is stored.
    private func convert(_ request: Request) async throws(APIError) -> Response {
        let body = try await request.json()
        guard var members = body.object else {
            throw APIError(.fieldInvalid, "a definition is a JSON object with an expression")
        }
        try DocumentedTypes.check(body, as: "SegmentConversion")
        for name in SegmentDefinitionDraft.serverMembers { members.removeValue(forKey: name) }
        members["expression"] = try SegmentExpression(members["expression"]).converted().json
        for (key, value) in dependencies.control.owner { members[key] = value }
        return Response(json: .object(members))
    }
}
