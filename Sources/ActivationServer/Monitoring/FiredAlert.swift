import ActivationCore
import ActivationEngine

/// That an alert was told for the first time, as the history says.
struct FiredAlert: Sendable, Equatable {
    var at: Timestamp
    var name: String
    var severity: AlertSeverity
    /// What was found.
    var text: String
    /// The dataflow it was about; nil = the server.
    var flow: String?
    /// What that was called.
    var flowName: String?

    /// Reads an entry of the history; nil for any that says something else.
    init?(_ entry: AlertEntry) {
        let words = [AlertState.Step.fired.rawValue, AlertState.Step.happened.rawValue]
        guard let body = try? JSONValue(parsing: entry.body), let event = body["event"]?.string, words.contains(event)
        else { return nil }
        at = entry.at
        name = body["name"]?.string ?? body["kind"]?.string ?? event
        severity = body["severity"]?.string.flatMap(AlertSeverity.init) ?? .info
        text = body["text"]?.string ?? ""
        flow = entry.subject.isEmpty ? nil : entry.subject
        flowName = body["flowName"]?.string
    }

    /// The alert as answers show it.
    var json: JSONValue {
        var object: JSONObject = [
            "at": .string(at.rfc3339), "name": .string(name), "severity": .string(severity.rawValue),
            "text": .string(text),
        ]
        object["flowId"] = flow.map { .string($0) }
        object["flowName"] = flowName.map { .string($0) }
        return .object(object)
    }
}

extension AlertDesk {
    /// Entries of the history that one look at what fired reads.
    private static let firedEntriesMax = 2_000
    private static let firedPage = 500

    /// The alerts that were told for the first time since an instant, the newest first, as far as the newest entries go.
    ///
    /// - Parameters:
    ///   - instant: Since when.
    ///   - flow: Only those about this dataflow; nil = all.
    /// - Returns: The alerts.
    /// - Throws: The store's error.
    func fired(since instant: Timestamp, about flow: String? = nil) async throws(APIError) -> [FiredAlert] {
        var fired: [FiredAlert] = []
        var before: Int64?
        for _ in 0..<(Self.firedEntriesMax / Self.firedPage) {
            let entries = try await history(about: flow, before: before, Self.firedPage)
            fired += entries.filter { $0.at >= instant }.compactMap(FiredAlert.init)
            guard entries.count == Self.firedPage, let last = entries.last, last.at >= instant else { break }
            before = last.sequence
        }
        return fired
    }
}
