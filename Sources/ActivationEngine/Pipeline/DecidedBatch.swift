import ActivationCore

/// What deciding some inputs gave, apart from the profiles that it was decided upon.
struct DecidedBatch {
    /// One per input, in their order.
    let results: [DecisionResult]
    /// What is to be stored.
    let plan: CommitPlan
    /// Of whom all events are needed, as showed only now; nothing of the rest counts then.
    let missingEvents: Set<Profile.ID>
    let catalog: Catalog
    let paths: PathDictionary
    let datasets: DatasetDictionary
    let admission: AdmissionMark
    let backfillPlaces: [Backfill.ID: Int64]

    /// Decides inputs.
    ///
    /// - Parameters:
    ///   - inputs: The inputs.
    ///   - batch: Everything that they need.
    ///   - namesInputs: Whether the records say which input they come of.
    /// - Throws: `incomplete` when it was not everything.
    init(
        deciding inputs: ArraySlice<Input>,
        in batch: consuming DecisionBatch,
        namingInputs namesInputs: Bool
    ) throws(StorageError) {
        results = batch.decide(inputs, namingInputs: namesInputs)
        missingEvents = batch.missingEvents
        if missingEvents.isEmpty, let gap = batch.gap {
            throw StorageError(.incomplete, "the batch was decided without \(gap)")
        }
        catalog = batch.catalog
        paths = batch.paths
        datasets = batch.datasets
        admission = batch.admission
        backfillPlaces = batch.backfillPlaces
        plan = (consume batch).commitPlan()
    }
}
