import ActivationCore
import ActivationEngine
import Console

/// Changing what a dataflow sends: choose, review, apply; what others change meanwhile is shown and kept.
struct MappingPages: Sendable {
    let desk: ConsoleDesk

    /// Audiences that a search shows beside the chosen ones.
    private static let foundMax = 50

    func add(to register: inout ConsoleRegister) {
        for part in Part.allCases {
            register.form(
                "dataflows/:id/\(part.rawValue)",
                show: { try await choose(part, $0) },
                submit: { try await submit(part, $0) }
            )
        }
        register.page("dataflows/:id/\(Part.whole.rawValue)/paths") { try await find($0) }
    }

    private func submit(_ part: Part, _ request: ConsoleRequest) async throws -> ConsoleAnswer {
        switch request.form["do"] {
        case "review", "count": try await review(part, request)
        case "apply": try await apply(part, request)
        default: try await choose(part, request)
        }
    }

    // MARK: Choose

    private func choose(
        _ part: Part,
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = [],
        merged: (wish: MappingWish, text: String)? = nil
    ) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let report = try desk.dataflowReport(request.parameter("id"))
        let now = MappingWish(of: report.entry)
        let isNew = request.form.items.isEmpty
        let wish = part.only(merged?.wish ?? (isNew ? now : MappingWish(request.form)), of: now)
        let base = isNew || merged != nil ? now : MappingWish(request.form, prefix: "base-")
        let etag = isNew || merged != nil ? report.entry.etag : request.form["etag"] ?? ""
        let search = request.form["search"] ?? ""
        let (audiences, more) = await audiences(wish, now, search, at: request.now)
        let mistakes = FormMistakes(items + (merged.map { [FormMistakes.Item(field: nil, text: $0.text)] } ?? []))
        let title = "\(part.title) of \(report.name)"
        let attributes = part == .whole ? await attributes(wish, of: report, request, mistakes) : nil
        return .page(
            MappingPage(
                title: mistakes == nil ? title : "Error: \(title)",
                crumbs: [DataflowPages.root, PageFrame.Crumb(report.name, report.path)],
                heading: title,
                about: part.about,
                mistakes: mistakes,
                path: part.path(of: report),
                token: viewer.token,
                etag: etag,
                baseAudiences: base.audiences,
                basePaths: base.pathsText,
                search: FormField("search", "Name contains", .text(type: "search"), value: search),
                audiences: audiences,
                hasAudiences: !audiences.isEmpty,
                more: more,
                attributes: attributes,
                backfill: isNew ? "true" : request.form["backfill"] ?? "",
                cancel: report.path
            ),
            status: mistakes == nil ? 200 : 400
        )
    }

    private func attributes(
        _ wish: MappingWish,
        of report: DataflowReport,
        _ request: ConsoleRequest,
        _ mistakes: FormMistakes?
    ) async -> MappingPage.Attributes {
        let search = request.form["path-search"] ?? ""
        let picker = await PathPicker(desk, for: report, now: request.now)
        let (found, count) = picker.rows(containing: search, chosen: wish.paths)
        return MappingPage.Attributes(
            paths: wish.pathsText,
            error: mistakes?.text(of: "paths"),
            search: FormField("path-search", "Path contains", .text(type: "search"), value: search),
            about: picker.about,
            found: found,
            hasFound: !found.isEmpty,
            more: MappingPages.more(found.count, of: count, search)
        )
    }

    /// What is to be said of paths that are not shown.
    private static func more(_ shown: Int, of count: Int, _ search: String) -> String? {
        if count == 0 { return search.isEmpty ? nil : "No path that profiles have contains this." }
        return count > shown ? "\(Figure.count(count - shown)) more are not shown; type more of the path." : nil
    }

    /// Paths that contain a text, for the page's script.
    private func find(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try desk.dataflowReport(request.parameter("id"))
        let text = request.query["q"] ?? ""
        let picker = await PathPicker(desk, for: report, now: request.now)
        let (rows, count) = picker.rows(containing: text, chosen: [])
        let found = rows.map { row -> JSONValue in
            [
                "path": .string(row.path), "kinds": .string(row.kinds), "share": .string(row.share),
                "datasets": .string(row.datasets), "note": .string(row.note ?? ""),
            ]
        }
        return .data([
            "rows": .array(found), "more": .string(MappingPages.more(rows.count, of: count, text) ?? ""),
        ])
    }

    /// The chosen audiences, and those whose names hold a text.
    private func audiences(
        _ wish: MappingWish,
        _ now: MappingWish,
        _ search: String,
        at instant: Timestamp
    ) async -> (audiences: [MappingPage.Audience], more: String?) {
        let changes = await desk.memberChanges(now: instant)
        let chosen = Set(wish.audiences.map { ByteKey($0) })
        let mapped = Set(now.audiences.map { ByteKey($0) })
        let all = desk.control.entries(.segmentDefinition).reversed()
        let wanted = search.lowercased()
        let found = all.filter { entry in
            !chosen.contains(ByteKey(entry.id)) && AudienceLifecycle(entry) == .published
                && (wanted.isEmpty || (entry.string("name") ?? "").lowercased().contains(wanted))
        }
        let shown = all.filter { chosen.contains(ByteKey($0.id)) } + found.prefix(MappingPages.foundMax)
        let ids = shown.compactMap { UUIDBytes($0.id).map { Audience.ID(uuid: $0) } }
        let members = try? await desk.dependencies.engine.memberCounts(of: ids)
        let rows = shown.map { entry in
            let id = UUIDBytes(entry.id).map { Audience.ID(uuid: $0) }
            let count = id.flatMap { members?[$0] } ?? 0
            return MappingPage.Audience(
                id: entry.id,
                name: entry.string("name") ?? entry.id,
                members: members == nil ? "–" : Figure.count(count),
                changes: id.map(changes) ?? "–",
                isChosen: chosen.contains(ByteKey(entry.id)),
                isMapped: mapped.contains(ByteKey(entry.id))
            )
        }
        let hidden = found.count - MappingPages.foundMax
        return (rows, hidden > 0 ? "\(Figure.count(hidden)) more are not shown; search by name." : nil)
    }

    // MARK: Review

    /// What a form wishes of a part, with the mapped audiences that labels hide from the person: those stay.
    private func wish(_ part: Part, _ request: ConsoleRequest, _ report: DataflowReport) -> MappingWish {
        let wish = part.only(MappingWish(request.form), of: MappingWish(of: report.entry))
        let (whole, seen) = (desk.control.whole, desk.control.snapshot)
        let hidden = FlowTransformation(report.entry).audiences.map(\.audience.uuid.description).filter { id in
            whole.entry(.segmentDefinition, id) != nil && seen.entry(.segmentDefinition, id) == nil
        }
        return MappingWish(
            audiences: wish.audiences + hidden.filter { !wish.audiences.contains($0) },
            paths: wish.paths
        )
    }

    private func review(
        _ part: Part,
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = []
    ) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let report = try desk.dataflowReport(request.parameter("id"))
        let wish = wish(part, request, report)
        for path in wish.paths {
            do throws(APIError) {
                _ = try AttributePath.keys(of: path, at: path)
            } catch {
                return try await choose(part, request, [FormMistakes.Item(field: "paths", text: "\(error.detail).")])
            }
        }
        let proposal: DataflowProposal
        do throws(APIError) {
            proposal = try desk.dataflows.propose(
                DataflowService.Wish(
                    id: report.id,
                    patch: try JSONPatch(wish.patch(of: report.entry, backfills: true))
                )
            )
        } catch {
            guard error.code.status == 400 else { throw error }
            return try await choose(part, request, [FormMistakes.Item(field: nil, text: MappingPages.text(of: error))])
        }
        let flow = proposal.entry
        let base = part.only(MappingWish(request.form, prefix: "base-"), of: wish)
        let (added, removed) = (wish.added(to: base), base.added(to: wish))
        let mapped = FlowTransformation(report.entry).audiences + FlowTransformation(flow).audiences
        let counts = (try? await desk.dependencies.engine.memberCounts(of: mapped.map(\.audience))) ?? [:]
        let change = try await ReviewedChange(
            proposal,
            desk.dependencies,
            showsMessages: viewer.may(.viewProfiles),
            isLong: request.form["do"] == "count"
        )
        let picker = await PathPicker(desk, for: report, now: request.now)
        let mistakes = FormMistakes(items)
        let heading = "Review the \(part.title.lowercased())"
        return .page(
            ReviewPage(
                title: mistakes == nil ? heading : "Error: \(heading)",
                heading: heading,
                crumbs: [DataflowPages.root, PageFrame.Crumb(report.name, report.path)],
                mistakes: mistakes,
                lines: lines(added, removed, of: flow, counts, picker),
                isSame: added.isEmpty && removed.isEmpty,
                facts: change.facts,
                backfill: change.switchField(request.form["backfill"]),
                sample: change.sample,
                breaking: change.breaking,
                consent: change.consentField(request.form[ReviewedChange.consent], mistakes),
                messages: change.messages,
                canLookOn: change.canLookOn,
                path: part.path(of: report),
                token: viewer.token,
                hidden: MappingPages.hidden(
                    wish,
                    since: MappingWish(request.form, prefix: "base-"),
                    etag: request.form["etag"] ?? ""
                ),
                button: "Apply",
                forbidden: change.forbidden
            ),
            status: mistakes == nil ? 200 : 400
        )
    }

    /// What a review sends along, so that it is applied as it was reviewed.
    private static func hidden(_ wish: MappingWish, since base: MappingWish, etag: String) -> [FormPage.Hidden] {
        [FormPage.Hidden(name: "etag", value: etag)]
            + wish.audiences.map { FormPage.Hidden(name: "audience", value: $0) }
            + [FormPage.Hidden(name: "paths", value: wish.pathsText)]
            + base.audiences.map { FormPage.Hidden(name: "base-audience", value: $0) }
            + [FormPage.Hidden(name: "base-paths", value: base.pathsText)]
    }

    private func lines(
        _ added: MappingWish,
        _ removed: MappingWish,
        of flow: ControlEntry,
        _ counts: [Audience.ID: Int],
        _ picker: PathPicker
    ) -> [ReviewPage.Line] {
        let engine = desk.dependencies.engine
        func line(_ isAdded: Bool, _ name: String, _ note: String?) -> ReviewPage.Line {
            ReviewPage.Line(sign: isAdded ? "+" : "−", tone: isAdded ? "good" : "bad", name: name, note: note)
        }
        func members(_ id: String) -> String {
            guard let audience = UUIDBytes(id).map({ Audience.ID(uuid: $0) }) else { return "–" }
            let isDone = engine.evaluationProgress(audience)?.isDone ?? true
            return Figure.count(counts[audience] ?? 0, "member") + (isDone ? "" : " so far; it is being evaluated")
        }
        let isTold = desk.control.snapshot.dataflow(flow)?.options.emitsUnmapping ?? false
        func gone(_ id: String) -> String {
            isTold
                ? "\(members(id)), each told as exited by a record."
                : "Nothing is sent of it; consumers keep what they have."
        }
        return added.audiences.map { line(true, desk.audienceName($0), members($0)) }
            + removed.audiences.map { line(false, desk.audienceName($0), gone($0)) }
            + added.paths.map { path in
                line(true, path, picker.warning(of: path, isKnown: engine.isKnownPath(path.dottedKeys)))
            } + removed.paths.map { line(false, $0, nil) }
    }

    private static func text(of error: APIError) -> String { "\(error.detail) (\(error.code.rawValue))" }

    // MARK: Apply

    private func apply(_ part: Part, _ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try desk.dataflowReport(request.parameter("id"))
        let wish = wish(part, request, report)
        let tag = request.form["etag"] ?? ""
        guard tag.hasSameBytes(as: report.entry.etag) else { return try await conflict(part, request, report, wish) }
        let lacksConsent: Bool
        do throws(APIError) {
            let patch = try JSONPatch(wish.patch(of: report.entry, backfills: request.form["backfill"] == "true"))
            let proposal = try desk.dataflows.propose(DataflowService.Wish(id: report.id, patch: patch))
            lacksConsent = try await ReviewedChange.lacksConsent(proposal, request.form, desk.dependencies)
            if !lacksConsent {
                let client = try request.client(of: desk.control.orgID)
                _ = try await desk.dataflows.update(report.id, ifMatch: tag, patch, by: client)
            }
        } catch {
            switch error.code.status {
            // The review tells which policy, and what would cure it.
            case 409 where error.code == .policyViolated:
                await desk.noteRefusal(error, of: request)
                return try await review(part, request)
            case 412: return try await conflict(part, request, try desk.dataflowReport(report.id), wish)
            case 400:
                return try await choose(
                    part,
                    request,
                    [FormMistakes.Item(field: nil, text: MappingPages.text(of: error))]
                )
            default: throw error
            }
        }
        if lacksConsent { return try await review(part, request, [ReviewedChange.consentMistake]) }
        return .redirect(report.path, part == .whole ? .mappingApplied : .audiencesApplied)
    }

    /// Somebody changed the dataflow: shows what, with the person's own wish on top of it.
    private func conflict(
        _ part: Part,
        _ request: ConsoleRequest,
        _ report: DataflowReport,
        _ wish: MappingWish
    ) async throws -> ConsoleAnswer {
        let base = MappingWish(request.form, prefix: "base-")
        let now = MappingWish(of: report.entry)
        let (added, removed) = (now.added(to: base), base.added(to: now))
        func list(_ wish: MappingWish) -> String {
            (wish.audiences.map { desk.audienceName($0) } + wish.paths).joined(separator: ", ")
        }
        let changes = [
            added.isEmpty ? nil : "added \(list(added))", removed.isEmpty ? nil : "took out \(list(removed))",
        ].compactMap { $0 }
        let what = changes.isEmpty ? "its settings, not its mapping" : "it: \(changes.joined(separator: "; "))"
        let who = desk.name(of: report.entry.string("updatedBy"))
        let ago = Instant(report.entry.updatedAt, now: request.now).ago
        let text = "\(who) changed \(what), \(ago). Your change is kept on top of that below; review it again."
        return try await choose(part, request, merged: (wish.merged(since: base, now), text))
    }
}
