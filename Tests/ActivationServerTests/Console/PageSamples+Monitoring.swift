import ActivationCore
import Console

@testable import ActivationServer

extension PageSamples {
    /// With bars and with lines: of several charts the first is looked at.
    static var monitoring: [any ConsoleView] {
        let axis = TimeAxis([hour, now], step: 3_600_000)
        let bars = SeriesChart(
            "Records out",
            [Measure("delivered", [nil, 5]), Measure("refused", [nil, 1])],
            as: .bars,
            on: axis
        ) { Figure.count($0) }
        let lines = SeriesChart(
            "Delay",
            [Measure("50 of 100", [nil, 5]), Measure("99 of 100", [nil, 9])],
            as: .lines,
            on: TimeAxis(Array(repeating: hour, count: 30), step: 86_400_000)
        ) { Figure.count($0) }
        return [monitoring([bars, lines], axis), monitoring([lines], axis)]
    }

    private static func monitoring(_ charts: [SeriesChart], _ axis: TimeAxis) -> MonitoringPage {
        MonitoringPage(
            tabs: [PersonHead.Tab(name: "1 hour", path: "/console/monitoring?range=1h", isCurrent: true)],
            about: "about",
            tiles: [tile],
            quiet: "quiet",
            charts: charts,
            grid: HeatGrid([Measure("flow · shardId-0", [nil, 4])], on: axis, counting: ("time", "times")),
            strip: MarkStrip(
                [MarkStrip.Event(at: now, text: "Lag")],
                on: axis,
                counting: ("alert", "alerts")
            ),
            alerts: [
                MonitoringPage.Alert(
                    mark: mark,
                    name: "Lag",
                    flow: PageFrame.Crumb("flow", "/console/dataflows/1"),
                    text: "text",
                    at: instant
                )
            ],
            alertsTitle: "Alerts",
            hasAlerts: true,
            range: "1h",
            onlyProblems: FormField("problems", "Problems only", .toggle, value: "true"),
            isFiltered: true,
            clearPath: "/console/monitoring",
            rows: [
                MonitoringPage.Row(
                    name: "flow",
                    path: "/console/dataflows/1",
                    mark: mark,
                    reason: "AWS-403",
                    received: "1",
                    activated: "1",
                    excluded: "0",
                    failed: "0",
                    rate: "100 %",
                    lag: "5 ms",
                    slowest: "5 ms",
                    throttled: "0",
                    waiting: "1",
                    oldest: "1 s",
                    parked: "0"
                )
            ],
            isEmpty: false,
            isNothingFound: true,
            hasRows: true,
            pager: pager
        )
    }
}
