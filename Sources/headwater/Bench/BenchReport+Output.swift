import ActivationCore
import HeadwaterBench

extension BenchReport {
    /// Prints the report, for people or as one JSON object.
    func print(asJSON: Bool) {
        asJSON ? Terminal.print(json) : Terminal.print(text)
    }

    /// The report as one object.
    private var json: JSONValue {
        var object: JSONObject = [
            "bench": .string(name),
            "items": .integer(Int64(items)),
            "rate": .figure(rate, 0),
            "cpu_us_per_item": .figure(cpuMicroseconds, 3),
            "rss_mb": .figure(residentMegabytes, 1),
            "p50_ms": .figure(p50, 3),
            "p99_ms": .figure(p99, 3),
        ]
        for (name, value) in details { object[name] = value }
        if let baseline {
            object["baseline"] = [
                "name": .string(baseline.name),
                "rate": .figure(baseline.rate, 0),
                "cpu_us_per_item": .figure(baseline.cpuMicroseconds, 3),
            ]
            object["cpu_ratio"] = .figure(cpuMicroseconds / max(baseline.cpuMicroseconds, .leastNormalMagnitude), 2)
        }
        return .object(object)
    }

    /// The report for people.
    private var text: String {
        var lines = [
            "\(name): \(Figures.grouped(Int64(items))) items",
            "  \(Figures.grouped(Int64(rate)))/s, \(Figures.fixed(cpuMicroseconds, 2)) µs CPU per item, "
                + "\(Figures.fixed(residentMegabytes, 0)) MB",
            "  latency p50 \(Figures.fixed(p50, 1)) ms, p99 \(Figures.fixed(p99, 1)) ms",
        ]
        if !details.isEmpty {
            lines.append("  " + details.map { "\($0) \($1.string ?? $1.text)" }.joined(separator: ", "))
        }
        if let baseline {
            lines.append(
                "  baseline, \(baseline.name): \(Figures.grouped(Int64(baseline.rate)))/s, "
                    + "\(Figures.fixed(baseline.cpuMicroseconds, 2)) µs CPU per item"
            )
        }
        return lines.joined(separator: "\n")
    }
}

extension JSONValue {
    /// A number with so many digits after the point.
    static func figure(_ value: Double, _ digits: Int) -> JSONValue {
        // Fixed-point text is a JSON number for every finite value.
        (try? JSONValue(parsing: Figures.fixed(value, digits))) ?? .null
    }
}
