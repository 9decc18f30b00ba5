import ActivationCore
import ActivationEngine

extension ServerDependencies {
    /// Does something to a person's data for good, recorded before.
    ///
    /// - Parameters:
    ///   - identity: By which the person is known.
    ///   - what: What is done, in a word.
    ///   - refusal: Why nothing was done, of what `act` returned; nil = it was.
    ///   - act: Does it.
    /// - Returns: What `act` returned.
    /// - Throws: `PROFILE_UNKNOWN`, what `act` throws, or that it cannot be recorded; then nothing is done.
    func erasing<Result: Sendable>(
        _ identity: Identity,
        _ what: String,
        refusal: (Result) -> APIError? = { _ in nil },
        _ act: @escaping @Sendable () async throws(EngineError) -> Result
    ) async throws(APIError) -> Result {
        let engine = engine
        let found = try await APIError.mapping { () throws(EngineError) in
            try await engine.profile(identity, mergePolicy: nil)
        }
        guard let found else { throw APIError(.profileUnknown, "no profile has this identity") }
        let details: JSONObject = ["what": .string(what)]
        try await audit.erase(.profile(found.id), details)
        do throws(APIError) {
            let result = try await APIError.mapping(act)
            if let refusal = refusal(result) { throw refusal }
            return result
        } catch {
            await audit.eraseFailed(.profile(found.id), details, error)
            throw error
        }
    }
}
