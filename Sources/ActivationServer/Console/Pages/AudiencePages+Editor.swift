import ActivationCore
import ActivationEngine
import Console
import Logging

extension AudiencePages {
    /// What is asked of a rule beside saving it.
    private struct Findings {
        var verdict: RuleCheck?
        var count: String?
        var effect: AudienceEditorPage.Effect?
        var trial: AudienceEditorPage.Trial?
        var conflict: AudienceEditorPage.Conflict?
        var mistakes: [FormMistakes.Item] = []
        /// The version that the next save is for; nil = that of the form.
        var version: String?
    }

    /// Paths that the page lists; the script finds the others.
    private static let pathsMax = 100
    /// How long a count is waited for, in steps of 20 milliseconds.
    private static let countSteps = 200

    /// The page in which an audience is written, with what was typed.
    func editor(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        try await editor(request, Findings())
    }

    /// Does what the pressed button says.
    func submit(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try stored(request)
        let rule = request.form["expression"] ?? ""
        var findings = Findings()
        if ["save", "draft", nil].contains(request.form["act"]) { return try await save(request, report) }
        let check = try await desk.check(rule, for: report?.definition.id, of: request)
        findings.verdict = check
        guard let expression = check.expression else { return try await editor(request, findings) }
        switch request.form["act"] {
        case "count": try await count(expression, request, of: report, &findings)
        case "try": try await attempt(expression, request, &findings)
        default: break
        }
        return try await editor(request, findings)
    }

    /// The audience that is changed; nil for a new one.
    private func stored(_ request: ConsoleRequest) throws(APIError) -> AudienceReport? {
        let id = request.parameter("id")
        return id.isEmpty ? nil : try desk.audienceReport(id)
    }

    // MARK: Save

