public import ActivationCore

extension Engine {
    /// How many profiles are members of every audience that ever had one, now.
    public func memberCounts() async throws(EngineError) -> [Audience.ID: Int] {
        do throws(StorageError) {
            return try await storage.memberCounts(scope: scope).mapValues { Int($0) }
        } catch {
            throw EngineError(error)
        }
    }
}
