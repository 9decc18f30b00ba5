import ActivationCore
import ArgumentParser

extension AudiencesCommand {
    /// `headwater audiences members`.
    struct Members: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "members",
            abstract: "Shows how many members an audience has, and who entered and who exited by the hour.",
            discussion: "The last 30 days are kept; an hour in which nobody entered or exited has no line."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var audience: String

        @Option(help: "How many hours, 1 to 720; the last is the present one.")
        var hours = 24

        func validate() throws {
            guard (1...720).contains(hours) else { throw ValidationError("--hours is 1 to 720.") }
        }

        func run() async throws {
            let (name, hours) = (audience, hours)
            let members = try await options.withAudiences { (audiences) throws(CommandFailure) in
                try await audiences.members(of: name, hours: hours)
            }
            guard !options.json else { return Terminal.print(members) }
            for line in AudienceMembersText(members: members).lines { Terminal.print(line) }
        }
    }
}

/// Members over time as people read them.
struct AudienceMembersText {
    let members: JSONValue

    /// The sums, then a line for each hour.
    var lines: [String] {
        [
            "members      \(figure(members, "members"))",
            "entered      \(figure(members, "entered")) since \(members["since"]?.string ?? "")",
            "exited       \(figure(members, "exited"))",
        ]
            + (members["hours"]?.array ?? []).map { hour in
                "\(hour["start"]?.string ?? "")  \(figure(hour, "entered")) entered, \(figure(hour, "exited")) exited, "
                    + "\(figure(hour, "members")) members"
            }
    }

    private func figure(_ object: JSONValue, _ member: String) -> String {
        Figures.grouped(object[member]?.int64 ?? 0)
    }
}
