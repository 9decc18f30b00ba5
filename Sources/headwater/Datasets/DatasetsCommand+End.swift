import ActivationCore
import ArgumentParser
import NIOHTTP1

extension DatasetsCommand {
    /// `headwater datasets end`.
    struct End: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "end",
            abstract:
                "Sets a date on which a dataset ends with all that it has stated, cancels it, or lists such dates.",
            discussion: """
                On its date every fact and event of the dataset goes from every profile, audiences change, and nothing is taken in for it \
                any more; nothing brings that back. Until then the date can be changed or cancelled. Without a dataset all dates are \
                listed: id, status, date, dataset.
                """
        )

        private static let path = "/data/core/hygiene/ttl"

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id or the name; without one all dates are listed.")
        var dataset: String?

        @Option(help: "A date, or an instant, to come: 2027-01-31 or 2027-01-31T12:00:00Z.")
        var on: String?

        @Option(help: "Why it ends.")
        var reason: String?

        @Flag(help: "Cancels the date.")
        var cancel = false

        func validate() throws {
            if dataset == nil, on != nil || cancel { throw ValidationError("Name the dataset.") }
            if on != nil, cancel { throw ValidationError("Give --on or --cancel, one of them.") }
            if reason != nil, on == nil { throw ValidationError("--reason goes with --on.") }
        }

        func run() async throws {
            guard let dataset else { return try await list() }
            let shown = try await options.withServer { (server) throws(CommandFailure) in
                let id = try await End.id(of: dataset, server)
                let one = "\(End.path)/\(ServerClient.percentEncoded(id))"
                if cancel {
                    _ = try await server.call(.DELETE, one)
                } else if let on {
                    var wanted: JSONObject = ["expiry": .string(on)]
                    wanted["description"] = reason.map { .string($0) }
                    return try await server.call(.PUT, one, .object(wanted))
                }
                return try await server.call(.GET, one)
            }
            guard !options.json else { return Terminal.print(shown) }
            Terminal.print(End.line(of: shown))
            if let progress = shown["headwater"] {
                func count(_ member: String) -> Int64 { progress[member]?.int64 ?? 0 }
                Terminal.print(
                    "\(count("profilesVisited")) of \(count("profilesTotal")) profiles visited; \(count("factsRemoved")) facts and "
                        + "\(count("eventsRemoved")) events taken out of \(count("profilesChanged"))"
                )
            }
        }

        private func list() async throws {
            let all = try await options.withServer { (server) throws(CommandFailure) -> [JSONValue] in
                var all: [JSONValue] = []
                var page = 0
                while true {
                    let answer = try await server.call(.GET, "\(End.path)?limit=100&orderBy=expiry&page=\(page)")
                    all += answer["results"]?.array ?? []
                    page += 1
                    guard let pages = answer["total_pages"]?.int64, page < pages else { return all }
                }
            }
            guard !options.json else { return Terminal.print(.array(all)) }
            for expiration in all { Terminal.print(End.line(of: expiration)) }
        }

        /// The dataset, also one that has ended and is listed no more.
        private static func id(of name: String, _ server: ServerClient) async throws(CommandFailure) -> String {
            let all = try await server.call(.GET, DatasetsCommand.path).object ?? [:]
            if all[name] == nil {
                let ended = try await server.call(
                    .GET,
                    "\(path)?limit=100&status=executing,completed&search=\(ServerClient.percentEncoded(name))"
                )
                let found = (ended["results"]?.array ?? []).filter {
                    $0["datasetId"] == .string(name) || $0["datasetName"] == .string(name)
                }
                if found.count == 1, !all.contains(where: { $0.value["name"] == .string(name) }),
                    let id = found[0]["datasetId"]?.string
                {
                    return id
                }
            }
            return try DatasetsCommand.id(of: name, among: all)
        }

        private static func line(of expiration: JSONValue) -> String {
            ["ttlId", "status", "expiry", "datasetName"].map { expiration[$0]?.string ?? "" }.joined(separator: "  ")
        }
    }
}
