import ActivationCore
import ActivationEngine
import Console

/// The date on which a dataset ends, with all that it has stated.
extension DatasetPages {
    private func expiration(_ dataset: String) -> ShownExpiration? {
        desk.control.snapshot.expiration(ofDataset: dataset).map(desk.dependencies.shown)
    }

    private static func path(_ dataset: String, _ page: String? = nil) -> String {
        "\(root.path)/\(dataset.percentEncoded())" + (page.map { "/\($0)" } ?? "")
    }

    /// What the dataset's page says of its end; empty when it has none.
    func endText(of dataset: String, at now: Timestamp) -> String {
        guard let shown = expiration(dataset) else { return "" }
        let date = Instant(shown.expiration.expiry, now: now).exact
        let counts = shown.removal?.counts
        let removed = "\(Figure.count(counts?.facts ?? 0)) facts and \(Figure.count(counts?.events ?? 0)) events"
        return switch shown.status {
        case .cancelled: ""
        case .pending: "It ends on \(date), with all that it has stated. "
        case .executing:
            "It ended on \(date). What it had stated is being taken out: \(Figure.count(shown.removal?.processed ?? 0)) of "
                + "\(Figure.count(shown.removal?.total ?? 0)) profiles, \(removed) so far. "
        case .completed:
            "It ended on \(date); nothing of it is left. \(removed) were taken out of "
                + "\(Figure.count(counts?.profiles ?? 0, "profile")). "
        }
    }

    /// What can be done about the dataset's end.
    func endActions(on dataset: String, _ request: ConsoleRequest) throws(APIError) -> [TablePage.Action] {
        guard try request.signedIn().may(.manageDatasets) else { return [] }
        switch expiration(dataset)?.status {
        case .executing, .completed: return []
        case .pending:
            return [
                TablePage.Action(label: "Change its date", path: DatasetPages.path(dataset, "end")),
                TablePage.Action(label: "Cancel its date", path: DatasetPages.path(dataset, "keep")),
            ]
        case .cancelled, nil:
            return [TablePage.Action(label: "End it on a date", path: DatasetPages.path(dataset, "end"))]
        }
    }

    private func dataset(_ request: ConsoleRequest) throws(APIError) -> Dataset {
        guard let entry = desk.control.entry(.dataset, request.parameter("id")) else {
            throw APIError(.consolePage, "there is no dataset at this address")
        }
        return Dataset(entry)
    }

    func endForm(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let dataset = try dataset(request)
        let present = expiration(dataset.id).flatMap { $0.status == .pending ? $0.expiration : nil }
        let mistakes = FormMistakes(items)
        return .page(
            FormPage(
                "End \(dataset.name) on a date",
                under: [
                    DatasetPages.root,
                    PageFrame.Crumb(dataset.name, DatasetPages.path(dataset.id)),
                ],
                text:
                    "On it every fact and event that the dataset has stated goes from every profile, people leave the audiences that "
                    + "rested on them, and the dataset takes nothing any more. Nothing brings that back. Identities stay.",
                mistakes: mistakes,
                path: DatasetPages.path(dataset.id, "end"),
                token: try request.signedIn().token,
                fields: [
                    FormField(
                        "expiry",
                        "Date",
                        value: request.form["expiry"] ?? present?.expiry.rfc3339,
                        hint: "Such as 2027-01-31, its first instant by UTC, or 2027-01-31T12:00:00+01:00.",
                        error: mistakes?.text(of: "expiry")
                    ),
                    FormField(
                        "description",
                        "Why",
                        value: request.form["description"] ?? present?.text,
                        error: mistakes?.text(of: "description"),
                        isOptional: true
                    ),
                ],
                button: "Keep the date",
                isDangerous: true,
                cancel: DatasetPages.path(dataset.id)
            ),
            status: mistakes == nil ? 200 : 400
        )
    }

    func putEnd(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let dataset = try dataset(request)
        do throws(APIError) {
            let wanted = try DatasetExpirationDraft([
                DatasetExpiration.Key.expiry: .string(request.form["expiry"] ?? ""),
                DatasetExpiration.Key.description: .string(request.form["description"] ?? ""),
            ])
            let author = try request.client(of: desk.control.orgID).author
            try await desk.control.write(by: author) { draft throws(APIError) in
                if let known = draft.snapshot.expiration(ofDataset: dataset.id), known.isPending(at: draft.instant) {
                    _ = try draft.change(known, to: wanted)
                } else {
                    _ = try draft.insert(wanted, of: dataset.id)
                }
            }
        } catch {
            guard [.fieldInvalid, .conflict, .datasetExpired].contains(error.code) else { throw error }
            await desk.noteRefusal(error, of: request)
            let field = error.detail.hasPrefix("/description") ? "description" : "expiry"
            let item = FormMistakes.Item(field: error.code == .fieldInvalid ? field : nil, text: error.sentence)
            return try endForm(request, [item])
        }
        desk.note("Date of a dataset kept", dataset.id, by: try request.signedIn())
        return .redirect(DatasetPages.path(dataset.id), .datasetEndKept)
    }

    func keepForm(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let dataset = try dataset(request)
        let shown = expiration(dataset.id)
        let date = shown.map { Instant($0.expiration.expiry, now: request.now).exact } ?? ""
        let isPending = shown?.status == .pending
        return .page(
            ConfirmPage(
                title: "Cancel the date of \(dataset.name)",
                crumbs: [DatasetPages.root, PageFrame.Crumb(dataset.name, DatasetPages.path(dataset.id))],
                text: isPending ? "It ends on \(date). Without the date it stays, with all that it has stated." : "",
                obstacle: isPending ? nil : "It has no date that could be cancelled.",
                obstacles: [],
                path: DatasetPages.path(dataset.id, "keep"),
                token: try request.signedIn().token,
                etag: shown?.expiration.entry.etag ?? "",
                button: "Cancel the date",
                cancel: DatasetPages.path(dataset.id)
            )
        )
    }

    func keep(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let dataset = try dataset(request)
        let author = try request.client(of: desk.control.orgID).author
        try await desk.control.write(by: author) { draft throws(APIError) in
            guard let known = draft.snapshot.expiration(ofDataset: dataset.id) else {
                throw APIError(.expirationUnknown, "the dataset has no date that could be cancelled")
            }
            try draft.cancel(known)
        }
        desk.note("Date of a dataset cancelled", dataset.id, by: try request.signedIn())
        return .redirect(DatasetPages.path(dataset.id), .datasetStays)
    }
}
