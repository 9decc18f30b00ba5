package import ActivationCore
package import ActivationEngine

/// How the history of the configuration is looked through, wherever it is.
package enum HistorySearch {
    /// The newest changes of some objects, or of all.
    ///
    /// - Parameters:
    ///   - request: Which.
    ///   - page: The newest about one object, or, for nil, about any; at most as many as the request wants.
    /// - Returns: The changes, the newest first.
    /// - Throws: What `page` throws.
    package static func changes(
        _ request: ConfigurationChangesRequest,
        page: (ConfigurationChange.Object?) throws(StorageError) -> [ConfigurationChange]
    ) throws(StorageError) -> [ConfigurationChange] {
        guard let objects = request.objects else { return try page(nil) }
        // Each object's newest: among them are the newest of all.
        var found: [Int64: ConfigurationChange] = [:]
        for object in objects {
            for change in try page(object) { found[change.sequence] = change }
        }
        return found.values.sorted { $0.sequence > $1.sequence }.prefix(request.limit).map { $0 }
    }

    /// The number of the first entry of an instant or later.
    ///
    /// Entries are in the order of their times but where a clock was set back, so halves are enough.
    ///
    /// - Parameters:
    ///   - instant: The instant.
    ///   - numbers: The first number that there is, and the last.
    ///   - entry: The first entry from a number on, with its time; nil = there is none.
    /// - Returns: The number; that of the next entry to come when there is none.
    /// - Throws: What `entry` throws.
    package static func start(
        at instant: Timestamp,
        among numbers: (first: Int64, last: Int64),
        entry: (_ from: Int64) throws(StorageError) -> (number: Int64, changedAt: Int64)?
    ) throws(StorageError) -> Int64 {
        var (low, high) = (numbers.first, numbers.last &+ 1)
        while low < high {
            let middle = low &+ (high &- low) / 2
            guard let next = try entry(middle), next.changedAt < instant.milliseconds else {
                high = middle
                continue
            }
            low = next.number &+ 1
        }
        return low
    }
}
