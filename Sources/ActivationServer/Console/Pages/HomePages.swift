import ActivationCore
import ActivationEngine
import Console

/// The first page.
struct HomePages: Sendable {
    let desk: ConsoleDesk

    func add(to register: inout ConsoleRegister) {
        register.page("") { try await home($0) }
    }

    private func home(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let engine = desk.dependencies.engine
        let seesDestinations = viewer.may(.viewDestinations)
        let reports = seesDestinations ? desk.dataflowReports() : []
        let figures = (try? await desk.figures(of: reports, at: request.now)) ?? [:]
        let health = await engine.health()
        let problems =
            HomePages.problems(health, of: desk.dependencies)
            + HomePages.problems(engine.lastBooksAudit, of: reports, now: request.now)
            + HomePages.problems(reports, now: request.now)
        let profiles = try? await engine.profileCount()
        let isKnown = profiles != nil && figures.count == reports.count
        let audiences = desk.control.snapshot.count(.segmentDefinition)
        let mapped = reports.contains { $0.audiences > 0 }
        let hasAccount = !desk.accountReports().isEmpty
        let books = figures.values.map(\.books)
        let longest = books.compactMap(\.oldestPendingAt).min()
        let (sentence, mark) = HomePages.verdict(reports, problems, isKnown: isKnown)
        let rows = reports.prefix(HomePage.rowsMax).map { HomePages.row($0, figures[$0.id], now: request.now) }
        let unknown = "–"
        let changes = await latestChanges(for: viewer, now: request.now)
        let hours = figures.values.map { $0.delivered(at: request.now) }
        return .page(
            HomePage(
                sentence: sentence,
                mark: mark,
                problems: HomePages.shown(problems),
                hasProblems: !problems.isEmpty,
                tiles: [
                    HomePage.Tile(label: "Profiles", value: profiles.map { Figure.count($0) } ?? unknown, note: nil),
                    HomePage.Tile(label: "Audiences", value: Figure.count(audiences), note: nil),
                    HomePage.Tile(
                        label: "Delivered this hour",
                        value: isKnown ? Figure.count(hours.reduce(0) { $0 + $1.thisHour }) : unknown,
                        note: isKnown ? "\(Figure.count(hours.reduce(0) { $0 + $1.lastHour })) in the hour before" : nil
                    ),
                    HomePage.Tile(
                        label: "Waiting",
                        value: isKnown ? Figure.count(books.reduce(0) { $0 + $1.pendingRows }) : unknown,
                        note: longest.map {
                            "the oldest for \(Instant.span(seconds: $0.duration(to: request.now).components.seconds))"
                        }
                    ),
                    HomePage.Tile(
                        label: "Parked",
                        value: isKnown ? Figure.count(books.reduce(0) { $0 + $1.counters.deadLetters }) : unknown,
                        note: nil,
                        path: seesDestinations ? ParkedPages.root.path : nil
                    ),
                ],
                rows: rows,
                hasRows: !rows.isEmpty,
                more: reports.count > rows.count ? "The \(rows.count) newest of \(Figure.count(reports.count))" : nil,
                steps: HomePages.steps(profiles ?? 0, hasAccount, audiences, mapped),
                isNew: seesDestinations && !(mapped && hasAccount),
                changes: changes,
                hasChanges: !changes.isEmpty
            )
        )
    }

    /// What people changed last of what a person may see; looked for among the newest changes alone.
    private func latestChanges(for viewer: ConsoleViewer, now: Timestamp) async -> [ChangeRow] {
        let page = try? await ChangeHistory(control: desk.control).page()
        let seen = (page?.changes ?? []).lazy.filter { change in
            change.author.way != .server && viewer.maySeeChanges(of: change.kind)
        }
        return desk.rows(of: Array(seen.prefix(HomePage.changesMax)), now: now)
    }

    /// Problems that are told one by one.
    private static let problemsMax = 20

    private static func shown(_ problems: [HomePage.Problem]) -> [HomePage.Problem] {
        guard problems.count > problemsMax else { return problems }
        let rest = Figure.count(problems.count - problemsMax, "more dataflow", "more dataflows")
        let more = HomePage.Problem(
            tone: problems[problemsMax].tone,
            what: "\(rest) in trouble",
            path: "/console/dataflows?problems=true",
            text: "The list of dataflows shows them all.",
            since: nil
        )
        return problems.prefix(problemsMax) + [more]
    }

