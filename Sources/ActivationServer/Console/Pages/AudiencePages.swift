import ActivationCore
import ActivationEngine
import Console

/// Audiences: list, detail, write, change, delete.
struct AudiencePages: Sendable {
    let desk: ConsoleDesk

    static let root = PageFrame.Crumb("Audiences", "/console/audiences")

    func add(to register: inout ConsoleRegister) {
        register.page("audiences") { try await list($0) }
        register.form("audiences/new", show: { try await editor($0) }, submit: { try await submit($0) })
        register.action("audiences/check") { request in
            let id = UUIDBytes(request.form["id"] ?? "").map { Audience.ID(uuid: $0) }
            return .data(try await desk.check(request.form["expression"] ?? "", for: id, of: request).json)
        }
        register.page("audiences/words") { request in
            let taken = try await desk.dependencies.paths.sample()
            let words = RuleWords.containing(request.query["q"] ?? "", in: taken.sample, limit: 8)
            return .data(.array(words.map { ["text": .string($0.text), "note": .string($0.note)] }))
        }
        register.page("audiences/:id") { try await detail($0) }
        register.form(
            "audiences/:id/edit",
            show: { try isExternal($0) ? externalForm($0) : await editor($0) },
            submit: { try await isExternal($0) ? submitExternal($0) : submit($0) }
        )
        register.form("audiences/:id/delete", show: { try deletion($0) }, submit: { try await delete($0) })
        register.action("audiences/:id/publish") { try await publish($0) }
        register.form("audiences/:id/deactivate", show: { try rest($0) }, submit: { try await deactivate($0) })
        register.action("audiences/:id/copy") { try await copy($0) }
        register.action("audiences/:id/refresh") { try await refresh($0) }
        register.form("audiences/:id/empty", show: { try emptying($0) }, submit: { try await empty($0) })
        register.action("audiences/bulk") { try await bulk($0) }
    }

    /// The list; with why what was to be done to several was not done.
    func list(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let snapshot = desk.control.snapshot
        let all = snapshot.entries(.segmentDefinition)
        let name = request.query["name"] ?? ""
        let policy = request.query["policy"] ?? ""
        let state = request.query["state"].flatMap(AudienceLifecycle.init)
        let tag = request.query["tag"] ?? ""
        let origin = request.query["origin"].flatMap(AudienceOrigin.init)
        let onlyUnused = request.query["unused"] == "true"
        let found = all.reversed().filter { entry in
            (name.isEmpty || (entry.string("name") ?? "").lowercased().contains(name.lowercased()))
                && (policy.isEmpty || entry.string("mergePolicyId") == policy)
                && (state == nil || AudienceLifecycle(entry) == state)
                && (origin == nil || AudienceOrigin(entry) == origin)
                && (tag.isEmpty || SegmentDefinition(entry)?.has(tag: tag) ?? false)
                && (!onlyUnused || !AudiencePages.isUsed(entry, in: snapshot))
        }
        let (page, pager) = ListPlace.page(of: found, request, ("audience", "audiences"), entry: \.self)
        let reports = page.compactMap { AudienceReport($0, in: snapshot, desk.dependencies) }
        let members = try? await desk.dependencies.engine.memberCounts(of: reports.map(\.definition.id))
        let changes = await desk.memberChanges(now: request.now)
        let rows = reports.map { report in
            AudiencesPage.Row(
                id: report.definition.idText,
                name: report.definition.name,
                path: report.path,
                state: report.state,
                origin: AudienceOrigin(report.entry).name,
                tags: report.definition.tags,
                members: members.map { Figure.count($0[report.definition.id] ?? 0) } ?? "–",
                changes: changes(report.definition.id),
                mark: report.mark,
                progress: report.progressText,
                policy: desk.policyName(report.entry.string("mergePolicyId")),
                dataflows: Figure.count(report.dataflows.count),
                changed: Instant(report.entry.updatedAt, now: request.now)
            )
        }
        let mistakes = FormMistakes(items)
        let policies = snapshot.entries(.mergePolicy).map { (value: $0.id, label: $0.string("name") ?? $0.id) }
        return .page(
            AudiencesPage(
                unfinished: AudiencePages.unfinished(desk.unfinishedUploads(of: viewer).count),
                filters: [
                    FormField("name", "Name contains", .text(type: "search"), value: name),
                    FormField(
                        "policy",
                        "Merge policy",
                        .choice([(value: "", label: "Any")] + policies),
                        value: policy
                    ),
                    FormField("state", "State", .choice(AudiencePages.states), value: state?.rawValue ?? ""),
                    FormField("origin", "Origin", .choice(AudienceOrigin.choices), value: origin?.rawValue ?? ""),
                    FormField("tag", "Tag", .text(type: "search"), value: tag),
                ],
                onlyUnused: FormField("unused", "Sent nowhere", .toggle, value: onlyUnused ? "true" : nil),
                isFiltered: found.count != all.count,
                mayManage: viewer.may(.manageAudiences),
                mistakes: mistakes,
                token: viewer.token,
                tag: FormField("tags", "Tag to add or take away", value: request.form["tags"], isOptional: true),
                rows: rows,
                isEmpty: all.isEmpty,
                isNothingFound: found.isEmpty && !all.isEmpty,
                hasRows: !rows.isEmpty,
                pager: pager
            ),
            status: mistakes == nil ? 200 : 409
        )
    }

