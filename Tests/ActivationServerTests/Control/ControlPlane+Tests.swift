import ActivationEngine

@testable import ActivationServer

extension ControlPlane {
    /// Changes the configuration in nobody's name.
    func write<Result: Sendable>(
        _ decide: (inout ControlDraft) throws(APIError) -> Result
    ) async throws(APIError) -> Result {
        try await write(by: .server, decide)
    }
}
