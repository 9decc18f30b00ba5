import ActivationCore
import ArgumentParser
import NIOHTTP1

extension ProfilesCommand {
    /// `headwater profiles paths`.
    struct Paths: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Lists the paths that a sample of the profiles has: share of profiles, kinds, datasets; no values."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "What a path has to contain, in any case.")
        var text: String = ""

        func run() async throws {
            let query = "q=\(ServerClient.percentEncoded(text))&limit=1000"
            let all = try await options.withServer { (server) throws(CommandFailure) in
                var all = try await server.call(.GET, "/v1/paths?\(query)")
                var next = all["next"]?.string
                while let start = next {
                    let more = try await server.call(
                        .GET,
                        "/v1/paths?\(query)&start=\(ServerClient.percentEncoded(start))"
                    )
                    guard case .object(var object) = all else { break }
                    object["paths"] = .array((all["paths"]?.array ?? []) + (more["paths"]?.array ?? []))
                    all = .object(object)
                    next = more["next"]?.string
                }
                guard case .object(var object) = all else { return all }
                object["next"] = nil
                return .object(object)
            }
            guard !options.json else { return Terminal.print(all) }
            let profiles = max(all["profiles"]?.int64 ?? 0, 1)
            for path in all["paths"]?.array ?? [] {
                let share = (path["profiles"]?.int64 ?? 0) * 100 / profiles
                let kinds = (path["kinds"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
                let datasets = (path["datasets"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
                Terminal.print("\(path["path"]?.string ?? "")  \(share) %  \(kinds)  \(datasets)")
            }
        }
    }
}
