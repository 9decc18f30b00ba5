import ActivationCore
import ActivationEngine
import ActivationServer
import ArgumentParser
import Glibc
import StorageCommon

/// `headwater doctor`: what is wrong with a data directory.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract:
            "Looks at everything in a server's data directory or its database, in every sandbox, and says what is wrong and what to do.",
        discussion: """
            Nothing is changed, and the server may run. All of the database is read, so a large one takes its time, and the \
            log grows by what is written meanwhile; a database elsewhere keeps what is changed meanwhile. No value of anybody is shown. Exit codes: 0 all is well, 1 something \
            should be looked at and nothing is broken, 65 something is broken, 69 it cannot be read.
            """
    )

    @Option(name: .customLong("data"), help: "The server's data directory.")
    var directory: String

    @OptionGroup var database: DatabaseArguments

    @Flag(help: "Prints JSON.")
    var json = false

    func run() async throws {
        let now = SystemTime().now()
        database.warnOfPassword()
        let place = try InspectedPlace(directory: directory, database: database.url)
        let report: DoctorReport
        do throws(StorageError) {
            let isInUse = try place.isInUse()
            report = DoctorReport(
                directory: directory,
                isInUse: isInUse,
                standard: Sandbox.standard.name,
                entries: try entries(of: place, at: now)
            )
        } catch {
            if Terminal.isInteractive, !json { Terminal.replaceLine("") }
            throw CommandFailure(error)
        }
        if Terminal.isInteractive, !json { Terminal.replaceLine("") }
        if json { Terminal.print(report.json) } else { report.lines.forEach { Terminal.print($0) } }
        switch report.worst {
        case .fine: break
        case .warning: Glibc.exit(EXIT_FAILURE)
        case .fault: Glibc.exit(CommandFailure.Code.badInput.rawValue)
        }
    }

    /// What is found in the default sandbox's store and directory, then in those of the others.
    private func entries(of place: InspectedPlace, at now: Timestamp) throws(StorageError) -> [DoctorReport.Entry] {
        let files = place.files(of: nil)
        let directories = SandboxesInspection(of: place)
        var findings = files.findings()
        var sandboxes: [StoredSandbox] = []
        findings += try look(place) { store throws(StorageError) in
            var found = try store.inspectServer(progress: Self.progress)
            found += try files.findings(beside: store, at: now)
            if store.hasConfiguration {
                do throws(StorageError) {
                    let all = try store.sandboxes()
                    found.append(directories.finding(all))
                    let schemas = try store.schemasOfSandboxes().map { SchemasInspection(of: place, $0) }
                    if let schemas { found.append(schemas.finding(all)) }
                    sandboxes = all.filter {
                        $0.isActive && (schemas?.hasSchema($0) ?? place.hasDirectory($0))
                    }
                } catch {
                    found.append(directories.finding(error))
                }
            }
            return found + (try store.inspect(at: now, progress: Self.progress))
        }
        var entries = findings.map { DoctorReport.Entry(sandbox: Sandbox.standard.name, finding: $0) }
        for sandbox in sandboxes {
            entries += try self.findings(of: sandbox, place, at: now)
                .map { DoctorReport.Entry(sandbox: sandbox.sandbox.name, finding: $0) }
        }
        return entries
    }

    private func findings(
        of sandbox: StoredSandbox,
        _ place: InspectedPlace,
        at now: Timestamp
    ) throws(StorageError) -> [StoreFinding] {
        let files = place.files(of: sandbox)
        let findings =
            files.findings()
            + (try look(place, sandbox) { store throws(StorageError) in
                try files.findings(beside: store, at: now) + store.inspect(at: now, progress: Self.progress)
            })
        guard findings.contains(where: { $0.severity != .fine }), !place.isCurrent(sandbox) else { return findings }
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

    /// Opens a store and looks at it; that it cannot be read is what was found, unless nobody answers for a database elsewhere.
    private func look(
        _ place: InspectedPlace,
        _ sandbox: StoredSandbox? = nil,
        _ work: (any InspectedStore) throws(StorageError) -> [StoreFinding]
    ) throws(StorageError) -> [StoreFinding] {
        do throws(StorageError) {
            return try work(try place.open(sandbox))
        } catch {
            if place.database != nil, [.unavailable, .notAStore].contains(error.code) { throw error }
            return [place.finding(error)]
        }
    }

    private static func progress(_ tried: String) {
        if Terminal.isInteractive { Terminal.replaceLine("looking at \(tried)") }
    }
}
