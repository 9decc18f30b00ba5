import ActivationCore
import ArgumentParser

extension AudiencesCommand {
    /// `headwater audiences evaluate`.
    struct Evaluate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "evaluate",
            abstract: "Evaluates audiences over all profiles once more, and waits for the end.",
            discussion: """
                Audiences are up to date without it; it counts, and shows that nothing was missed. Interrupting the command \
                does not end the evaluation.
                """
        )

        @OptionGroup var options: Options

        @Argument(help: "Ids or names.")
        var audiences: [String] = []

        @Flag(help: "Evaluates all audiences.")
        var all = false

        @Flag(help: "Returns as soon as the evaluation is accepted.")
        var noWait = false

        func validate() throws {
            guard all != !audiences.isEmpty else { throw ValidationError("Name audiences, or give --all.") }
        }

        func run() async throws {
            let job = try await options.withAudiences { (server) throws(CommandFailure) in
                var ids: [String] = []
                for name in audiences {
                    if let id = try await server.audience(name)["id"]?.string { ids.append(id) }
                }
                let begun = try await server.evaluate(all ? ["*"] : ids)
                guard !noWait, let id = begun["id"]?.string else { return begun }
                return try await Evaluate.end(of: id, server)
            }
            show(job)
            switch job["status"]?.string {
            case "FAILED", "CANCELLED":
                let reason = job["failure"]?.string.map { ": \($0)" } ?? ""
                throw CommandFailure(.retryLater, "the evaluation ended early, \(job["status"]?.string ?? "")\(reason)")
            default: break
            }
        }

        private static func end(of id: String, _ server: ServerAudiences) async throws(CommandFailure) -> JSONValue {
            var bar: ProgressBar?
            while true {
                let job = try await server.job(id)
                let done = job["evaluationProgress"]?["processed"]?.int64 ?? 0
                let total = job["evaluationProgress"]?["total"]?.int64 ?? 0
                var line = bar ?? ProgressBar(total: total, unit: "profiles")
                let isOver = !["NEW", "QUEUED", "PROCESSING"].contains(job["status"]?.string)
                isOver ? line.finish(done: done, items: done) : line.update(done: done, items: done)
                if isOver { return job }
                // While it waits for others nobody knows yet how many there are.
                bar = job["status"] == "PROCESSING" ? line : nil
                // A cancelled sleep ends at the next call.
                try? await Task.sleep(for: .milliseconds(200))
            }
        }

        private func show(_ job: JSONValue) {
            guard !options.json else { return Terminal.print(job) }
            Terminal.print("job          \(job["id"]?.string ?? "")")
            Terminal.print("status       \(job["status"]?.string ?? "")")
            for segment in job["segments"]?.array ?? [] {
                guard let id = segment["segmentId"]?.string,
                    let count = job["metrics"]?["segmentedProfileByStatusCounter"]?[id]
                else { continue }
                let members = job["metrics"]?["segmentedProfileCounter"]?[id]?.int64 ?? 0
                Terminal.print(
                    "\(id)  \(Figures.grouped(members)) members, \(Figures.grouped(count["realized"]?.int64 ?? 0)) came in, "
                        + "\(Figures.grouped(count["exited"]?.int64 ?? 0)) went out"
                )
            }
        }
    }
}
