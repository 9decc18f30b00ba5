import ActivationCore
import ArgumentParser

/// `headwater backup`: a copy of everything that a server knows.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copies everything that a server knows into a new directory, whether it runs or not.",
        discussion: """
            The backup is of one moment, for each sandbox of its own, and messages are taken meanwhile. A sandbox that is just \
            made, reset or deleted is copied as it is before or after, never in between. It holds the keys of the server: who has it reads \
            the secrets of destinations and everybody's data. It is written as BACKUP.partial and gets its name when all of \
            it is durable; nothing is overwritten. headwater restore makes a server's directory of it.
            """
    )

    @Argument(help: "The backup, a directory that is not there yet.")
    var backup: String

    @Option(name: .customLong("data"), help: "The server's data directory.")
    var directory: String

    @Flag(help: "Prints what the backup holds as one JSON object.")
    var json = false

    func run() async throws {
        var bar: ProgressBar?
        let manifest = try BackupWriter(of: directory, to: backup).write { bytes, total in
            if bar == nil { bar = ProgressBar(total: total >> 20, unit: "MiB") }
            bar?.update(done: bytes >> 20, items: bytes >> 20)
            guard bytes == total else { return }
            bar?.finish(done: bytes >> 20, items: bytes >> 20)
            bar = nil
        }
        guard !json else { return Terminal.print(manifest.json) }
        Terminal.print("\(backup): \(manifest.summary)")
        let secrets = manifest.files.map(\.path).filter(BackupContents.secrets.contains)
        Terminal.error(
            "It holds \(secrets.joined(separator: ", ")) and everybody's data: keep it as secret as the server."
        )
        if !secrets.contains("data.key") {
            Terminal.error(
                "data.key is not there: keep HEADWATER_DATA_KEY, without which secrets of destinations are lost."
            )
        }
    }
}
