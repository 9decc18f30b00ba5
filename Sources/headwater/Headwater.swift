import ActivationServer
import ArgumentParser
import Glibc

/// The program: a name for each thing that it can do.
@main
struct Headwater: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "headwater",
        abstract:
            "Holds customer profiles, decides audiences as data arrives, and streams every relevant change to Kinesis.",
        discussion: """
            Exit codes: 0 done, 64 wrong usage, 65 wrong input, 66 a file that cannot be used, 69 a server or its directory is not available, \
            70 an error in this program, 75 try again later (in use, no room on the disk).
            """,
        version: ServerVersion.text,
        subcommands: [
            ServeCommand.self, IngestCommand.self, DatasetsCommand.self, AudiencesCommand.self, AccountsCommand.self,
            DataflowsCommand.self, BackfillsCommand.self, DeadLettersCommand.self, AlertsCommand.self,
            MonitorCommand.self, ExplainCommand.self, ChangesCommand.self, AuditCommand.self,
            ProfilesCommand.self, PrivacyCommand.self,
            NamespacesCommand.self,
            MergePoliciesCommand.self, LabelsCommand.self, PoliciesCommand.self,
            TailCommand.self, KinesisLocalCommand.self, PQLCommand.self, SandboxesCommand.self, RolesCommand.self,
            GroupsCommand.self, UsersCommand.self,
            CredentialsCommand.self, KeysCommand.self, ConsoleCommand.self,
            BackupCommand.self, RestoreCommand.self, RestoreFinishCommand.self, CopyCommand.self, MigrateCommand.self,
            UpgradeCommand.self, DoctorCommand.self, DemoCommand.self, BenchCommand.self,
        ]
    )

    /// Runs the chosen command and ends the process with its exit code.
    static func main() async {
        // A reader that went away is an error of one write, not the end of a server.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            Terminal.error("headwater: \(failure.message)")
            Glibc.exit(failure.code.rawValue)
        } catch {
            exit(withError: error)
        }
    }
}
