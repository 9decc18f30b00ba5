import ActivationEngine

/// What jobs ask of the engine, for whom nobody waits.
enum PrivacyQuestion {
    /// Asks it; what is damaged is no matter of time, as it is for callers, whom somebody will tell when it was put right.
    static func asking<Result>(
        _ act: () async throws(EngineError) -> Result
    ) async throws(APIError) -> Result {
        do throws(EngineError) {
            return try await act()
        } catch {
            guard error.code == .corrupt else { throw APIError(engine: error) }
            throw APIError(
                .internalError,
                "What is stored of the person cannot be read; the log of the server says what",
                cause: error.description
            )
        }
    }
}
