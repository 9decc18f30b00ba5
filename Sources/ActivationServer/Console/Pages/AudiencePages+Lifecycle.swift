import ActivationCore
import Console

/// What becomes of an audience, and of several at once (BEHAVIOUR 5.2).
extension AudiencePages {
    func publish(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        try await perform(.publish, "Audience published", .audiencePublished, request)
    }

    /// Asks before an audience is deactivated.
    func rest(_ request: ConsoleRequest, _ obstacle: String? = nil) throws(APIError) -> ConsoleAnswer {
        try confirmation(
            request,
            "Deactivate",
            "It is not evaluated any more and cannot be exported. Its members stay as they are until it is published again.",
            obstacle
        )
    }

    func deactivate(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        do throws(APIError) {
            return try await perform(.deactivate, "Audience deactivated", .audienceDeactivated, request)
        } catch {
            guard [.audienceInUse, .audienceStateConflict].contains(error.code) else { throw error }
            return try rest(request, AudiencePages.sentence(error.detail))
        }
    }

    /// Makes a draft of what an audience is, to be changed.
    func copy(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let id = request.parameter("id")
        let original = try desk.audiences.definition(id)
        var number = 1
        while true {
            let name = "\(number == 1 ? "Copy" : "Copy \(number)") of \(original.name)"
            do throws(APIError) {
                let made = try await desk.audiences.copy(
                    id,
                    as: name.excerpt(ServerLimits.nameCharactersMax),
                    by: try request.author()
                )
                desk.note("Audience copied", made.definition.idText, by: try request.signedIn())
                return .redirect(AudienceReport.path(made.definition.id), .audienceCopied)
            } catch {
                guard error.code == .definitionNameTaken, number < AudiencePages.copiesMax else { throw error }
                number += 1
            }
        }
    }

    /// Names that are tried for a copy.
    private static let copiesMax = 100

    private func perform(
        _ operation: AudienceBulkAction.Operation,
        _ what: String,
        _ notice: ConsoleNotice,
        _ request: ConsoleRequest
    ) async throws(APIError) -> ConsoleAnswer {
        let id = request.parameter("id")
        _ = try await desk.audiences.perform(AudienceBulkAction(operation, [id]), by: try request.author())
        desk.note(what, id, by: try request.signedIn())
        return .redirect("\(AudiencePages.root.path)/\(id)", notice)
    }

    // MARK: Several at once

    /// Does the pressed button's thing to the chosen audiences; asks before it deletes.
    func bulk(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let ids = request.form.values("id")
        var body: JSONObject = [
            "op": .string(request.form["op"] ?? ""), "ids": .array(ids.map { .string($0) }),
        ]
        if ["tag", "untag"].contains(request.form["op"]) {
            body["tags"] = .array(AudiencePages.tags(request.form["tags"] ?? "").map { .string($0) })
        }
        do throws(APIError) {
            let action = try AudienceBulkAction(.object(body))
            if action.operation == .delete, request.form["sure"] == nil { return try certainty(action, request) }
            _ = try await desk.audiences.perform(action, by: try request.author())
            for id in action.ids { desk.note("Audience: \(action.operation.rawValue)", id, by: try request.signedIn()) }
            return .redirect(AudiencePages.root.path, .audiencesChanged)
        } catch {
            guard error.code.status < 500 else { throw error }
            return try await list(request, mistakes(error, ids))
        }
    }

    private func certainty(
        _ action: AudienceBulkAction,
        _ request: ConsoleRequest
    ) throws(APIError) -> ConsoleAnswer {
        var names: [String] = []
        for id in action.ids { names.append(try desk.audiences.definition(id).name) }
        return .page(
            ConfirmPage(
                title: "Delete \(Figure.count(names.count, "audience"))",
                crumbs: [AudiencePages.root],
                text: "They and their memberships go: \(names.joined(separator: ", ")).",
                obstacle: nil,
                obstacles: [],
                path: "\(AudiencePages.root.path)/bulk",
                token: try request.signedIn().token,
                etag: "",
                button: "Delete them",
                cancel: AudiencePages.root.path,
                hidden: [FormPage.Hidden(name: "op", value: "delete"), FormPage.Hidden(name: "sure", value: "true")]
                    + action.ids.map { FormPage.Hidden(name: "id", value: $0) }
            )
        )
    }

    private func mistakes(_ error: APIError, _ ids: [String]) -> [FormMistakes.Item] {
        guard !ids.isEmpty else { return [FormMistakes.Item(field: nil, text: "Choose audiences first.")] }
        guard let refusals = error.members["refusals"]?.array else {
            return [FormMistakes.Item(field: nil, text: AudiencePages.sentence(error.detail))]
        }
        return refusals.map { refusal in
            let id = refusal["id"]?.string ?? ""
            let name = desk.control.entry(.segmentDefinition, id)?.string("name") ?? id
            return FormMistakes.Item(field: nil, text: "\(name): \(refusal["detail"]?.string ?? "").")
        }
    }

    private static func sentence(_ detail: String) -> String {
        "\(detail.prefix(1).uppercased())\(detail.dropFirst())."
    }
}
