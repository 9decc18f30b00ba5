import ActivationCore
import ArgumentParser

extension DataflowsCommand {
    /// `headwater dataflows balance`.
    struct Balance: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "balance",
            abstract: "Compares a dataflow's books with the records that are stored, and shows them by the hour.",
            discussion: "Ends with exit status 1 when records are missing or too many."
        )

        @OptionGroup var options: Options

        @Option(
            help: "Hours from the one in which this instant lies, such as 2026-11-27T09:00:00Z; a day back unless told."
        )
        var since: String?

        @Flag(help: "Also the books by audience, counted row by row.")
        var audiences = false

        @Argument(help: "The id or the name.")
        var dataflow: String

        func run() async throws {
            let (name, since, byAudience) = (dataflow, since, audiences)
            let balance = try await options.withDataflows { (dataflows) throws(CommandFailure) in
                try await dataflows.balance(of: name, since: since, byAudience: byAudience)
            }
            if options.json {
                Terminal.print(balance)
            } else {
                for line in BalanceText(balance: balance).lines { Terminal.print(line) }
            }
            if balance["isBalanced"]?.bool != true { throw ExitCode.failure }
        }
    }
}

/// A dataflow's balance as people read it.
struct BalanceText {
    let balance: JSONValue

    /// The equation, what was counted, and a line for each hour.
    var lines: [String] {
        let isBalanced = balance["isBalanced"]?.bool == true
        let counted =
            "counted \(balance["auditedAt"]?.string ?? ""): \(figure(balance["counted"]?["pending"])) waiting, "
            + "\(figure(balance["counted"]?["parked"])) parked"
        var lines = [equation(of: balance, "pending"), "\(counted), \(isBalanced ? "balanced" : "NOT balanced")"]
        for audience in balance["audiences"]?.array ?? [] {
            let isBalanced = audience["isBalanced"]?.bool == true
            lines.append(
                "audience \(audience["id"]?.string ?? "")  \(equation(of: audience, "pending"))"
                    + (isBalanced ? "" : ", NOT balanced")
            )
        }
        for hour in balance["hours"]?.array ?? [] {
            lines.append("\(hour["start"]?.string ?? "")  \(equation(of: hour, "pendingChange"))")
            for audience in hour["audiences"]?.array ?? [] {
                lines.append("  audience \(audience["id"]?.string ?? "")  \(equation(of: audience, "pendingChange"))")
            }
        }
        return lines
    }

    private func figure(_ value: JSONValue?) -> String { Figures.grouped(value?.int64 ?? 0) }

    private func equation(of books: JSONValue, _ pending: String) -> String {
        let suppressed = ["disabled", "deleted", "discarded"]
            .map { "\(figure(books["suppressed"]?[$0])) \($0)" }
            .joined(separator: ", ")
        return "\(figure(books["triggered"])) triggered = \(figure(books["delivered"])) delivered + "
            + "\(figure(books["superseded"])) superseded + (\(suppressed)) + \(figure(books["parked"])) parked + "
            + "\(figure(books[pending])) pending"
    }
}
