import ActivationCore
import ActivationEngine
import ArgumentParser
import Glibc
import SQLiteStorage

/// `headwater doctor`: what is wrong with a data directory.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks at everything in a server's data directory, and says what is wrong and what to do.",
        discussion: """
            Nothing is changed, and the server may run. All of the database is read, so a large one takes its time, and the \
            log grows by what is written meanwhile. No value of anybody is shown. Exit codes: 0 all is well, 1 something \
            should be looked at and nothing is broken, 65 something is broken, 69 it cannot be read.
            """
    )

    @Option(name: .customLong("data"), help: "The server's data directory.")
    var directory: String

    @Flag(help: "Prints JSON.")
    var json = false

    func run() async throws {
        let now = SystemTime().now()
        let state: StoreDirectoryState
        do throws(StorageError) {
            state = try StoreDirectoryState(directory: directory)
        } catch {
            throw CommandFailure(error)
        }
        var findings = DirectoryInspection(directory: directory).findings()
        findings += databaseFindings(at: now)
        let worst = findings.map(\.severity).max() ?? .fine
        json ? Terminal.print(document(findings, worst, state)) : print(findings, worst, state)
        switch worst {
        case .fine: break
        case .warning: Glibc.exit(EXIT_FAILURE)
        case .fault: Glibc.exit(CommandFailure.Code.badInput.rawValue)
        }
    }

    private func databaseFindings(at now: Timestamp) -> [StoreFinding] {
        do throws(StorageError) {
            let snapshot = try StoreSnapshot(directory: directory)
            let inspection = DirectoryInspection(directory: directory)
            let beside = try inspection.findings(beside: snapshot, at: now)
            return beside
                + snapshot.inspect(at: now) { tried in
                    if Terminal.isInteractive { Terminal.replaceLine("looking at \(tried)") }
                }
        } catch {
            return [
                StoreFinding(
                    "database",
                    .fault,
                    tried: "opening the database",
                    found: error.message,
                    advice: "see what the finding says; headwater restore makes a new directory of a backup"
                )
            ]
        }
    }

    private func print(_ findings: [StoreFinding], _ worst: StoreFinding.Severity, _ state: StoreDirectoryState) {
        if Terminal.isInteractive { Terminal.replaceLine("") }
        Terminal.print("\(directory): the server \(state.isInUse ? "runs" : "is stopped")")
        for finding in findings {
            Terminal.print("\(finding.severity.word)  \(finding.tried): \(finding.found)")
            if let advice = finding.advice { Terminal.print("         \(advice)") }
        }
        let wrong = findings.count { $0.severity != .fine }
        Terminal.print(wrong == 0 ? "All is well." : "\(wrong) of \(findings.count) should be looked at.")
    }

    private func document(
        _ findings: [StoreFinding],
        _ worst: StoreFinding.Severity,
        _ state: StoreDirectoryState
    ) -> JSONValue {
        [
            "directory": .string(directory),
            "server": .string(state.isInUse ? "running" : "stopped"),
            "result": .string(worst.name),
            "findings": .array(
                findings.map { finding in
                    var object: JSONObject = [
                        "check": .string(finding.check), "result": .string(finding.severity.name),
                        "tried": .string(finding.tried), "found": .string(finding.found),
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
