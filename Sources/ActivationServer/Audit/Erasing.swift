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
        refusal: (Result) -> APIError?,
        _ act: @escaping @Sendable () async throws(EngineError) -> Result
    ) async throws(APIError) -> Result {
        let engine = engine
        let found = try await APIError.mapping { () throws(EngineError) in
            try await engine.profile(identity, mergePolicy: nil)
        }
        guard let found else { throw APIError(.profileUnknown, "no profile has this identity") }
        return try await erasing(.profile(found.id), what, refusal: refusal, act)
    }

    /// Does something for good to what is kept of a person, recorded before.
    ///
    /// - Parameters:
    ///   - subject: Of what the record is.
    ///   - what: What is done, in a word.
    ///   - reason: Why, in somebody's words.
    ///   - refusal: Why nothing was done, of what `act` returned; nil = it was.
    ///   - act: Does it.
    /// - Returns: What `act` returned.
    /// - Throws: What `act` throws, or that it cannot be recorded; then nothing is done.
    func erasing<Result: Sendable>(
        _ subject: AuditSubject,
        _ what: String,
        because reason: String? = nil,
        refusal: (Result) -> APIError?,
        _ act: @escaping @Sendable () async throws(EngineError) -> Result
    ) async throws(APIError) -> Result {
        var details: JSONObject = ["what": .string(what)]
        details["reason"] = reason.map { .string($0) }
        try await audit.erase(subject, details)
        do throws(APIError) {
            let result = try await APIError.mapping(act)
            if let refusal = refusal(result) { throw refusal }
            return result
        } catch {
            await audit.eraseFailed(subject, details, error)
            throw error
        }
    }
}