    private static func unfinished(_ count: Int) -> String? {
        count > 0
            ? "\(Figure.count(count, "file that you have sent has", "files that you have sent have")) not been started."
            : nil
    }

    private static let states = [
        (value: "", label: "Any"), (value: AudienceLifecycle.draft.rawValue, label: "Draft"),
        (value: AudienceLifecycle.published.rawValue, label: "Published"),
        (value: AudienceLifecycle.inactive.rawValue, label: "Inactive"),
    ]

    private static func isUsed(_ entry: ControlEntry, in snapshot: ControlSnapshot) -> Bool {
        UUIDBytes(entry.id).map { !snapshot.flowsMapping(audience: Audience.ID(uuid: $0)).isEmpty } ?? false
    }

    // MARK: Detail

    private func detail(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let report = try desk.audienceReport(request.parameter("id"))
        let definition = report.definition
        let mayManage = viewer.may(.manageAudiences)
        let engine = desk.dependencies.engine
        let history = try? await MemberHistory(of: definition.id, engine, now: request.now)
        let isByDay = request.query["range"] == "30d"
        let description = report.entry.string("description") ?? ""
        let snapshot = desk.control.snapshot
        let external = await external(report, viewer, now: request.now)
        let modes = definition.isExternal ? [] : AudiencePages.modes(snapshot.evaluation(of: definition))
        let (used, pager) = ListPlace.page(
            of: report.dataflows.reversed(),
            request,
            ("dataflow", "dataflows"),
            entry: \.self
        )
        let uses = used.map { entry in
            let flow = DataflowReport(entry, in: snapshot, desk.dependencies)
            return AudiencePage.Use(name: flow.name, path: flow.path, mark: flow.mark)
        }
        return .page(
            AudiencePage(
                title: definition.name,
                crumbs: [AudiencePages.root],
                description: description.isEmpty ? nil : description,
                path: report.path,
                mayManage: mayManage,
                token: viewer.token,
                state: report.state,
                tags: definition.tags,
                hasTags: !definition.tags.isEmpty,
                mayPublish: mayManage && definition.lifecycle != .published,
                mayDeactivate: mayManage && definition.lifecycle == .published && report.useText == nil,
                stays: mayManage ? report.useText.map { "\($0), so it can be neither deactivated nor deleted." } : nil,
                trouble: report.trouble.map { "\(Quarantine.Reason.code): \($0.message)" },
                tiles: [
                    HomePage.Tile(label: "Members", value: history.map { Figure.count($0.members) } ?? "–", note: nil),
                    HomePage.Tile(label: "Dataflows", value: Figure.count(report.dataflows.count), note: nil),
                    HomePage.Tile(label: "Version", value: Figure.count(definition.version), note: nil),
                ],
                chart: history?.chart(byDay: isByDay),
                ranges: [
                    PersonHead.Tab(name: "24 hours", path: report.path, isCurrent: !isByDay),
                    PersonHead.Tab(name: "30 days", path: "\(report.path)?range=30d", isCurrent: isByDay),
                ],
                rule: definition.isExternal ? nil : AudiencePages.rule(of: definition),
                external: external,
                mayCopy: mayManage && !definition.isExternal,
                mark: report.mark,
                progress: report.progressText.map { text in
                    let (done, total) = (report.progress?.processed ?? 0, max(report.progress?.total ?? 0, 1))
                    return AudiencePage.Progress(done: String(min(done, total)), total: String(total), text: text)
                },
                plan: definition.isExternal
                    ? AudiencePages.externalPlan(definition)
                    : AudiencePages.plan(engine.evaluationPlan(definition.id)),
                modes: modes,
                hasModes: !modes.isEmpty,
                facts: [
                    AudiencePage.Fact(
                        label: "Merge policy",
                        value: desk.policyName(report.entry.string("mergePolicyId"))
                    )
                ],
                made: Instant(definition.createdAt, now: request.now),
                changed: Instant(definition.updatedAt, now: request.now),
                uses: uses,
                isUnused: uses.isEmpty,
                askers: report.askers.prefix(20).map {
                    PageFrame.Crumb($0.name, AudienceReport.path($0.id))
                },
                hasAskers: !report.askers.isEmpty,
                pager: pager,
                id: definition.idText,
                door: definition.isExternal ? AudienceRoutes.path : "/data/core/ups/segment/definitions"
            )
        )
    }