    private static func verdict(
        _ reports: [DataflowReport],
        _ problems: [HomePage.Problem],
        isKnown: Bool
    ) -> (String, StateMark) {
        guard isKnown else { return ("Not all is known: the store cannot be read.", StateMark("Unknown", .bad)) }
        let bad = problems.count { $0.tone == "bad" }
        if bad > 0 {
            return ("\(Figure.count(bad, "problem needs", "problems need")) you.", StateMark("Problems", .bad))
        }
        if !problems.isEmpty {
            return ("Something is slow or off; it goes on by itself.", StateMark("Trouble", .warning))
        }
        let enabled = reports.count(where: \.isEnabled)
        guard enabled > 0 else {
            return (
                reports.isEmpty ? "Nothing is sent anywhere yet." : "All dataflows are disabled; nothing is sent.",
                StateMark("Quiet", .quiet)
            )
        }
        return (
            enabled == 1 ? "The dataflow is delivering." : "All \(enabled) dataflows are delivering.",
            StateMark("Well", .good)
        )
    }

    private static func problems(
        _ health: Engine.Health,
        of dependencies: ServerDependencies
    ) -> [HomePage.Problem] {
        let readiness = Readiness(health, of: dependencies)
        var problems: [HomePage.Problem] = []
        func add(_ tone: String, _ what: String, _ text: String?) {
            let text = text.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." } ?? ""
            problems.append(HomePage.Problem(tone: tone, what: what, path: nil, text: text, since: nil))
        }
        if !readiness.isReady { add("bad", "No data is taken", readiness.json["reason"]?.string) }
        if let clock = readiness.json["clock"]?["message"]?.string { add("warning", "The clock is off", clock) }
        return problems
    }

    private static func problems(
        _ audit: BooksAudit?,
        of reports: [DataflowReport],
        now: Timestamp
    ) -> [HomePage.Problem] {
        guard let audit else { return [] }
        let off = audit.off
        return reports.filter { report in UUIDBytes(report.id).map { off.contains(Dataflow.ID(uuid: $0)) } ?? false }
            .map { report in
                HomePage.Problem(
                    tone: "bad",
                    what: "\(report.name): books are off",
                    path: report.path,
                    text: "Records are missing or too many. Keep a backup, then run headwater doctor.",
                    since: Instant(audit.at, now: now)
                )
            }
    }

    private static func problems(_ reports: [DataflowReport], now: Timestamp) -> [HomePage.Problem] {
        let troubled = reports.compactMap { report in report.trouble.map { (report, $0) } }
        return (troubled.filter { !$0.1.isPassing } + troubled.filter(\.1.isPassing)).map { report, trouble in
            HomePage.Problem(
                tone: trouble.isPassing ? "warning" : "bad",
                what: "\(report.name): \(report.mark.word.lowercased())",
                path: report.path,
                text: "\(trouble.code): \(trouble.message)",
                since: Instant(trouble.since, now: now)
            )
        }
    }

    private static func row(_ report: DataflowReport, _ figures: DataflowFigures?, now: Timestamp) -> HomePage.Row {
        HomePage.Row(
            name: report.name,
            path: report.path,
            mark: report.mark,
            delivered: figures.map { Figure.count($0.delivered(at: now).thisHour) } ?? "–",
            rate: figures?.rate(at: now) ?? "–",
            waiting: figures.map { Figure.count($0.books.pendingRows) } ?? "–",
            lag: figures?.lag(at: now),
            parked: figures.map { Figure.count($0.books.counters.deadLetters) } ?? "–"
        )
    }

    private static func steps(_ profiles: Int, _ hasAccount: Bool, _ audiences: Int, _ isMapped: Bool) -> [HomePage
        .Step]
    {
        let catalog = "/console/destinations"
        let steps: [(text: String, command: String?, path: String?, isDone: Bool)] = [
            ("Send profiles.", "headwater ingest profiles.csv --data DIR", nil, profiles > 0),
            ("Connect an account and a stream.", nil, catalog, hasAccount),
            ("Write an audience.", "headwater audiences create --help", nil, audiences > 0),
            ("Map the audience to the dataflow.", "headwater dataflows map --help", nil, isMapped),
        ]
        return steps.enumerated().map { index, step in
            HomePage.Step(
                number: index + 1,
                text: step.text,
                command: step.command,
                path: step.path,
                isDone: step.isDone
            )
        }
    }
}
