import ActivationCore
import ArgumentParser
import NIOHTTP1

extension PrivacyCommand {
    /// `headwater privacy ask`.
    struct Ask: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ask",
            abstract: "Asks for copies of people's data, for its erasure, or for both.",
            discussion: """
                One person is named by --identity, given once for each of up to nine identities, or many by --from FILE: a \
                person per line, their identities as NAMESPACE:VALUE with tabs between them, up to 1,000 lines; - is standard \
                input. Who asks for both gets a copy first. Erased is erased: there is no way back.
                """
        )

        @OptionGroup var options: ServerOptions

        @Flag(help: "Asks for a copy.")
        var access = false

        @Flag(help: "Asks for erasure.")
        var delete = false

        @Option(help: "The law under which people ask, such as gdpr or ccpa.")
        var regulation: String

        @Option(name: .customLong("identity"), help: "NAMESPACE:VALUE, such as Email:mira@example.org.")
        var identities: [String] = []

        @Option(name: .customLong("from"), help: "A file with a person per line.")
        var file: String?

        @Option(
            help: "What the person is called in lists; of a file, each with the line's number. Better no personal name."
        )
        var key = "person"

        @Option(help: "The merge policy whose view copies show; all when absent.")
        var mergePolicy: String?

        @Option(
            help: ArgumentHelp(
                "What happens when an erased identity comes again; what the server was started with when absent.",
                valueName: "accept|refuse"
            )
        )
        var onReturn: ErasedReturn?

        @Flag(help: "Lets other requests go first.")
        var lowPriority = false

        @Flag(help: "Waits until all jobs have ended.")
        var wait = false

        /// Bytes of a file: what a request may have.
        private static let fileBytesMax = 1 << 20
        private static let pause = Duration.milliseconds(500)
        /// Questions in a row that nobody answers, such as while the server restarts.
        private static let attemptsMax = 60

        func validate() throws {
            guard access || delete else { throw ValidationError("Give --access, --delete or both.") }
            guard identities.isEmpty != (file == nil) else {
                throw ValidationError("Give --identity or --from, one of them.")
            }
            for identity in identities { _ = try IdentityArgument(identity) }
        }

        func run() async throws {
            let users = try users()
            let answer = try await options.withServer { (server) throws(CommandFailure) in
                let receipt = try await server.call(.POST, PrivacyCommand.path, try body(users, server))
                guard wait, let request = receipt["requestId"]?.string else { return receipt }
                return try await end(of: request, receipt, server)
            }
            if options.json { return Terminal.print(answer) }
            Terminal.print("request  \(answer["requestId"]?.string ?? "")")
            for job in answer["jobs"]?.array ?? [] {
                let user = job["customer"]?["user"]
                let words = [job["jobId"], user?["action"]?[0], job["status"], user?["key"]].compactMap { $0?.string }
                Terminal.print(words.joined(separator: "  "))
            }
        }

        private func users() throws -> [JSONValue] {
            guard let file else { return [try user(key, identities)] }
            let text = String(decoding: try SmallFile.contents(of: file, bytesMax: Ask.fileBytesMax), as: UTF8.self)
            var users: [JSONValue] = []
            for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
            {
                let named = line.split(separator: "\t").map(String.init)
                guard !named.isEmpty else { continue }
                do {
                    users.append(try user("\(key) \(number + 1)", named))
                } catch {
                    throw CommandFailure(
                        .badInput,
                        "line \(number + 1): an identity is NAMESPACE:VALUE, tabs between several"
                    )
                }
            }
            return users
        }

        private func user(_ key: String, _ named: [String]) throws(ValidationError) -> JSONValue {
            var userIDs: [JSONValue] = []
            for text in named {
                let identity = try IdentityArgument(text)
                userIDs.append([
                    "namespace": .string(identity.namespace), "value": .string(identity.value), "type": "standard",
                ])
            }
            let actions: [JSONValue] = (access ? ["access"] : []) + (delete ? ["delete"] : [])
            return ["key": .string(key), "action": .array(actions), "userIDs": .array(userIDs)]
        }

        private func body(_ users: [JSONValue], _ server: ServerClient) throws(CommandFailure) -> JSONValue {
            guard let organisation = server.organisation else {
                throw CommandFailure(.usage, "the organisation is not known: give --data DIR, or set HEADWATER_ORG_ID")
            }
            var body: JSONObject = [
                "companyContexts": [["namespace": "imsOrgID", "value": .string(organisation)]],
                "users": .array(users), "include": ["profileService"], "regulation": .string(regulation),
                "priority": lowPriority ? "low" : "normal",
            ]
            body["mergePolicyId"] = mergePolicy.map { .string($0) }
            body["onReturn"] = onReturn.map { .string($0.rawValue) }
            return .object(body)
        }

        /// The receipt with how its jobs have ended.
        private func end(
            of request: String,
            _ receipt: JSONValue,
            _ server: ServerClient
        ) async throws(CommandFailure) -> JSONValue {
            let total = receipt["totalRecords"]?.int64 ?? 0
            var bar = ProgressBar(total: total, unit: "jobs")
            var attempts = 0
            while true {
                do throws(CommandFailure) {
                    var done: Int64 = 0
                    for status in ["complete", "error"] {
                        let query = "requestId=\(ServerClient.percentEncoded(request))&status=\(status)&size=1"
                        done +=
                            try await server.call(.GET, "\(PrivacyCommand.path)?\(query)")["totalRecords"]?.int64 ?? 0
                    }
                    attempts = 0
                    guard done < total else {
                        bar.finish(done: done, items: done)
                        break
                    }
                    bar.update(done: done, items: done)
                } catch {
                    attempts += 1
                    guard error.code == .unavailable || error.code == .retryLater, attempts < Ask.attemptsMax else {
                        throw error
                    }
                }
                // A cancelled sleep ends at the next call.
                try? await Task.sleep(for: Ask.pause)
            }
            return try await withStatuses(receipt, of: request, total, server)
        }

        private func withStatuses(
            _ receipt: JSONValue,
            of request: String,
            _ total: Int64,
            _ server: ServerClient
        ) async throws(CommandFailure) -> JSONValue {
            var statuses: [String: JSONValue] = [:]
            for page in 0...total / 1_000 {
                let query = "requestId=\(ServerClient.percentEncoded(request))&size=1000&page=\(page)"
                for job in try await server.call(.GET, "\(PrivacyCommand.path)?\(query)")["jobDetails"]?.array ?? [] {
                    if let id = job["jobId"]?.string { statuses[id] = job["status"] }
                }
            }
            var shown = receipt
            shown["jobs"] = .array(
                (receipt["jobs"]?.array ?? []).map { job in
                    var job = job
                    job["status"] = job["jobId"]?.string.flatMap { statuses[$0] }
                    return job
                }
            )
            return shown
        }
    }
}
