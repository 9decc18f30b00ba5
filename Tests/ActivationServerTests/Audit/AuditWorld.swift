import ActivationCore
import ActivationEngine
import TestSupport

@testable import ActivationServer

extension FlowWorld {
    /// All that the history says beside changes, the oldest first.
    func records(_ actions: [ConfigurationChange.Action]? = nil) async throws -> [ConfigurationChange] {
        let wanted =
            actions ?? ConfigurationChange.Action.allCases.filter { !ConfigurationChange.Action.changes.contains($0) }
        let request = ConfigurationChangesRequest(scope: .production, actions: wanted, limit: 10_000)
        return try await storage.history(request).reversed()
    }

    /// The same in a line each: action, outcome, author, kind, name.
    func recordLines() async throws -> [String] {
        try await records().map { "\($0.action) \($0.outcome) \($0.author.name) \($0.kind) \($0.name)" }
    }
}
