import ActivationCore
import ArgumentParser

/// What a dataflow's records are used for, and of what somebody wants to be told, on the command line.
struct DataflowPurpose: ParsableArguments {
    @Option(
        name: .customLong("marketing-action"),
        help: ArgumentHelp(
            "What the records are used for: a core action such as emailTargeting, or one of your own as custom:NAME or "
                + "custom:NAME:MEANING. May be given several times.",
            valueName: "action"
        )
    )
    var marketingActions: [String] = []

    @Option(
        name: .customLong("alert"),
        help: ArgumentHelp(
            "Of what somebody wants to be told, such as paused or lag=60. May be given several times.",
            valueName: "kind[=threshold]"
        )
    )
    var alerts: [String] = []

    /// Members of a flow that hold it.
    static let keys: Set<String> = ["marketingActions", "alerts"]

    /// What was given as members of a flow; nothing of what was not.
    var members: JSONObject {
        var members = JSONObject()
        if !marketingActions.isEmpty {
            members["marketingActions"] = .array(marketingActions.map(DataflowPurpose.action))
        }
        if !alerts.isEmpty { members["alerts"] = .array(alerts.compactMap(DataflowPurpose.alert)) }
        return members
    }

    func validate() throws {
        for alert in alerts where DataflowPurpose.alert(alert) == nil {
            throw ValidationError("--alert is KIND or KIND=NUMBER, such as lag=60.")
        }
    }

    private static func action(_ text: String) -> JSONValue {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts[0] == "custom", parts.count > 1 else { return ["type": "core", "name": .string(text)] }
        return ["type": "custom", "name": .string(parts[1]), "description": .string(parts.count > 2 ? parts[2] : "")]
    }

    private static func alert(_ text: String) -> JSONValue? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 1 else { return ["type": .string(text)] }
        guard let threshold = try? JSONValue(parsing: parts[1]), threshold.double != nil else { return nil }
        return ["type": .string(parts[0]), "threshold": threshold]
    }
}
