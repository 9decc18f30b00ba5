import ActivationCore
import ArgumentParser

/// `headwater restore`: a server's directory out of a backup.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Makes a server's data directory of a backup, after every file of it was checked.",
        discussion: """
            The directory must be new or empty. It becomes a server's, with all sandboxes of the backup or not at all, when \
            everything in it is durable and the books of every dataflow balance: triggered = delivered + superseded + suppressed + parked + pending. Run by root, it gives the \
            files to the owner of the directory.
            """
    )

    @Argument(help: "The backup.")
    var backup: String

    @Option(name: .customLong("data"), help: "The new data directory; it is made when there is none.")
    var directory: String

    @Flag(help: "Prints what was restored as one JSON object.")
    var json = false

    func run() async throws {
        let reader = try BackupReader(backup)
        try RestoreCommand.shown("checked") { progress throws(CommandFailure) in try reader.verify(progress: progress) }
        let outcome = try RestoreCommand.shown("written") { progress throws(CommandFailure) in
            try reader.restore(to: directory, progress: progress)
        }
        let manifest = outcome.manifest
        let instants = manifest.sandboxes.map { "\($0.name) after \($0.store.instant)" }
        let beside = instants.isEmpty ? "" : ", in the sandbox \(instants.joined(separator: ", in the sandbox "))"
        Terminal.error(
            """
            What was taken and changed after \(manifest.store.instant) is not there\(beside). \(RestoreFinishCommand.consequences) Never \
            run the old directory beside this one.
            """
        )
        guard !json else {
            var told = manifest.json
            told["booksChecked"] = .bool(outcome.areBooksChecked)
            return Terminal.print(told)
        }
        let dataflows = manifest.stores.reduce(0) { $0 + ($1.accounts?.count ?? 0) }
        let pending = manifest.stores.reduce(0) { $0 + $1.pending }
        Terminal.print("\(directory): \(manifest.summary)")
        Terminal.print(
            outcome.areBooksChecked
                ? "The books of \(dataflows) dataflows balance; \(Figures.grouped(pending)) records wait."
                : "It is of schema \(manifest.store.schema), which the first start upgrades; its books were not compared."
        )
    }

    /// Does a piece of work under a bar.
    private static func shown<Value>(
        _ what: String,
        _ work: (_ progress: (Int64, Int64) -> Void) throws(CommandFailure) -> Value
    ) throws(CommandFailure) -> Value {
        var bar: ProgressBar?
        var total: Int64 = 0
        let value = try work { bytes, all in
            if bar == nil { bar = ProgressBar(total: all >> 20, unit: "MiB \(what)") }
            total = all >> 20
            bar?.update(done: bytes >> 20, items: bytes >> 20)
        }
        bar?.finish(done: total, items: total)
        return value
    }
}
