import ActivationCore
import ArgumentParser

/// Options of a dataflow's target on the command line.
struct TargetParams: ParsableArguments {
    @Option(
        name: .customLong("param"),
        help: ArgumentHelp(
            "An option of the target, such as envelope=cloudevents; the value is JSON, or else a text. May be given several "
                + "times.",
            valueName: "key=value"
        )
    )
    var params: [String] = []

    /// The options by their keys.
    var members: JSONObject {
        var members = JSONObject()
        for param in params {
            guard let (key, value) = TargetParams.parts(param) else { continue }
            members[key] = (try? JSONValue(parsing: value)) ?? .string(value)
        }
        return members
    }

    func validate() throws {
        var seen = Set<String>()
        for param in params {
            guard let (key, _) = TargetParams.parts(param) else {
                throw ValidationError("--param is KEY=VALUE, such as envelope=cloudevents.")
            }
            guard seen.insert(key).inserted else { throw ValidationError("--param \(key) is given twice.") }
        }
    }

    private static func parts(_ param: String) -> (key: String, value: String)? {
        guard let sign = param.firstIndex(of: "="), sign > param.startIndex else { return nil }
        return (String(param[..<sign]), String(param[param.index(after: sign)...]))
    }
}
