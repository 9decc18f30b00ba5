import ActivationCore
import ArgumentParser

extension AudiencesCommand {
    /// `headwater audiences publish`.
    struct Publish: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "publish",
            abstract: "Publishes drafts and inactive audiences, all that are named or none.",
            discussion: "Inactive ones are then evaluated again over all profiles, behind the call."
        )

        @OptionGroup var options: Options

        @Argument(help: "Ids or names, 25 at most.")
        var audiences: [String]

        func run() async throws { try await options.bulk("publish", audiences) }
    }

    /// `headwater audiences deactivate`.
    struct Deactivate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "deactivate",
            abstract: "Takes audiences that nothing uses out of use, all that are named or none.",
            discussion: """
                They are not evaluated and their memberships stay as they are, until they are published again. What uses an \
                audience is named: a dataflow that exports it, enabled or not, or an audience that asks for it with inSegment.
                """
        )

        @OptionGroup var options: Options

        @Argument(help: "Ids or names, 25 at most.")
        var audiences: [String]

        func run() async throws { try await options.bulk("deactivate", audiences) }
    }

    /// `headwater audiences delete`.
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete",
            abstract: "Deletes audiences that nothing uses, all that are named or none."
        )

        @OptionGroup var options: Options

        @Argument(help: "Ids or names, 25 at most.")
        var audiences: [String]

        func run() async throws { try await options.bulk("delete", audiences) }
    }

    /// `headwater audiences tag`.
    struct Tag: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "tag",
            abstract: "Gives audiences tags, or takes them away."
        )

        @OptionGroup var options: Options

        @Argument(help: "Ids or names, 25 at most.")
        var audiences: [String]

        @Option(name: .customLong("tag"), help: "The tag; may be given several times.")
        var tags: [String]

        @Flag(help: "Takes the tags away.")
        var remove = false

        func run() async throws { try await options.bulk(remove ? "untag" : "tag", audiences, tags: tags) }
    }

    /// `headwater audiences opt-outs`.
    struct OptOuts: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "opt-outs",
            abstract: "Says whether dataflows leave out members who opted out of everything.",
            discussion: "It counts while the policy General opt-out is on (headwater policies enable)."
        )

        enum Choice: String, ExpressibleByArgument, CaseIterable { case exclude, keep }

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var audience: String

        @Argument(help: "exclude or keep.")
        var choice: Choice

        func run() async throws {
            let (audience, excludes) = (audience, choice == .exclude)
            let changed = try await options.withAudiences { (audiences) throws(CommandFailure) in
                try await audiences.exclude(optOuts: excludes, from: audience)
            }
            guard !options.json else { return Terminal.print(changed) }
            for line in AudienceText(definition: changed).lines { Terminal.print(line) }
        }
    }

    /// `headwater audiences copy`.
    struct Copy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "copy",
            abstract: "Makes a draft of what an audience is.",
            discussion: "This is the way from a published audience back to a draft."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var audience: String

        @Option(help: "The name of the copy; by default it says whose copy it is.")
        var name: String?

        func run() async throws {
            let (original, name) = (audience, name)
            let made = try await options.withAudiences { (audiences) throws(CommandFailure) in
                try await audiences.copy(original, as: name)
            }
            guard !options.json else { return Terminal.print(made) }
            for line in AudienceText(definition: made).lines { Terminal.print(line) }
        }
    }
}

extension ServerOptions {
    /// Does one thing to several audiences and shows those that are still there.
    fileprivate func bulk(_ operation: String, _ names: [String], tags: [String] = []) async throws {
        let audiences = try await withAudiences { (audiences) throws(CommandFailure) in
            try await audiences.bulk(operation, names, tags: tags)
        }
        guard !json else { return Terminal.print(["audiences": .array(audiences)]) }
        for audience in audiences { Terminal.print(AudienceText(definition: audience).line) }
    }
}
