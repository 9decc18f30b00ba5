import ActivationCore
import ArgumentParser

/// How a change is rehearsed, on the command line.
struct RehearsalManner: ParsableArguments {
    @Option(help: "Messages to show, 0 to 5.")
    var messages = 1

    @Option(help: "Seconds that it may take, 1 to 50; a large store is counted by a sample then.")
    var seconds: Int?

    @Option(
        help: ArgumentHelp(
            "A price in US dollars in place of the list price: shardHour, putUnitsPerMillion, onDemandGigabyte or "
                + "onDemandStreamHour. May be given several times.",
            valueName: "key=dollars"
        )
    )
    var price: [String] = []

    func validate() throws {
        for price in price where RehearsalManner.parts(price) == nil {
            throw ValidationError("--price is KEY=DOLLARS, such as shardHour=0.018; \(price) is not.")
        }
    }

    /// The body of a request about a change.
    ///
    /// - Parameters:
    ///   - subject: What is changed: `dataflow` or `audience`.
    ///   - wish: The change.
    /// - Returns: The body.
    func body(_ subject: String, _ wish: JSONValue) -> JSONValue {
        var body: JSONObject = ["messages": .integer(Int64(messages))]
        body[subject] = wish
        body["seconds"] = seconds.map { .integer(Int64($0)) }
        var prices = JSONObject()
        for price in price {
            if let (key, dollars) = RehearsalManner.parts(price) { prices[key] = JSONValue(dollars) }
        }
        if !prices.isEmpty { body["prices"] = .object(prices) }
        return .object(body)
    }

    private static func parts(_ price: String) -> (key: String, dollars: Double)? {
        let parts = price.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let dollars = Double(parts[1]), dollars.isFinite else { return nil }
        return (String(parts[0]), dollars)
    }
}

extension ServerOptions {
    /// Prints a rehearsal as it was asked for.
    func print(rehearsal: JSONValue) {
        guard !json else { return Terminal.print(rehearsal) }
        for line in RehearsalText(rehearsal: rehearsal).lines { Terminal.print(line) }
        Warnings.tell(rehearsal["warnings"]?.array ?? [])
    }
}
