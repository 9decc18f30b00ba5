public import ActivationCore

/// Everything a storage was last told about paths and datasets, read once at start.
public struct StoredDictionaries: Sendable {
    /// All paths, in id order.
    public var paths: [CommitPlan.PathWrite]
    /// All datasets of the scope, in id order.
    public var datasets: [CommitPlan.DatasetWrite]

    /// Creates dictionaries.
    public init(paths: [CommitPlan.PathWrite] = [], datasets: [CommitPlan.DatasetWrite] = []) {
        self.paths = paths
        self.datasets = datasets
    }
}
