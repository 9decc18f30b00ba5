import ActivationCore
import ActivationEngine
import Console

/// How the traffic was over time.
struct MonitoringPages: Sendable {
    let desk: ConsoleDesk

    static let root = PageFrame.Crumb("Monitoring", "/console/monitoring")
    /// Alerts that the page lists.
    private static let alertsMax = 20
    private static let unknown = "–"

    func add(to register: inout ConsoleRegister) {
        register.page("monitoring") { try await monitoring($0) }
    }

    private func monitoring(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        // An old link with another word is no reason for an error.
        let range = request.query["range"].flatMap(SeriesRange.init) ?? .day
        let onlyProblems = request.query["problems"] == "true"
        let now = request.now
        let reports = desk.dataflowReports()
        let flows = reports.compactMap { report in UUIDBytes(report.id).map { Dataflow.ID(uuid: $0) } }
        let series = try await Series.read(range, of: flows, withMessages: true, desk.dependencies, at: now)
        let books = try? await desk.dependencies.engine.books(of: flows)
        let axis = TimeAxis(series.slots.map(\.start), step: range.step)
        let start = series.slots.first?.start ?? now
        let alerts = viewer.may(.viewAlerts) ? (try? await desk.dependencies.alerts.fired(since: start)) ?? [] : []
        let lines = reports.map { Line($0, series, books, now: now) }
        let found = onlyProblems ? lines.filter(\.isProblem) : lines
        let (page, pager) = ListPlace.page(of: found, request, ("dataflow", "dataflows"), entry: \.report.entry)
        let rows = page.map(\.row)
        return .page(
            MonitoringPage(
                tabs: SeriesRange.allCases.map { MonitoringPages.tab($0, range, onlyProblems) },
                about: MonitoringPages.about(desk.dependencies.series.since, range, now: now),
                tiles: MonitoringPages.tiles(series, books),
                quiet: series.hasTraffic ? nil : try await quiet(flows, now: now),
                charts: MonitoringPages.charts(series, axis),
                grid: grid(series, axis, reports),
                strip: alerts.isEmpty ? nil : MonitoringPages.strip(alerts, axis),
                alerts: alerts.prefix(MonitoringPages.alertsMax).map { self.alert($0, now: now) },
                alertsTitle: alerts.count > MonitoringPages.alertsMax
                    ? "The newest \(MonitoringPages.alertsMax) of \(Figure.count(alerts.count)) alerts" : "Alerts",
                hasAlerts: !alerts.isEmpty,
                range: range.rawValue,
                onlyProblems: FormField(
                    "problems",
                    "Problems only",
                    .toggle,
                    value: onlyProblems ? "true" : nil
                ),
                isFiltered: onlyProblems,
                clearPath: MonitoringPages.path(range),
                rows: rows,
                isEmpty: reports.isEmpty,
                isNothingFound: found.isEmpty && !reports.isEmpty,
                hasRows: !rows.isEmpty,
                pager: pager
            )
        )
    }

    private static func path(_ range: SeriesRange) -> String { "\(root.path)?range=\(range.rawValue)" }

    private static func tab(_ range: SeriesRange, _ current: SeriesRange, _ onlyProblems: Bool) -> PersonHead.Tab {
        let name =
            switch range {
            case .hour: "1 hour"
            case .day: "24 hours"
            case .week: "7 days"
            case .month: "30 days"
            }
        return PersonHead.Tab(
            name: name,
            path: path(range) + (onlyProblems ? "&problems=true" : ""),
            isCurrent: range == current
        )
    }

    private static func about(_ since: Timestamp, _ range: SeriesRange, now: Timestamp) -> String {
        let measured = range == .hour ? "Everything here is" : "Messages, delays, throttling and waiting are"
        let rest = range == .hour ? "" : " What was triggered, delivered and refused is in the books for 30 days."
        return "\(measured) known since the server started, \(Instant(since, now: now).ago).\(rest) "
            + "Where nothing is known there is a gap. Times are in UTC."
    }

    /// What is said when nothing happened.
    private func quiet(_ flows: [Dataflow.ID], now: Timestamp) async throws(APIError) -> String {
        let first = Timestamp(milliseconds: now.milliseconds - BookedHour.keptHours * BookedHour.length)
        let hours = try await APIError.mapping { () throws(EngineError) in
            try await desk.dependencies.engine.bookedHours(of: flows, since: first)
        }
        guard let last = hours.values.compactMap(\.last?.start).max() else {
            return "Nothing was triggered in the last 30 days."
        }
        return "The last record was triggered or delivered in the hour that began at \(Instant(last, now: now).exact)."
    }

    // MARK: What is drawn

    private static func tiles(
        _ series: Series,
        _ books: [Dataflow.ID: Engine.DataflowBooks]?
    ) -> [HomePage.Tile] {
        let total = series.total
        let messages = series.slots.compactMap(\.messages)
        let refused = messages.reduce(0) { $0 + $1.refused }
        let delays = series.slots.compactMap(\.measured).reduce(into: SeriesFigures()) { $0.add($1) }
        return [
            HomePage.Tile(
                label: "Messages taken",
                value: messages.isEmpty ? unknown : Figure.count(messages.reduce(0) { $0 + $1.accepted }),
                note: messages.isEmpty ? nil : "\(Figure.count(refused)) refused"
            ),
            HomePage.Tile(
                label: "Delivered",
                value: Figure.count(total.counters.delivered),
                note: "of \(Figure.count(total.counters.triggered)) triggered"
            ),
            HomePage.Tile(
                label: "Refused",
                value: Figure.count(total.counters.parked),
                note: books.map { books in
                    "\(Figure.count(books.values.reduce(0) { $0 + $1.counters.deadLetters })) parked now"
                }
            ),
            HomePage.Tile(
                label: "Delay, 99 of 100 within",
                value: delays.delay(ofPercent: 99).map(delayText) ?? unknown,
                note: delays.delay(ofPercent: 50).map { "50 of 100 within \(delayText($0))" }
            ),
            HomePage.Tile(
                label: "Waiting now",
                value: books.map { Figure.count($0.values.reduce(0) { $0 + $1.pendingRows }) } ?? unknown,
                note: delays.oldestWait.map { "up to \(Figure.duration(milliseconds: $0)) in this range" }
            ),
        ]
    }

