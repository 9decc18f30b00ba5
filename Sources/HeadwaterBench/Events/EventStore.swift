import ActivationCore
import ActivationEngine
import Logging
import SQLiteStorage

/// A store of the measurement of events, with a clock of its own.
struct EventStore {
    let clock = BenchClock(at: EventTimeline.start)
    private let storage: SQLiteStorage

    private static let cacheBytes = 160 << 20

    /// Opens a store in a directory: an empty one, or that of a copy.
    init(in directory: String, isLogged: Bool) throws(StorageError) {
        var options = SQLiteStorageOptions()
        if isLogged { options.commitLog = CommitLogOptions() }
        options.cacheBytes = EventStore.cacheBytes
        storage = try SQLiteStorage.open(directory: directory, options: options)
    }

    /// Runs an engine over the store while something is done with it.
    func withEngine<Value: Sendable>(_ body: (Engine) async throws -> Value) async throws -> Value {
        let engine = try await Engine(
            storage: storage,
            control: storage,
            sinks: NullSinkFactory(),
            lifeSign: storage.lifeSign,
            time: clock,
            // Nobody is taken up because of the clock alone: no figure depends on who was quicker.
            options: EngineOptions(timerStep: 0),
            logger: Logger(label: "headwater", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await engine.run() }
            let value = try await body(engine)
            group.cancelAll()
            try await group.waitForAll()
            return value
        }
    }

    /// Writes a copy as it is now into an empty directory.
    func copy(to directory: String) async throws(StorageError) {
        try await storage.backup(to: "\(directory)/headwater.db")
    }

    /// Bytes of a stored profile, and of what it keeps of its events, on average.
    func meanBytes() async throws -> (profile: Double, state: Double) {
        let stored = try await storage.dictionaries(scope: .production)
        var paths = PathDictionary()
        for entry in stored.paths { _ = paths.intern(entry.name, under: entry.parent) }
        var datasets = DatasetDictionary()
        for entry in stored.datasets { _ = datasets.intern(entry.name) }
        var (count, bytes, stateBytes) = (0, 0, 0)
        var row: Int64 = 0
        while true {
            let profiles = try await storage.profiles(scope: .production, after: row, limit: 1_000)
            guard let last = profiles.last else { break }
            row = last.row
            count += profiles.count
            for profile in profiles {
                bytes += profile.value.count
                stateBytes += try profile.leafBytes(paths: paths, datasets: datasets)
            }
        }
        return (Double(bytes) / Double(max(count, 1)), Double(stateBytes) / Double(max(count, 1)))
    }

    func close() async throws(StorageError) {
        try await storage.close()
    }
}
