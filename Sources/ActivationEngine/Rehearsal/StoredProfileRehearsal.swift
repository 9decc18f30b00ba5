import ActivationCore

/// A change that is tried on stored profiles and not made.
protocol StoredProfileRehearsal: Sendable {
    /// Decides profiles; only reads.
    ///
    /// - Parameters:
    ///   - profiles: The profiles.
    ///   - paths: The dictionary that numbers their paths.
    ///   - datasets: The one of their datasets.
    ///   - leaves: What they keep of their events, as far as known.
    ///   - admission: How far admission has come; its instant is that of the decisions.
    ///   - storage: Where the events are.
    /// - Returns: What would happen; of the profiles so far when the task is cancelled.
    /// - Throws: `outdated` when a profile has a number that the dictionaries lack, `invalidCatalog` as an engine's error.
    mutating func decide(
        _ profiles: [StoredProfile],
        paths: PathDictionary,
        datasets: DatasetDictionary,
        leaves: LeafSet?,
        admission: AdmissionMark,
        storage: any Storage
    ) async throws -> RehearsedEffect
}
