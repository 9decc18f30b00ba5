import ActivationCore

extension StoredDictionaries {
    /// Reads the dictionaries of a scope and numbers them as the storage does.
    ///
    /// - Throws: `corrupt` when a number is missing or a name stands twice.
    static func read(
        scope: Scope,
        from storage: any Storage
    ) async throws(StorageError) -> (paths: PathDictionary, datasets: DatasetDictionary) {
        let stored = try await storage.dictionaries(scope: scope)
        var paths = PathDictionary()
        for entry in stored.paths {
            guard entry.parent == .root || paths.contains(entry.parent),
                paths.intern(entry.name, under: entry.parent) == entry.id
            else {
                throw StorageError(
                    .corrupt,
                    "the path dictionary has a gap at number \(entry.id.rawValue); restore a backup"
                )
            }
        }
        var datasets = DatasetDictionary()
        for entry in stored.datasets where datasets.intern(entry.name) != entry.id {
            throw StorageError(.corrupt, "the datasets have a gap at number \(entry.id); restore a backup")
        }
        return (paths, datasets)
    }
}
