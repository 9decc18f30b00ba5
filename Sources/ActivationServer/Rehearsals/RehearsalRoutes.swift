import ActivationCore
import ActivationEngine
import Hummingbird

/// `POST /v1/rehearsals`: what a change would do, before it is saved (BEHAVIOUR 3.19).
struct RehearsalRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to own: some RouterMethods<ServerContext>) {
        own.post("rehearsals") { request, _ in try await rehearse(request) }
    }

    private func rehearse(_ request: Request) async throws(APIError) -> Response {
        let body = try await request.json()
        let fields = try Fields(body)
        try DocumentedTypes.check(body, as: "RehearsalDraft")
        let manner = try RehearsalRoutes.manner(fields)
        let (flow, audience) = (try fields.fields("dataflow"), try fields.fields("audience"))
        guard (flow == nil) != (audience == nil) else {
            throw APIError(.fieldInvalid, "the body has either dataflow or audience, what is to be changed")
        }
        let work: @Sendable () async -> Result<Rehearsal, APIError>
        if let flow {
            let service = DataflowService(dependencies: dependencies)
            let proposal = try service.propose(try RehearsalRoutes.wish(flow))
            let warnings = try await service.warnings(proposal.check, proposal.unknownPaths, of: proposal.entry)
            work = { await RehearsalRoutes.result(service, proposal, warnings, manner) }
        } else {
            let wish = try AudienceProposal(audience ?? fields, in: dependencies)
            work = { [dependencies] in await RehearsalRoutes.result(dependencies, wish, manner) }
        }
        // Nobody waits for the answer of a client that has gone.
        let rehearsal = try await ClientPresence.whileThere(work).get()
        if manner.messages > 0 { try await dependencies.audit.exportAgain(.rehearsal) }
        return Response(json: .object(rehearsal.json))
    }

    private static func result(
        _ service: DataflowService,
        _ proposal: DataflowProposal,
        _ warnings: [JSONValue],
        _ manner: RehearsalService.Manner
    ) async -> Result<Rehearsal, APIError> {
        do throws(APIError) {
            let rehearsals = RehearsalService(dependencies: service.dependencies)
            var rehearsal = try await rehearsals.rehearse(proposal, manner)
            rehearsal.warnings = warnings
            return .success(rehearsal)
        } catch {
            return .failure(error)
        }
    }

    private static func result(
        _ dependencies: ServerDependencies,
        _ wish: AudienceProposal,
        _ manner: RehearsalService.Manner
    ) async -> Result<Rehearsal, APIError> {
        do throws(APIError) {
            let rehearsals = RehearsalService(dependencies: dependencies)
            return .success(try await rehearsals.rehearse(wish.question, of: wish.entry, named: wish.name, manner))
        } catch {
            return .failure(error)
        }
    }

    // MARK: What is asked

    private static func manner(_ fields: Fields) throws(APIError) -> RehearsalService.Manner {
        var manner = RehearsalService.Manner()
        manner.messages = try whole(fields, "messages", in: RehearsalLimits.messages) ?? manner.messages
        manner.seconds = try whole(fields, "seconds", in: RehearsalLimits.seconds)
        if let prices = try fields.fields("prices") { manner.prices = try StreamPrices(prices) }
        return manner
    }

    private static func whole(_ fields: Fields, _ key: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let value = fields[key] else { return nil }
        guard let number = value.int64.map({ Int(clamping: $0) }), range.contains(number) else {
            throw APIError(
                .fieldInvalid,
                "\(fields.pointer)/\(key) is a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    private static func wish(_ fields: Fields) throws(APIError) -> DataflowService.Wish {
        let id = try fields.string("id")
        guard fields["patch"] == nil || fields["transformations"] == nil && id != nil else {
            throw APIError(
                .fieldInvalid,
                "\(fields.pointer) has patch, of a flow that there is, or transformations, not both"
            )
        }
        return DataflowService.Wish(
            id: id,
            patch: try fields["patch"].map { value throws(APIError) in try JSONPatch(value) },
            transformations: fields["transformations"],
            params: try fields.object["params"].map { _ throws(APIError) in try fields.requiredFields("params") }
        )
    }
}

/// An audience as it would be.
struct AudienceProposal: Sendable {
    /// What it would be.
    var question: ProfileQuestion
    /// The audience; nil = it is not there yet.
    var entry: ControlEntry?
    /// What it is called.
    var name: String

    /// Reads what a request says; what is left out stays as it is.
    ///
    /// - Throws: `FIELD_INVALID`, `PQL_INVALID`, `1439-400` for what does not exist.
    init(_ fields: Fields, in dependencies: ServerDependencies) throws(APIError) {
        let snapshot = dependencies.control.snapshot
        if let id = try fields.string("id") {
            guard let uuid = UUIDBytes(id), let known = snapshot.entry(.segmentDefinition, uuid.description) else {
                throw APIError(
                    .referenceUnknown,
                    "\(fields.pointer)/id: no audience has the id \"\(id.excerpt(64))\""
                )
            }
            guard !known.isExternalAudience else {
                throw APIError(
                    .fieldInvalid,
                    "\(fields.pointer)/id: the audience comes from outside and has no rule that could be another"
                )
            }
            entry = known
        }
        name = entry?.string("name") ?? ""
        guard entry != nil || !ExternalAudienceMembers.isMeant(by: fields.object) else {
            throw APIError(
                .fieldInvalid,
                "\(fields.pointer)/type: nobody is a member of a new external audience before its first file or push, "
                    + "so there is nothing to rehearse"
            )
        }
        guard let stated = fields["expression"] ?? entry?.body["expression"] else {
            throw APIError(.fieldInvalid, "\(fields.pointer)/expression is required for an audience that is new")
        }
        let rule = try SegmentExpression(stated)
        let expression = try rule.parsed()
        let id = entry.flatMap { UUIDBytes($0.id) }.map { Audience.ID(uuid: $0) }
        try dependencies.check(expression, in: rule.format == .text ? nil : expression.text, for: id)
        var policy: MergePolicy.ID?
        if let text = try fields.string("mergePolicyId") ?? entry?.string("mergePolicyId") {
            guard let uuid = UUIDBytes(text), snapshot.entry(.mergePolicy, uuid.description) != nil else {
                throw APIError(.referenceUnknown, "\(fields.pointer)/mergePolicyId: no merge policy has this id")
            }
            policy = MergePolicy.ID(uuid: uuid)
        }
        question = ProfileQuestion(expression: expression, mergePolicy: policy, audience: id)
    }
}
