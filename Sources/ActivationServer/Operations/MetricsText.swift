import Hummingbird
import NIOCore

/// Metrics in Prometheus' text format, version 0.0.4.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/
struct MetricsText {
    /// What a family measures.
    enum Kind: String {
        case counter, gauge, histogram
    }

    /// The lines so far.
    private(set) var text = ""

    /// Begins a family; its samples follow.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Adds a sample of the family that was begun last.
    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: some MetricValue) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    /// Adds a sample without labels of the family that was begun last.
    mutating func sample(_ name: String, _ value: some MetricValue) {
        sample(name, [], value)
    }

    /// Adds lines that are in the format already.
    mutating func append(_ lines: [String]) {
        for line in lines { text += line + "\n" }
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}

/// A number whose description Prometheus reads.
protocol MetricValue {}

extension Int: MetricValue {}
extension Int64: MetricValue {}
extension Double: MetricValue {}

extension Response {
    /// The answer to whoever asks for metrics.
    init(metrics: MetricsText) {
        self.init(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text))
        )
    }
}
