public import ActivationCore

extension Engine {
    /// How the backfills stand that have begun, by id; those that end are known as long as the catalog has their orders.
    public var backfillRuns: [Backfill.ID: BackfillRun] { backfills.runs }

    /// Records that one backfill makes a second, at most.
    public var backfillRecordsPerSecond: Int { options.backfillRecordsPerSecond }
}