    private func save(_ request: ConsoleRequest, _ report: AudienceReport?) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        var body: JSONObject = [
            "name": .string(request.form["name"] ?? ""), "description": .string(request.form["description"] ?? ""),
            "expression": SegmentExpression(format: .text, value: request.form["expression"] ?? "").json,
        ]
        let policy = request.form["policy"] ?? ""
        let standard = desk.control.entries(.mergePolicy).first(where: \.isDefaultPolicy)
        if let id = policy.isEmpty ? standard?.id : policy { body["mergePolicyId"] = .string(id) }
        body["tags"] = .array(AudiencePages.tags(request.form["tags"] ?? "").map { .string($0) })
        if let kept = request.form["optOuts"] {
            body["dataGovernancePolicy"] = ["excludeOptOut": .bool(kept != "keep")]
        }
        if request.form["act"] == "draft" { body["lifecycleState"] = .string(AudienceLifecycle.draft.rawValue) }
        let outcome: SegmentDefinitionStore.Outcome
        do throws(APIError) {
            if let report {
                let version = request.form["version"].flatMap { Int64($0) }
                outcome = try await desk.audiences.change(
                    report.definition.idText,
                    of: version,
                    to: .object(body),
                    by: try request.author()
                )
            } else {
                outcome = try await desk.audiences.create(.object(body), by: try request.author())
            }
        } catch {
            return try await refused(error, request, report)
        }
        let path = AudienceReport.path(outcome.definition.id)
        desk.note(report == nil ? "Audience made" : "Audience changed", outcome.definition.idText, by: viewer)
        return .redirect(path, report == nil ? .audienceMade : .audienceChanged)
    }

    /// Tags as they are typed, with commas between.
    static func tags(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.split(separator: " ").joined(separator: " ") }.filter { !$0.isEmpty }
    }

    private func refused(
        _ error: APIError,
        _ request: ConsoleRequest,
        _ report: AudienceReport?
    ) async throws -> ConsoleAnswer {
        var findings = Findings()
        switch error.code {
        case .matchFailed:
            guard let id = report?.definition.idText else { throw error }
            let current = try desk.audienceReport(id).definition
            let object = ConfigurationChange.Object(.segmentDefinition, id)
            let last = try await ChangeHistory(control: desk.control).page(of: [object], limit: 1).changes.first
            findings.conflict = AudienceEditorPage.Conflict(
                who: last.map { desk.who($0.author) } ?? "Somebody",
                at: Instant(current.updatedAt, now: request.now),
                name: current.name,
                rule: AudiencePages.rule(of: current)
            )
            findings.version = String(current.version)
        case .expressionInvalid:
            let rule = request.form["expression"] ?? ""
            let check = try await desk.check(rule, for: report?.definition.id, of: request)
            findings.verdict = check
            findings.mistakes = [FormMistakes.Item(field: "expression", text: check.text)]
        case .policyViolated, .fieldHidden:
            await desk.noteRefusal(error, of: request)
            findings.mistakes = [FormMistakes.Item(field: "expression", text: error.sentence)]
        case .fieldInvalid, .definitionNameTaken:
            findings.mistakes = [AudiencePages.mistake(error, request)]
        default: throw error
        }
        return try await editor(request, findings)
    }

    private static func mistake(_ error: APIError, _ request: ConsoleRequest) -> FormMistakes.Item {
        if (request.form["expression"] ?? "").isEmpty, error.detail.hasPrefix("expression") {
            return FormMistakes.Item(field: "expression", text: "Type a rule.")
        }
        if error.code == .definitionNameTaken {
            return FormMistakes.Item(field: "name", text: "Another audience has this name. Take another one.")
        }
        let field =
            error.detail.hasPrefix("name")
            ? "name"
            : error.detail.hasPrefix("tags") ? "tags" : error.detail.hasPrefix("mergePolicyId") ? "policy" : nil
        return FormMistakes.Item(
            field: field,
            text: "\(error.detail.prefix(1).uppercased())\(error.detail.dropFirst())."
        )
    }

    // MARK: Count and try

    private func count(
        _ expression: PQLExpression,
        _ request: ConsoleRequest,
        of report: AudienceReport?,
        _ findings: inout Findings
    ) async throws {
        var question = ProfileQuestion(expression: expression, mergePolicy: policy(request))
        var obstacle = ""
        if let report {
            question.audience = report.definition.id
            do throws(APIError) {
                let words = try await effect(of: question, on: report, for: try request.signedIn())
                findings.effect = words.effect
                // Who is a member is known already; so nobody has to be counted again.
                if !isUnlinked(question), let size = words.size {
                    findings.count = size
                    return
                }
            } catch {
                obstacle = " What would change could not be told: \(error.detail)."
            }
            question.audience = nil
        }
        findings.count = try await size(of: question) + obstacle
    }

    /// What would change if an audience got a rule, looked for among all profiles of a small store and a sample of others.
    private func effect(
        of question: ProfileQuestion,
        on report: AudienceReport,
        for viewer: ConsoleViewer
    ) async throws(APIError) -> RehearsalWords {
        // Whoever may not see profiles sees no message of one.
        let manner = RehearsalService.Manner(
            messages: viewer.may(.viewProfiles) ? RehearsalLimits.messages.upperBound : 0,
            sampleRows: RehearsalLimits.ruleSampleRows
        )
        let service = RehearsalService(dependencies: desk.dependencies)
        let name = report.definition.name
        return RehearsalWords(rehearsal: try await service.rehearse(question, of: report.entry, named: name, manner))
    }

    /// Whether identities are members by themselves, so that there may be more of them than profiles.
    private func isUnlinked(_ question: ProfileQuestion) -> Bool {
        let policies = desk.control.entries(.mergePolicy)
        let id = question.mergePolicy?.uuid.description
        let policy = policies.first { id == nil ? $0.isDefaultPolicy : $0.id == id }
        return policy?.body["identityGraph"]?["type"]?.string == "none"
    }

    /// How many members a rule would have, in words.
    private func size(of question: ProfileQuestion) async throws -> String {
        let previews = desk.dependencies.previews
        let begun: Preview
        do throws(APIError) {
            begun = try previews.begin(question)
        } catch {
            return "Not counted: \(error.detail)."
        }
        defer { _ = previews.remove(begun.id) }
        for _ in 0..<AudiencePages.countSteps {
            // A small store is read as a whole; of others a sample is enough here.
            guard let preview = previews.preview(begun.id), preview.isUnderWay, !preview.estimate.isSampled else {
                break
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        guard let preview = previews.preview(begun.id), preview.failure == nil else {
            return "Not counted\(previews.preview(begun.id)?.failure.map { ": \($0)" } ?? "")."
        }
        return EstimateWords(preview.estimate).size
    }

    private func attempt(
        _ expression: PQLExpression,
        _ request: ConsoleRequest,
        _ findings: inout Findings
    ) async throws {
        guard try request.signedIn().may(.viewProfiles) else { return }
        let identity: Identity
        switch desk.identity(request.form) {
        case .failure(let mistake):
            findings.mistakes = [mistake.item]
            return
        case .success(let typed): identity = typed
        }
        let policy = policy(request)
        guard let found = try await desk.explain(identity, expression, policy: policy?.uuid.description) else {
            findings.mistakes = [FormMistakes.Item(field: "identity", text: "Nobody has this identity.")]
            return
        }
        let outcome = found.explanation.outcome
        let sentence = outcome.qualifies ? "The person would be a member" : "The person would not be a member"
        findings.trial = AudienceEditorPage.Trial(
            sentence: "\(sentence)\(desk.until(outcome).map { "; this changes \($0)" } ?? "").",
            reversal: RuleWords.reversal(found.reversal, of: found.explanation),
            conditions: [desk.condition(found.explanation, found.reversal, MaskedValue(isRevealed: false))]
        )
    }

    private func policy(_ request: ConsoleRequest) -> MergePolicy.ID? {
        request.form["policy"].flatMap { UUIDBytes($0) }.map { MergePolicy.ID(uuid: $0) }
    }

    // MARK: The page

    private func editor(_ request: ConsoleRequest, _ findings: Findings) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let report = try stored(request)
        let isTyped = !request.form.items.isEmpty
        let mistakes = FormMistakes(findings.mistakes)
        func typed(_ field: String, _ present: String?) -> String { (isTyped ? request.form[field] : present) ?? "" }
        let rule = typed("expression", report.map { AudiencePages.rule(of: $0.definition) })
        let standard = desk.control.entries(.mergePolicy).first(where: \.isDefaultPolicy)?.id
        let policy = report?.entry.string("mergePolicyId")
        let taken = try await desk.dependencies.paths.sample()
        let heading = report.map { "Change \($0.definition.name)" } ?? "New audience"
        let mayTry = viewer.may(.viewProfiles)
        let page = AudienceEditorPage(
            title: mistakes == nil ? heading : "Error: \(heading)",
            heading: heading,
            crumbs: [AudiencePages.root] + (report.map { [PageFrame.Crumb($0.definition.name, $0.path)] } ?? []),
            mistakes: mistakes,
            conflict: findings.conflict,
            path: report.map { "\($0.path)/edit" } ?? "/console/audiences/new",
            token: viewer.token,
            version: findings.version ?? typed("version", report.map { String($0.definition.version) }),
            id: report?.definition.idText ?? "",
            name: FormField(
                "name",
                "Name",
                value: typed("name", report?.definition.name),
                error: mistakes?.text(of: "name")
            ),
            details: [
                FormField(
                    "description",
                    "Description",
                    value: typed("description", report?.entry.string("description")),
                    isOptional: true
                ),
                FormField(
                    "tags",
                    "Tags",
                    value: typed("tags", report?.definition.tags.joined(separator: ", ")),
                    hint: "Words to find it by, with commas between.",
                    error: mistakes?.text(of: "tags"),
                    isOptional: true
                ),
                desk.policyChoice("policy", "Merge policy", chosen: typed("policy", policy == standard ? "" : policy)),
                FormField(
                    "optOuts",
                    "People who opted out of everything",
                    .choice([
                        (value: "exclude", label: "Dataflows leave them out"), (value: "keep", label: "They stay"),
                    ]),
                    value: typed("optOuts", report?.entry.excludesOptOut ?? true ? "exclude" : "keep"),
                    hint: "Counts while the policy General opt-out is on."
                ),
            ],
            rule: AudienceEditorPage.Rule(
                text: rule,
                error: mistakes?.text(of: "expression"),
                rows: String(min(max(rule.count(where: \.isNewline) + 2, 5), 30))
            ),
            verdict: findings.verdict.map(AudienceEditorPage.Verdict.init),
            count: findings.count,
            effect: findings.effect,
            countButton: report == nil ? "Count members" : "Count members and effect",
            person: mayTry ? desk.identityFields(request.form, mistakes, isOptional: true) : [],
            mayTry: mayTry,
            trial: findings.trial,
            paths: taken.sample.paths.prefix(AudiencePages.pathsMax).map {
                RuleWords.Word(text: $0.dotted, note: RuleWords.note(of: $0, in: taken.sample))
            },
            hasPaths: !taken.sample.paths.isEmpty,
            pathsText: taken.sample.paths.isEmpty
                ? "No profile has an attribute yet."
                : "The first of \(Figure.count(taken.sample.paths.count, "path")), from a sample of "
                    + "\(Figure.count(taken.sample.profiles, "profile")).",
            functions: RuleWords.functions.joined(separator: ", "),
            button: report == nil ? "Make audience" : "Save",
            isNew: report == nil,
            cancel: report?.path ?? "/console/audiences"
        )
        return .page(page, status: mistakes != nil ? 400 : findings.conflict != nil ? 409 : 200)
    }
}

extension AudienceEditorPage.Verdict {
    /// What a check found.
    fileprivate init(_ check: RuleCheck) {
        tone = check.tone
        text = check.text
        before = check.place?.before ?? ""
        wrong = check.place?.wrong ?? ""
        after = check.place?.after ?? ""
        isPlaced = check.place != nil
    }
}

extension ConsoleDesk {
    /// What a merge policy is called.
    func policyName(_ id: String?) -> String {
        id.flatMap { control.entry(.mergePolicy, $0)?.string("name") } ?? "–"
    }

    /// Notes in the log who did something to an object that carries no name of who changed it.
    func note(_ what: String, _ id: String, by viewer: ConsoleViewer) {
        dependencies.logger.notice("\(what)", metadata: ["user.email": "\(viewer.user.email)", "object.id": "\(id)"])
    }
}
