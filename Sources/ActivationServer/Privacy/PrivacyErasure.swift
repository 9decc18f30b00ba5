import ActivationCore
import ActivationEngine

/// Erases a person: the profiles that have the identities of a job, each by the same way as any deletion (BEHAVIOUR 3.11).
///
/// It may end at any moment and go on: a profile that is gone is not looked for again.
struct PrivacyErasure: Sendable {
    let job: PrivacyJob
    let engine: any ServerEngine

    /// The profiles that are to go, and how many of the identities nobody has.
    func targets() async throws(APIError) -> ([PrivacyJob.Target], unknown: Int64) {
        var (targets, unknown): ([PrivacyJob.Target], Int64) = ([], 0)
        for (place, identity) in job.identities.enumerated() {
            let profile = try await APIError.mapping { () throws(EngineError) in
                try await engine.profile(identity, mergePolicy: nil)?.id
            }
            guard let profile else {
                unknown += 1
                continue
            }
            guard !targets.contains(where: { $0.profile == profile }) else { continue }
            targets.append(PrivacyJob.Target(profile: profile, identity: place))
        }
        return (targets, unknown)
    }

    /// Erases them.
    ///
    /// - Returns: What became of the job, with the receipts.
    /// - Throws: Why not all of them could be erased; those that were are gone.
    func perform() async throws(APIError) -> PrivacyJob.Outcome {
        let (targets, identities) = (job.targets ?? [], job.identities)
        var erased: [Profile.ID] = []
        for target in targets where identities.indices.contains(target.identity) {
            if let gone = try await erase(target, by: identities[target.identity]), !erased.contains(gone) {
                erased.append(gone)
            }
        }
        return PrivacyJob.Outcome(
            code: targets.isEmpty ? .unknownIdentities : job.unknown > 0 ? .partial : .success,
            detail: targets.isEmpty
                ? "Nobody has these identities."
                : "\(erased.count) profiles were erased; the receipts tell what was ever sent.",
            profiles: erased,
            unknown: job.unknown
        )
    }

    private func erase(_ target: PrivacyJob.Target, by identity: Identity) async throws(APIError) -> Profile.ID? {
        let (engine, rule) = (engine, job.onReturn)
        let receipt = try await APIError.mapping { () throws(EngineError) in
            try await engine.erasure(of: target.profile)
        }
        // Whoever has the identity now came after it, and asked for nothing.
        if receipt != nil { return target.profile }
        let change = try await APIError.mapping { () throws(EngineError) in
            try await engine.delete(identity, onReturn: rule)
        }
        guard case .deleted(let part) = change else { return nil }
        return part.profile
    }
}
