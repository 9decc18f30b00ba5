import ActivationCore
import HeadwaterBench

extension EventsBenchReport {
    /// Prints the report, for people or as one JSON object.
    func print(asJSON: Bool) {
        asJSON ? Terminal.print(json) : Terminal.print(text)
    }

    /// The report as one object.
    private var json: JSONValue {
        [
            "bench": "events",
            "seed": (try? JSONValue(parsing: "\(seed)")) ?? .null,
            "audiences": .integer(Int64(audiences)),
            "rss_mb": .figure(residentMegabytes, 1),
            "reference_history": referenceHistory.map { .integer(Int64($0)) } ?? .null,
            "figures": .array(
                figures.map { figure in
                    [
                        "set": .string(figure.set.rawValue),
                        "history": .integer(Int64(figure.history)),
                        "events_in_window": figure.inside.map { .integer(Int64($0)) } ?? .null,
                        "profiles": .integer(Int64(figure.profiles)),
                        "events": .integer(Int64(figure.events)),
                        "cpu_us_per_event": .figure(figure.cpuMicroseconds, 3),
                        "cpu_ratio": ratio(figure).map { .figure($0, 3) } ?? .null,
                        "rate": .figure(figure.rate, 0),
                        "state_bytes": .figure(figure.stateBytes, 1),
                        "profile_bytes": .figure(figure.profileBytes, 1),
                    ]
                }
            ),
        ]
    }

    /// The report for people.
    private var text: String {
        let reference = referenceHistory.map { "to \($0)" } ?? ""
        var lines = [
            EventsBenchReport.line(
                "set",
                ["history", "in window", "µs CPU", reference, "events/s", "state bytes", "profile bytes"]
            )
        ]
        for figure in figures {
            lines.append(
                EventsBenchReport.line(
                    figure.set.rawValue,
                    [
                        Figures.grouped(Int64(figure.history)),
                        figure.inside.map { Figures.grouped(Int64($0)) } ?? "-",
                        Figures.fixed(figure.cpuMicroseconds, 1),
                        ratio(figure).map { "× \(Figures.fixed($0, 2))" } ?? "",
                        Figures.grouped(Int64(figure.rate)),
                        Figures.fixed(figure.stateBytes, 0),
                        Figures.fixed(figure.profileBytes, 0),
                    ]
                )
            )
        }
        lines.append("most memory of the process: \(Figures.fixed(residentMegabytes, 0)) MB; seed \(seed)")
        return lines.joined(separator: "\n")
    }

    private static func line(_ name: String, _ columns: [String]) -> String {
        let widths = [8, 10, 10, 8, 10, 12, 14]
        func blanks(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(width - text.count, 0))
        }
        return name + blanks(name, 16) + zip(columns, widths).map { blanks($0, $1) + $0 }.joined()
    }
}