    /// The rule as text; one that was given as a tree in its plain spelling.
    static func rule(of definition: SegmentDefinition) -> String {
        guard let rule = try? SegmentExpression(definition.body["expression"]) else { return "" }
        return rule.format == .text ? rule.value : (try? rule.converted().value) ?? rule.value
    }

    private static func plan(_ plan: EvaluationPlan?) -> String {
        guard let plan else { return "It is not evaluated." }
        var text =
            switch plan.kind {
            case .incremental: "Cheap: no event is read, what is kept of a person is enough."
            case .window: "With each change of a person the events of \(plan.span ?? "a window") are read."
            case .scan: "Dear: with each change of a person all their events are read."
            }
        if let cause = plan.cause { text += " Because of line \(cause.line), column \(cause.column): \(cause.text)" }
        return text
    }

    private static func modes(_ evaluation: DefinitionEvaluation) -> [AudiencePage.Fact] {
        (evaluation.explanation.array ?? []).map { mode in
            let name = mode["type"]?.string.flatMap { names[$0] } ?? ""
            let reason = mode["reason"]?.string.map { "no: \($0)" }
            return AudiencePage.Fact(label: name, value: reason ?? "yes")
        }
    }

    private static let names = [
        EvaluationMode.batch.rawValue: "In batches", EvaluationMode.continuous.rawValue: "As data arrives",
        EvaluationMode.synchronous.rawValue: "On the edge",
    ]

    // MARK: Delete

    private func deletion(_ request: ConsoleRequest, _ obstacle: String? = nil) throws(APIError) -> ConsoleAnswer {
        try confirmation(
            request,
            "Delete",
            "The audience and its memberships go. Consumers that were told of members are told nothing more.",
            obstacle
        )
    }

    /// Asks before an audience is taken out of use, and shows who uses it.
    func confirmation(
        _ request: ConsoleRequest,
        _ verb: String,
        _ text: String,
        _ obstacle: String?
    ) throws(APIError) -> ConsoleAnswer {
        let report = try desk.audienceReport(request.parameter("id"))
        let isUsed = report.useText != nil
        return .page(
            ConfirmPage(
                title: "\(verb) \(report.definition.name)",
                crumbs: [AudiencePages.root, PageFrame.Crumb(report.definition.name, report.path)],
                text: text,
                obstacle: isUsed ? "Dataflows export it or audiences ask for it; change them first:" : obstacle,
                obstacles: report.dataflows.prefix(20).map {
                    PageFrame.Crumb($0.string("name") ?? $0.id, "/console/dataflows/\($0.id)")
                } + report.askers.prefix(20).map { PageFrame.Crumb($0.name, AudienceReport.path($0.id)) },
                path: "\(report.path)/\(verb.lowercased())",
                token: try request.signedIn().token,
                etag: report.entry.etag,
                button: "\(verb) audience",
                cancel: report.path
            )
        )
    }

    private func delete(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let id = request.parameter("id")
        do throws(APIError) {
            try await desk.audiences.delete(id, by: try request.author())
        } catch {
            guard error.code == .audienceInUse else { throw error }
            return try deletion(request, error.detail.prefix(1).uppercased() + error.detail.dropFirst() + ".")
        }
        desk.note("Audience deleted", id, by: try request.signedIn())
        return .redirect("/console/audiences", .audienceDeleted)
    }
}
