import ActivationCore
import ArgumentParser

extension DataflowsCommand {
    /// `headwater dataflows create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Makes a dataflow to a Kinesis stream, with an account and a target of its own.",
            discussion:
                "The key is AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, where there is one, AWS_SESSION_TOKEN."
        )

        @OptionGroup var options: Options

        @Option(help: "The name.")
        var name: String

        @Option(help: "The name of an existing stream.")
        var stream: String

        @Option(help: "The stream's region.")
        var region = "us-east-1"

        @Option(help: "The endpoint of Kinesis, where it is not the region's own.")
        var kinesis: String?

        @Option(help: "An audience to map; may be given several times.")
        var audience: [String] = []

        @Option(help: "An attribute to map, as a path; may be given several times.")
        var attribute: [String] = []

        func run() async throws {
            let (name, audience, attribute) = (name, audience, attribute)
            let destination = ServerDataflows.Destination(
                account: try account,
                target: ["stream": .string(stream), "region": .string(region)]
            )
            let made = try await options.withDataflows { (dataflows) throws(CommandFailure) in
                let audiences = try await dataflows.audienceIDs(audience)
                let id = try await dataflows.create(name, to: destination)
                let warnings = try await dataflows.map(audiences, attribute, to: try await dataflows.dataflow(id))
                Warnings.tell(warnings)
                return JSONDataflow(flow: try await dataflows.dataflow(id))
            }
            options.print(made)
        }

        private var account: JSONObject {
            get throws(CommandFailure) {
                guard let key = Environment["AWS_ACCESS_KEY_ID"], let secret = Environment["AWS_SECRET_ACCESS_KEY"]
                else {
                    throw CommandFailure(.usage, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the stream's key")
                }
                var account: JSONObject = [
                    "accessKeyId": .string(key), "secretKey": .string(secret), "region": .string(region),
                ]
                account["sessionToken"] = Environment["AWS_SESSION_TOKEN"].map { .string($0) }
                account["connectionUrl"] = kinesis.map { .string($0) }
                return account
            }
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
