import ActivationCore
import ActivationEngine
import Console

/// The dead letters of dataflows, masked: by cause, one by one, sent again and given up.
struct ParkedPages: Sendable {
    let desk: ConsoleDesk

    /// Characters of a message that are shown.
    private static let charactersMax = 2_000

    var service: DeadLetterService { DeadLetterService(dependencies: desk.dependencies) }

    func add(to register: inout ConsoleRegister) {
        register.page("dataflows/parked") { try await list($0) }
        register.page("dataflows/:id/parked") { try await show($0) }
        register.form(
            "dataflows/:id/parked/replay",
            show: { try await replaying($0) },
            submit: { try await replay($0) }
        )
        register.form(
            "dataflows/:id/parked/discard",
            show: { try await discarding($0) },
            submit: { try await discard($0) }
        )
    }

    static let root = PageFrame.Crumb("Parked records", "/console/dataflows/parked")

    /// For how long they are kept, in words.
    private static func keeping(_ days: Int) -> String {
        days > 0
            ? "They stay until somebody sends them again or gives them up, for \(Figure.count(days, "day")) at most."
            : "They stay until somebody sends them again or gives them up."
    }

    /// A dataflow, deleted ones too, with where its dead letters are.
    struct Place {
        let subject: DeadLetterService.Subject
        let name: String
        let crumbs: [PageFrame.Crumb]
        let path: String
    }

    /// The dataflow that a path names.
    func place(_ request: ConsoleRequest) async throws(APIError) -> Place {
        let id = request.parameter("id")
        let subject = try await service.subject(id)
        let path = "/console/dataflows/\(subject.id.uuid)"
        guard subject.flow != nil else {
            let crumbs = [DataflowPages.root, ParkedPages.root]
            return Place(subject: subject, name: "a deleted dataflow", crumbs: crumbs, path: "\(path)/parked")
        }
        let report = try desk.dataflowReport(id)
        let crumbs = [DataflowPages.root, PageFrame.Crumb(report.name, report.path)]
        return Place(subject: subject, name: report.name, crumbs: crumbs, path: "\(report.path)/parked")
    }

    // MARK: Reading

    /// The dataflows that have dead letters.
    private func list(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let counts = try await service.counts().sorted { ($1.value, $0.key.uuid) < ($0.value, $1.key.uuid) }
        let rows = counts.prefix(ListPlace.rows).map { id, count in
            let report = try? desk.dataflowReport(id.uuid.description)
            return TablePage.Row(
                name: report?.name ?? "Deleted dataflow",
                path: "/console/dataflows/\(id.uuid)/parked",
                mark: nil,
                note: report == nil ? id.uuid.description : nil,
                cells: [TablePage.Cell("Parked", Figure.count(count), isNumber: true)]
            )
        }
        return .page(
            TablePage(
                "Parked records",
                under: [DataflowPages.root],
                text: "What destinations refused for good. \(ParkedPages.keeping(desk.dependencies.deadLetterDays))",
                action: nil,
                what: "Dataflow",
                rows: rows,
                emptyText: "Nothing is parked."
            )
        )
    }

    private func show(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let place = try await place(request)
        let after = request.query["after"].flatMap { Int64($0) }
        let code = request.query["code"]
        let engine = desk.dependencies.engine
        let id = place.subject.id
        // One more tells whether there are more.
        let letters = try await APIError.mapping { () throws(EngineError) in
            try await engine.deadLetters(id, code: code, after: after ?? 0, limit: ListPlace.rows + 1)
        }
        let causes = try await APIError.mapping { () throws(EngineError) in try await engine.deadLetterCauses(id) }
        let page = letters.prefix(ListPlace.rows)
        let books = try? await engine.books(id).counters
        let mayChange = try request.signedIn().may(.activateDestinations)
        let mayReplay = mayChange && place.subject.flow != nil
        let filter = code.map { "code=\($0.percentEncoded())" }
        return .page(
            ParkedPage(
                crumbs: place.crumbs,
                name: place.name,
                isDeleted: place.subject.flow == nil,
                keeping: ParkedPages.keeping(desk.dependencies.deadLetterDays),
                causes: causes.map { cause in
                    ParkedPages.cause(cause, place.path, isShown: cause.code == code, mayReplay, mayChange, request.now)
                },
                hasCauses: !causes.isEmpty,
                code: code,
                all: place.path,
                rows: page.enumerated().map { number, letter in
                    ParkedPages.row(
                        number + 1,
                        letter,
                        place.path,
                        mayReplay,
                        mayChange,
                        desk.dependencies.deadLetterDays,
                        request.now
                    )
                },
                isEmpty: page.isEmpty,
                emptyText: books.map {
                    after == nil && code == nil
                        ? "Nothing is parked. Delivered so far: \(Figure.count($0.delivered, "record"))."
                        : "No more are parked."
                } ?? "Nothing is parked.",
                pager: Pager(
                    text: books.map { Figure.count($0.deadLetters, "record") + " parked" } ?? "",
                    first: after == nil ? nil : place.path + (filter.map { "?\($0)" } ?? ""),
                    next: letters.count > page.count
                        ? page.last.map { last in
                            "\(place.path)?after=\(last.record.row)" + (filter.map { "&\($0)" } ?? "")
                        } : nil
                )
            )
        )
    }

    private static func cause(
        _ cause: DeadLetterCause,
        _ path: String,
        isShown: Bool,
        _ mayReplay: Bool,
        _ mayDiscard: Bool,
        _ now: Timestamp
    ) -> ParkedPage.Cause {
        let item = "code=\(cause.code.percentEncoded())"
        return ParkedPage.Cause(
            code: cause.code,
            path: "\(path)?\(item)",
            isShown: isShown,
            count: Figure.count(cause.count),
            first: Instant(cause.firstParkedAt, now: now),
            last: Instant(cause.lastParkedAt, now: now),
            replay: mayReplay ? "\(path)/replay?\(item)" : nil,
            discard: mayDiscard ? "\(path)/discard?\(item)" : nil
        )
    }

    private static func row(
        _ number: Int,
        _ letter: DeadLetter,
        _ path: String,
        _ mayReplay: Bool,
        _ mayDiscard: Bool,
        _ days: Int,
        _ now: Timestamp
    ) -> ParkedPage.Row {
        let item = "letter=\(letter.record.row)"
        return ParkedPage.Row(
            number: String(number),
            parked: Instant(letter.parkedAt, now: now),
            goes: letter.keptUntil(days: days).map { Instant($0, now: now).exact },
            code: letter.code,
            reason: letter.message,
            profile: letter.record.profile.uuid.description,
            causes: letter.record.reasons.names.joined(separator: ", "),
            size: Figure.bytes(Int64(letter.record.payload.count)),
            text: MaskedMessage.lines(of: letter.record.payload, charactersMax: charactersMax),
            replay: mayReplay ? "\(path)/replay?\(item)" : nil,
            discard: mayDiscard ? "\(path)/discard?\(item)" : nil
        )
    }
}
