import ActivationCore
import StorageCommon

/// What was found in a data directory, sandbox by sandbox.
struct DoctorReport {
    /// What was found when one thing about one sandbox was looked at.
    struct Entry {
        /// The sandbox's name; what is the whole server's is with the default one.
        var sandbox: String
        var finding: StoreFinding
    }

    let directory: String
    /// Whether a server is at work in it.
    let isInUse: Bool
    /// The name of the default sandbox, of which people need not be told.
    let standard: String
    let entries: [Entry]

    /// How bad the worst is.
    var worst: StoreFinding.Severity { entries.map(\.finding.severity).max() ?? .fine }

    /// As people read it.
    var lines: [String] {
        var lines = ["\(directory): the server \(isInUse ? "runs" : "is stopped")"]
        for entry in entries {
            let finding = entry.finding
            let sandbox = entry.sandbox == standard ? "" : "sandbox \(entry.sandbox): "
            lines.append("\(finding.severity.word)  \(sandbox)\(finding.tried): \(finding.found)")
            if let advice = finding.advice { lines.append("         \(advice)") }
        }
        let wrong = entries.count { $0.finding.severity != .fine }
        return lines + [wrong == 0 ? "All is well." : "\(wrong) of \(entries.count) should be looked at."]
    }

    /// As scripts read it.
    var json: JSONValue {
        [
            "directory": .string(directory),
            "server": .string(isInUse ? "running" : "stopped"),
            "result": .string(worst.name),
            "findings": .array(
                entries.map { entry in
                    let finding = entry.finding
                    var object: JSONObject = [
                        "sandbox": .string(entry.sandbox), "check": .string(finding.check),
                        "result": .string(finding.severity.name), "tried": .string(finding.tried),
                        "found": .string(finding.found),
                    ]
                    object["advice"] = finding.advice.map { .string($0) }
                    return .object(object)
                }
            ),
        ]
    }
}

extension StoreFinding.Severity {
    /// As scripts read it.
    fileprivate var name: String {
        switch self {
        case .fine: "ok"
        case .warning: "warning"
        case .fault: "fault"
        }
    }

    /// As people read it, all of one width.
    fileprivate var word: String {
        switch self {
        case .fine: "ok     "
        case .warning: "WARNING"
        case .fault: "FAULT  "
        }
    }
}
