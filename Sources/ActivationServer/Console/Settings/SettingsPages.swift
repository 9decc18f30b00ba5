import ActivationCore
import Console

/// A dataflow's settings after it was made, a form per topic.
struct SettingsPages: Sendable {
    let desk: ConsoleDesk

    /// The item of a query or form that makes a topic a step of activation.
    static let step = "step"

    private static let (tag, base) = ("etag", "base")

    func add(to register: inout ConsoleRegister) {
        for topic in SettingsTopic.allCases {
            register.form(
                "dataflows/:id/\(topic.rawValue)",
                show: { try show(topic, $0) },
                submit: { try await submit(topic, $0) }
            )
        }
    }

    /// A dataflow with the kind of its destination.
    private struct Subject {
        var report: DataflowReport
        var spec: DestinationSpec
        var params: JSONObject
        var tag: String
        /// How many dataflows use its target.
        var sharers: Int
    }

    private func subject(_ request: ConsoleRequest) throws(APIError) -> Subject {
        let report = try desk.dataflowReport(request.parameter("id"))
        guard let target = report.target, let kind = desk.dependencies.destinations[of: target.body] else {
            throw APIError(
                .conflict,
                "the dataflow's destination is not offered by this server, so nothing of it can be set here"
            )
        }
        let snapshot = desk.control.snapshot
        return Subject(
            report: report,
            spec: kind.spec,
            params: target.body["params"]?.object ?? [:],
            tag: snapshot.settingsTag(of: report.entry),
            sharers: snapshot.flows(using: target).count
        )
    }

    // MARK: Show

    private func show(
        _ topic: SettingsTopic,
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = [],
        merged: QueryItems? = nil
    ) throws(APIError) -> ConsoleAnswer {
        let subject = try subject(request)
        let stored = topic.stored(subject.report.entry, subject.spec, subject.params)
        // What was typed stands on what its writer saw, unless both have been put together.
        let isNew = request.form.items.isEmpty || merged != nil
        let typed = merged ?? (request.form.items.isEmpty ? stored : request.form)
        let mistakes = FormMistakes(items)
        let isStep = (request.form[SettingsPages.step] ?? request.query[SettingsPages.step]) != nil
        var hidden = [
            FormPage.Hidden(
                name: SettingsPages.tag,
                value: isNew ? subject.tag : request.form[SettingsPages.tag] ?? ""
            ),
            FormPage.Hidden(
                name: SettingsPages.base,
                value: isNew ? stored.text : request.form[SettingsPages.base] ?? ""
            ),
        ]
        if isStep { hidden.append(FormPage.Hidden(name: SettingsPages.step, value: "activate")) }
        let isShared = subject.sharers > 1 && (topic == .settings || topic == .when)
        let note = " \(Figure.count(subject.sharers)) dataflows use this target; it changes for all of them."
        return .page(
            FormPage(
                "\(topic.title): \(subject.report.name)",
                under: [DataflowPages.root, PageFrame.Crumb(subject.report.name, subject.report.path)],
                text: topic.about + (isShared ? note : "")
                    + (topic == .alerts ? standing(of: subject.report.entry) : ""),
                mistakes: mistakes,
                path: "\(subject.report.path)/\(topic.rawValue)",
                token: try request.signedIn().token,
                hidden: hidden,
                fields: topic.fields(of: subject.report.entry, subject.spec, typed, mistakes),
                button: SettingsPages.button(isStep: isStep),
                review: topic.shapesRecords ? "Show what it does" : nil,
                cancel: subject.report.path,
                places: topic == .alerts ? SettingsPages.alertPlaces(of: subject.report.entry) : []
            ),
            status: mistakes == nil ? 200 : 400
        )
    }

    /// What is the matter with a dataflow now, in a sentence.
    private func standing(of flow: ControlEntry) -> String {
        let told = desk.dependencies.alerts.alerts().filter { $0.watch.flow?.id.hasSameBytes(as: flow.id) ?? false }
        guard !told.isEmpty else { return " Now nothing is the matter." }
        return " Now: " + told.map { "\($0.watch.rule.name): \($0.firing.finding.text)" }.joined(separator: " ")
    }

    private static func alertPlaces(of flow: ControlEntry) -> [PageFrame.Crumb] {
        [
            PageFrame.Crumb("What happened", "\(AlertPages.history.path)?flow=\(flow.id.percentEncoded())"),
            AlertPages.rules, AlertPages.channels,
        ]
    }

    // MARK: Save

