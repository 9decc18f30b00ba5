import ActivationCore

/// Decides inputs about stored profiles as the lane would, in small groups, and performs nothing of it.
struct TrialBatch {
    /// A batch to which nothing was added.
    let empty: DecisionBatch
    /// Where events are.
    let storage: any Storage

    /// Profiles that are decided together.
    static let profilesMax = 64
    /// Bytes that their events may take; a profile alone may take any.
    private static let eventBytesMax = 32 << 20

    /// What inputs about some profiles would commit.
    ///
    /// - Parameters:
    ///   - profiles: The profiles, at most ``profilesMax``.
    ///   - inputs: The inputs about one of them.
    ///   - take: Gets the plan; one for all of them, or for each where that would be too much to read at once.
    /// - Throws: `outdated` when a profile has a number that the dictionaries lack, or the storage's error.
    func decide(
        _ profiles: ArraySlice<StoredProfile>,
        _ inputs: (StoredProfile) -> [Input],
        _ take: (CommitPlan) throws(StorageError) -> Void
    ) async throws(StorageError) {
        let plan: CommitPlan
        do throws(StorageError) {
            plan = try await self.plan(profiles, inputs, bytesMax: TrialBatch.eventBytesMax)
        } catch {
            guard error.code == .tooLarge else { throw error }
            for profile in profiles { try take(try await self.plan([profile], inputs, bytesMax: nil)) }
            return
        }
        try take(plan)
    }

    private func plan(
        _ profiles: ArraySlice<StoredProfile>,
        _ inputs: (StoredProfile) -> [Input],
        bytesMax: Int?
    ) async throws(StorageError) -> CommitPlan {
        let all = profiles.flatMap(inputs)
        var whole: Set<Profile.ID> = []
        // What was thought to be enough of the events may turn out not to be.
        for _ in 0..<2 {
            var batch = empty
            do throws(ProfileValueError) {
                try batch.add(Array(profiles), owners: [], of: [])
            } catch {
                throw StorageError(error)
            }
            try await Prefetch.addEvents(
                to: &batch,
                for: all[...],
                from: storage,
                in: nil,
                whole: whole,
                bytesMax: bytesMax
            )
            for input in all { _ = batch.decide(input) }
            guard !batch.missingEvents.isEmpty else {
                if let gap = batch.gap { throw StorageError(.incomplete, "profiles were decided without \(gap)") }
                return batch.commitPlan()
            }
            whole = batch.missingEvents
        }
        throw StorageError(.incomplete, "profiles were decided without all of their events")
    }
}
