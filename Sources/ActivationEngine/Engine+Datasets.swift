import ActivationCore

extension Engine {
    /// How far the visit to all profiles is that takes out what a dataset has stated which has ended; nil = it has not begun.
    public func removal(ofDataset id: String) -> DatasetRemoval? { evaluator.removal(of: id) }

    /// The datasets as readers see them: nothing of those that have ended, also where it has not been taken out yet.
    func visible(_ datasets: DatasetDictionary) -> DatasetDictionary {
        datasets.hiding(pipeline.current.catalog.datasetEnds.ended(at: pipeline.now))
    }
}
