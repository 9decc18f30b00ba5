import ActivationCore
import ActivationEngine
import Console

/// The dead letters of a dataflow, masked.
struct ParkedPages: Sendable {
    let desk: ConsoleDesk

    /// Characters of a message that are shown.
    private static let charactersMax = 2_000

    func add(to register: inout ConsoleRegister) {
        register.page("dataflows/:id/parked") { try await show($0) }
    }

    private func show(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try desk.dataflowReport(request.parameter("id"))
        guard let id = UUIDBytes(report.id).map({ Dataflow.ID(uuid: $0) }) else {
            throw APIError(.consolePage, "there is no dataflow at this address")
        }
        let path = "\(report.path)/parked"
        let place = request.query["after"].flatMap { Int64($0) }
        let engine = desk.dependencies.engine
        // One more tells whether there are more.
        let letters = try await APIError.mapping { () throws(EngineError) in
            try await engine.deadLetters(id, code: nil, after: place ?? 0, limit: ListPlace.rows + 1)
        }
        let page = letters.prefix(ListPlace.rows)
        let books = try? await engine.books(id).counters
        return .page(
            ParkedPage(
                crumbs: [DataflowPages.root, PageFrame.Crumb(report.name, report.path)],
                name: report.name,
                rows: page.enumerated().map { ParkedPages.row($0 + 1, $1, now: request.now) },
                isEmpty: page.isEmpty,
                emptyText: books.map {
                    place == nil
                        ? "Nothing is parked. Delivered so far: \(Figure.count($0.delivered, "record"))."
                        : "No more are parked."
                } ?? "Nothing is parked.",
                pager: Pager(
                    text: books.map { Figure.count($0.deadLetters, "record") + " parked" } ?? "",
                    first: place == nil ? nil : path,
                    next: letters.count > page.count ? page.last.map { "\(path)?after=\($0.record.row)" } : nil
                )
            )
        )
    }

    private static func row(_ number: Int, _ letter: DeadLetter, now: Timestamp) -> ParkedPage.Row {
        ParkedPage.Row(
            number: String(number),
            parked: Instant(letter.parkedAt, now: now),
            code: letter.code,
            reason: letter.message,
            profile: letter.record.profile.uuid.description,
            causes: letter.record.reasons.names.joined(separator: ", "),
            size: Figure.bytes(Int64(letter.record.payload.count)),
            text: MaskedMessage.lines(of: letter.record.payload, charactersMax: charactersMax)
        )
    }
}