    private func submit(_ topic: SettingsTopic, _ request: ConsoleRequest) async throws -> ConsoleAnswer {
        if request.form["do"] == "edit" { return try show(topic, request) }
        let subject = try subject(request)
        let tag = request.form[SettingsPages.tag] ?? ""
        guard tag.hasSameBytes(as: subject.tag) else { return try conflict(topic, request, subject) }
        do {
            let wish = try topic.wish(request.form, for: subject.report.entry, subject.spec, subject.params)
            if topic.shapesRecords {
                let proposal = try desk.dataflows.propose(wish, of: subject.report.entry)
                if request.form["do"] == "review" { return try await review(topic, request, subject, proposal) }
                // Whoever breaks a consumer has seen it before.
                if try await ReviewedChange.lacksConsent(proposal, request.form, desk.dependencies) {
                    let isReviewed = request.form["do"] == "apply"
                    let items = isReviewed ? [ReviewedChange.consentMistake] : []
                    return try await review(topic, request, subject, proposal, items)
                }
            }
            _ = try await desk.dataflows.change(
                subject.report.id,
                ifMatch: tag,
                to: wish,
                by: try request.client(of: desk.control.orgID)
            )
        } catch let mistake as TargetFormMistake {
            return try show(topic, request, [FormMistakes.Item(field: mistake.key, text: mistake.text)])
        } catch let error as APIError where error.code == .matchFailed {
            return try conflict(topic, request, try self.subject(request))
        } catch let error as APIError where error.code.status == 400 || error.code.status == 409 {
            let labels = TargetForm(subject.spec).labels
            return try show(topic, request, [ConnectPages.mistake(error, "/params", labels)])
        }
        let isStep = request.form[SettingsPages.step] != nil
        return .redirect(isStep ? "\(subject.report.path)/mapping" : subject.report.path, .settingsKept)
    }

    /// What the typed settings would do.
    private func review(
        _ topic: SettingsTopic,
        _ request: ConsoleRequest,
        _ subject: Subject,
        _ proposal: DataflowProposal,
        _ items: [FormMistakes.Item] = []
    ) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let (report, form) = (subject.report, request.form)
        let change = try await ReviewedChange(
            proposal,
            desk.dependencies,
            showsMessages: viewer.may(.viewProfiles)
        )
        let fields = topic.fields(of: report.entry, subject.spec, form, nil)
        let stored = topic.stored(report.entry, subject.spec, subject.params)
        let merge = FormMerge(base: stored, now: form, typed: stored, labels: fields.map { ($0.name, $0.label) })
        let lines = merge.changes.map { ReviewPage.Line(sign: "·", tone: "", name: $0, note: nil) }
        let kept = [SettingsPages.tag, SettingsPages.base, SettingsPages.step] + fields.map(\.name)
        let mistakes = FormMistakes(items)
        let heading = "Review: \(report.name)"
        return .page(
            ReviewPage(
                title: mistakes == nil ? heading : "Error: \(heading)",
                heading: heading,
                crumbs: [DataflowPages.root, PageFrame.Crumb(report.name, report.path)],
                mistakes: mistakes,
                lines: lines,
                isSame: lines.isEmpty,
                facts: change.facts,
                backfill: nil,
                sample: change.sample,
                breaking: change.breaking,
                consent: change.consentField(form[ReviewedChange.consent], mistakes),
                messages: change.messages,
                canLookOn: false,
                path: "\(report.path)/\(topic.rawValue)",
                token: viewer.token,
                hidden: kept.flatMap { name in form.values(name).map { FormPage.Hidden(name: name, value: $0) } },
                button: SettingsPages.button(isStep: form[SettingsPages.step] != nil),
                forbidden: change.forbidden
            ),
            status: mistakes == nil ? 200 : 400
        )
    }

    private static func button(isStep: Bool) -> String { isStep ? "Save and choose audiences" : "Save" }

    /// Somebody changed the dataflow: shows what, with the person's own changes on top of it.
    private func conflict(
        _ topic: SettingsTopic,
        _ request: ConsoleRequest,
        _ subject: Subject
    ) throws(APIError) -> ConsoleAnswer {
        let entry = subject.report.entry
        let fields = topic.fields(of: entry, subject.spec, QueryItems([]), nil)
        let merge = FormMerge(
            base: try QueryItems(parsing: request.form[SettingsPages.base] ?? ""),
            now: topic.stored(entry, subject.spec, subject.params),
            typed: request.form,
            labels: fields.map { ($0.name, $0.label) }
        )
        // The flow or its target, whichever changed last.
        let last = [entry, subject.report.target].compactMap { $0 }.max { $0.updatedAt < $1.updatedAt } ?? entry
        let who = desk.name(of: last.string("updatedBy"))
        let ago = Instant(last.updatedAt, now: request.now).ago
        let what =
            merge.changes.isEmpty
            ? "\(who) changed the dataflow \(ago), but nothing on this page."
            : "\(who) changed this \(ago). \(merge.changes.joined(separator: "; "))."
        let text = "\(what) Your changes are kept on top of that below; look at them and save again."
        return try show(topic, request, [FormMistakes.Item(field: nil, text: text)], merged: merge.form)
    }
}