    private static func charts(_ series: Series, _ axis: TimeAxis) -> [SeriesChart] {
        func measure(_ name: String, _ value: (Series.Slot) -> Int64?) -> Measure {
            Measure(name, series.slots.map(value))
        }
        return [
            SeriesChart(
                "Messages in",
                [
                    measure("taken") { $0.messages?.accepted }, measure("refused") { $0.messages?.refused },
                ],
                as: .bars,
                on: axis
            ) { Figure.count($0) },
            SeriesChart(
                "Records out",
                [
                    measure("delivered") { $0.counters?.delivered }, measure("refused") { $0.counters?.parked },
                ],
                as: .bars,
                on: axis
            ) { Figure.count($0) },
            SeriesChart(
                "Delay from message to acknowledgement",
                [
                    measure("50 of 100 within") { $0.measured?.delay(ofPercent: 50) },
                    measure("99 of 100 within") { $0.measured?.delay(ofPercent: 99) },
                ],
                as: .lines,
                on: axis,
                text: delayText
            ),
            SeriesChart(
                "Longest wait",
                [measure("oldest record had waited") { $0.measured.map { $0.oldestWait ?? 0 } }],
                as: .lines,
                on: axis
            ) { Figure.duration(milliseconds: $0) },
        ]
    }

    private func grid(_ series: Series, _ axis: TimeAxis, _ reports: [DataflowReport]) -> HeatGrid? {
        guard !series.shards.isEmpty else { return nil }
        let names = Dictionary(reports.map { ($0.id, $0.name) }) { first, _ in first }
        let things = series.shards.map { shard in
            let flow = shard.flow.uuid.description
            let part = shard.name.isEmpty ? "not known" : shard.name
            return Measure("\(names[flow] ?? flow) · \(part)", shard.throttled)
        }
        return HeatGrid(things, on: axis, counting: ("time", "times"))
    }

    private static func strip(_ alerts: [FiredAlert], _ axis: TimeAxis) -> MarkStrip {
        let events = alerts.map { alert in
            MarkStrip.Event(at: alert.at, text: [alert.name, alert.flowName].compactMap { $0 }.joined(separator: ", "))
        }
        return MarkStrip(events, on: axis, counting: ("alert", "alerts"))
    }

    private func alert(_ alert: FiredAlert, now: Timestamp) -> MonitoringPage.Alert {
        MonitoringPage.Alert(
            mark: AlertPages.mark(alert.severity),
            name: alert.name,
            flow: alert.flow.map { PageFrame.Crumb(alert.flowName ?? $0, "/console/dataflows/\($0.percentEncoded())") },
            text: alert.text,
            at: Instant(alert.at, now: now)
        )
    }

    /// A delay as a bound of it says.
    static func delayText(_ milliseconds: Int64) -> String {
        milliseconds > SeriesFigures.longestDelay
            ? "over \(Figure.duration(milliseconds: SeriesFigures.longestDelay))"
            : Figure.duration(milliseconds: milliseconds)
    }

    // MARK: The table

    /// A dataflow with what became of its records.
    private struct Line: Sendable {
        let report: DataflowReport
        let row: MonitoringPage.Row
        /// Whether somebody may want to look at it.
        let isProblem: Bool

        init(
            _ report: DataflowReport,
            _ series: Series,
            _ books: [Dataflow.ID: Engine.DataflowBooks]?,
            now: Timestamp
        ) {
            let id = UUIDBytes(report.id).map { Dataflow.ID(uuid: $0) }
            let figures = id.flatMap { series.flows[$0] } ?? SeriesFigures()
            let counters = figures.counters
            let own = id.flatMap { books?[$0] }
            self.report = report
            isProblem = report.trouble != nil || counters.parked > 0 || (own?.counters.deadLetters ?? 0) > 0
            row = MonitoringPage.Row(
                name: report.name,
                path: report.path,
                mark: report.mark,
                reason: report.trouble?.code,
                received: Figure.count(counters.triggered),
                activated: Figure.count(counters.delivered),
                excluded: Figure.count(counters.excluded),
                failed: Figure.count(counters.parked),
                rate: counters.activationPercent.map { "\($0) %" } ?? unknown,
                lag: figures.delay(ofPercent: 50).map(delayText) ?? unknown,
                slowest: figures.delay(ofPercent: 99).map(delayText) ?? unknown,
                throttled: Figure.count(figures.throttled.values.reduce(0, +)),
                waiting: own.map { Figure.count($0.pendingRows) } ?? unknown,
                oldest: own?.oldestPendingAt.map {
                    Figure.duration(milliseconds: now.milliseconds - $0.milliseconds)
                },
                parked: own.map { Figure.count($0.counters.deadLetters) } ?? unknown
            )
        }
    }
}

extension SeriesFigures {
    /// The longest delay that is told apart, in milliseconds.
    static let longestDelay = DeliveryDelays.bounds.last ?? 0

    /// Within which time so many of a hundred records arrived; more than ``longestDelay`` where that was not enough, nil where
    /// nothing was measured.
    func delay(ofPercent percent: Int64) -> Int64? {
        delays.count == 0 ? nil : delays.bound(ofPercent: percent) ?? SeriesFigures.longestDelay + 1
    }
}
