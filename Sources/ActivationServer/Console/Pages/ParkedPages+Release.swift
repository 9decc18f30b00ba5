import ActivationCore
import ActivationEngine
import Console

/// What becomes of dead letters.
extension ParkedPages {
    /// Which dead letters a form is about: one, those with a code, or all.
    private struct Wanted {
        let selection: DeadLetterService.Selection
        /// What is sent along.
        let hidden: [FormPage.Hidden]
        /// How many, in words.
        let text: String
    }

    private func wanted(_ items: [String: String], of place: Place) async throws(APIError) -> Wanted {
        if let row = items["letter"].flatMap({ Int64($0) }) {
            return Wanted(
                selection: DeadLetterService.Selection(rows: [row]),
                hidden: [FormPage.Hidden(name: "letter", value: String(row))],
                text: "One record"
            )
        }
        let engine = desk.dependencies.engine
        let id = place.subject.id
        let causes = try await APIError.mapping { () throws(EngineError) in try await engine.deadLetterCauses(id) }
        if let code = items["code"], !code.isEmpty {
            let count = causes.first { $0.code == code }?.count ?? 0
            return Wanted(
                selection: DeadLetterService.Selection(code: code),
                hidden: [FormPage.Hidden(name: "code", value: code)],
                text: "\(Figure.count(count, "record")) refused for \(code)"
            )
        }
        return Wanted(
            selection: DeadLetterService.Selection(),
            hidden: [],
            text: "All \(Figure.count(causes.reduce(0) { $0 + $1.count }, "parked record"))"
        )
    }

    private static func items(_ request: ConsoleRequest) -> [String: String] {
        var items: [String: String] = [:]
        for name in ["letter", "code"] { items[name] = request.form[name] ?? request.query[name] }
        return items
    }

    private func crumbs(_ place: Place) -> [PageFrame.Crumb] {
        place.crumbs + [PageFrame.Crumb("Parked records", place.path)]
    }

    // MARK: Send again

    func replaying(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let place = try await place(request)
        try place.subject.refuseDeleted()
        let wanted = try await wanted(ParkedPages.items(request), of: place)
        return .page(
            FormPage(
                "Send again",
                under: crumbs(place),
                text: """
                    \(wanted.text). What is true now is one record of each person, in order with all others, so it undoes nothing. \
                    The same message is sent as it was, though newer ones of the person may have been delivered.
                    """,
                path: "\(place.path)/replay",
                token: try request.signedIn().token,
                hidden: wanted.hidden,
                fields: [
                    FormField(
                        "as",
                        "What is sent",
                        .choice([
                            (value: DeadLetterRelease.Way.present.rawValue, label: "What is true now"),
                            (value: DeadLetterRelease.Way.original.rawValue, label: "The same message once more"),
                        ]),
                        value: DeadLetterRelease.Way.present.rawValue
                    )
                ],
                button: "Send again",
                cancel: place.path
            )
        )
    }

    func replay(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let place = try await place(request)
        let wanted = try await wanted(ParkedPages.items(request), of: place)
        let isOriginal = request.form["as"] == DeadLetterRelease.Way.original.rawValue
        let outcome = try await service.release(
            wanted.selection,
            of: place.subject,
            as: isOriginal ? .original : .present
        )
        desk.note("Dead letters sent again", place.subject.id.uuid.description, by: try request.signedIn())
        let notice: ConsoleNotice =
            outcome.next != nil
            ? .deadLettersLeft : outcome.kept > 0 ? .deadLettersKept : .deadLettersReplayed
        return .redirect(place.path, notice)
    }

    // MARK: Give up

    func discarding(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let place = try await place(request)
        let wanted = try await wanted(ParkedPages.items(request), of: place)
        return .page(
            ConfirmPage(
                title: "Give up parked records",
                crumbs: crumbs(place),
                text: "\(wanted.text). What they say is lost; the destination never gets it.",
                obstacle: nil,
                obstacles: [],
                path: "\(place.path)/discard",
                token: try request.signedIn().token,
                etag: "",
                button: "Give up",
                cancel: place.path,
                hidden: wanted.hidden
            )
        )
    }

    func discard(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let place = try await place(request)
        let wanted = try await wanted(ParkedPages.items(request), of: place)
        let outcome = try await service.release(wanted.selection, of: place.subject, as: .discarded)
        desk.note("Dead letters discarded", place.subject.id.uuid.description, by: try request.signedIn())
        // A deleted dataflow without dead letters has no page any more.
        let isOver = place.subject.flow == nil && outcome.next == nil
        let isLeft = isOver ? try await service.counts()[place.subject.id] != nil : true
        return .redirect(
            isLeft ? place.path : ParkedPages.root.path,
            outcome.next == nil ? .deadLettersDiscarded : .deadLettersLeft
        )
    }
}
