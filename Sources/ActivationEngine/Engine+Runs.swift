public import ActivationCore

extension Engine {
    /// The hours in which anything was entered in a dataflow's books, oldest first, as far back as they are kept.
    public func bookedHours(_ dataflow: Dataflow.ID) async throws(EngineError) -> [BookedHour] {
        do throws(StorageError) {
            return try await storage.bookedHours(dataflow: dataflow)
        } catch {
            throw EngineError(error)
        }
    }
}
