import ActivationCore
import ArgumentParser

extension DataflowsCommand {
    /// `headwater dataflows create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract:
                "Makes a dataflow to a Kinesis stream, with a source, a target and, unless told otherwise, an account.",
            discussion: """
                All of it is made, or nothing is. The key is AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, where there is \
                one, AWS_SESSION_TOKEN, unless --role or --server-identity says otherwise, or --account names an account \
                that there is.
                """
        )

        @OptionGroup var options: Options

        @Option(help: "The name.")
        var name: String

        @Option(help: "The name of an existing stream, or its ARN.")
        var stream: String

        @Option(help: "The stream's region; by default the account's, of an account that is made us-east-1.")
        var region: String?

        @Option(help: "The endpoint of Kinesis, where it is not the region's own.")
        var kinesis: String?

        @Option(help: "An audience to map; may be given several times.")
        var audience: [String] = []

        @Option(help: "An attribute to map, as a path; may be given several times.")
        var attribute: [String] = []

        @Option(help: "A description.")
        var description = ""

        @Option(help: "The account to use, by id or name; by default one is made with the key.")
        var account: String?

        @OptionGroup var signIn: AccountSignIn
        @OptionGroup var target: TargetParams
        @OptionGroup var purpose: DataflowPurpose

        func validate() throws {
            guard account == nil || kinesis == nil && !signIn.isGiven else {
                throw ValidationError(
                    "--kinesis, --role, --server-identity and --endpoint-variant are for an account that is made; the one "
                        + "of --account has its own."
                )
            }
            for key in ["stream", "region"] where target.members[key] != nil {
                throw ValidationError("Give --\(key), not --param \(key)=….")
            }
        }

        func run() async throws {
            var params = target.members
            params["stream"] = .string(stream)
            // An account that there is may say the region, and so does an ARN.
            let isRegionOpen = account == nil && !stream.hasPrefix("arn:")
            params["region"] = (region ?? (isRegionOpen ? Self.regionDefault : nil)).map { .string($0) }
            let auth =
                account == nil ? try signIn.auth(region: region ?? arnRegion ?? Self.regionDefault, url: kinesis) : nil
            let (name, description, targetParams, account, audience, attribute, purpose) = (
                name, description, params, account, audience, attribute, purpose.members
            )
            let made = try await options.withDataflows { (dataflows) throws(CommandFailure) in
                var draft = ServerDataflows.Draft(
                    name: name,
                    description: description,
                    account: .new(auth ?? [:]),
                    params: targetParams
                )
                if let account { draft.account = .existing(try await dataflows.accountID(account)) }
                draft.audiences = try await dataflows.audienceIDs(audience)
                draft.attributes = attribute
                draft.purpose = purpose
                let (id, warnings) = try await dataflows.create(draft)
                Warnings.tell(warnings)
                let flow = try await dataflows.dataflow(id)
                return JSONDataflow(flow: flow, target: try await dataflows.target(of: flow))
            }
            options.print(made)
        }

        private static let regionDefault = "us-east-1"

        /// The region that the stream's ARN names.
        private var arnRegion: String? {
            let parts = stream.split(separator: ":", omittingEmptySubsequences: false)
            return parts.count > 3 && !parts[3].isEmpty ? String(parts[3]) : nil
        }
    }
}

/// What the server warns about goes to standard error, so that output stays what was asked for.
enum Warnings {
    /// Tells each warning in a line.
    static func tell(_ warnings: [JSONValue]) {
        for warning in warnings {
            Terminal.error("warning: \(warning["code"]?.string ?? ""): \(warning["message"]?.string ?? "")")
        }
    }
}

extension ServerDataflows {
    /// The ids of audiences given by id or name.
    func audienceIDs(_ names: [String]) async throws(CommandFailure) -> [String] {
        let audiences = ServerAudiences(client: client)
        var ids: [String] = []
        for name in names {
            guard let id = try await audiences.audience(name)["id"]?.string else {
                throw CommandFailure(.software, "the server gave an audience without an id")
            }
            ids.append(id)
        }
        return ids
    }
}
