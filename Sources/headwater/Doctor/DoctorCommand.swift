import ActivationCore
import ActivationEngine
import ActivationServer
import ArgumentParser
import Glibc
import SQLiteStorage

/// `headwater doctor`: what is wrong with a data directory.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract:
            "Looks at everything in a server's data directory, in every sandbox, and says what is wrong and what to do.",
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
        let report = DoctorReport(
            directory: directory,
            isInUse: state.isInUse,
            standard: Sandbox.standard.name,
            entries: entries(at: now)
        )
        if Terminal.isInteractive, !json { Terminal.replaceLine("") }
        if json { Terminal.print(report.json) } else { report.lines.forEach { Terminal.print($0) } }
        switch report.worst {
        case .fine: break
        case .warning: Glibc.exit(EXIT_FAILURE)
        case .fault: Glibc.exit(CommandFailure.Code.badInput.rawValue)
        }
    }

    /// What is found in the default sandbox's directory, then in those of the others.
    private func entries(at now: Timestamp) -> [DoctorReport.Entry] {
        let inspection = SandboxesInspection(of: directory)
        var findings = DirectoryInspection(directory: directory).findings()
        var sandboxes: [StoredSandbox] = []
        findings += databaseFindings(of: DirectoryInspection(directory: directory), at: now) {
            snapshot in
            do throws(StorageError) {
                sandboxes = try snapshot.sandboxes()
                return inspection.finding(sandboxes)
            } catch {
                return inspection.finding(error)
            }
        }
        var entries = findings.map { DoctorReport.Entry(sandbox: Sandbox.standard.name, finding: $0) }
        for sandbox in sandboxes where sandbox.isActive && inspection.hasStore(sandbox) {
            entries += sandboxFindings(sandbox, inspection, at: now)
                .map { DoctorReport.Entry(sandbox: sandbox.sandbox.name, finding: $0) }
        }
        return entries
    }

    private func sandboxFindings(
        _ sandbox: StoredSandbox,
        _ inspection: SandboxesInspection,
        at now: Timestamp
    ) -> [StoreFinding] {
        let own = DirectoryInspection(directory: "\(directory)/\(sandbox.place)", isSandbox: true, house: directory)
        let findings = own.findings() + databaseFindings(of: own, at: now)
        guard findings.contains(where: { $0.severity != .fine }), !inspection.isCurrent(sandbox) else {
            return findings
        }
        return [
            StoreFinding(
                "database",
                .warning,
                tried: "opening the database",
                found: "the sandbox was changed, reset or deleted while it was looked at",
                advice: "look again"
            )
        ]
    }

    private func databaseFindings(
        of inspection: DirectoryInspection,
        at now: Timestamp,
        more: (StoreSnapshot) -> StoreFinding? = { _ in nil }
    ) -> [StoreFinding] {
        do throws(StorageError) {
            let snapshot = try StoreSnapshot(directory: inspection.directory)
            let beside = try inspection.findings(beside: snapshot, at: now)
            let looked = snapshot.inspect(at: now) { tried in
                if Terminal.isInteractive { Terminal.replaceLine("looking at \(tried)") }
            }
            return beside + [more(snapshot)].compactMap { $0 } + looked
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
}
