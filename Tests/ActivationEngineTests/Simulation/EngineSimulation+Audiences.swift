import ActivationCore
import TestSupport

@testable import ActivationEngine

extension EngineSimulation {
    /// Compares the books by audience with the model's, and with the rows there are; all hours together make them up.
    func checkAudiences(of flow: Dataflow.ID) async throws {
        let counted = try await storage.inner.countAudienceBooks(dataflow: flow)
        let expected = model.audienceBooks[flow] ?? [:]
        try expect(
            counted.audiences.mapValues(\.counters) == expected,
            "the books of audiences say \(counted.audiences) where \(expected) was expected"
        )
        try expect(counted.isBalanced, "the books of audiences are off: \(counted)")
        for (_, books) in expected where books.suppressedDeleted > 0 { count("audiences: suppressed") }
    }
}
