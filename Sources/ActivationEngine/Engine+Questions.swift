import ActivationCore

extension Engine {
    /// Which paths some profiles have, read in row order after a row and from the first row on where they end.
    ///
    /// Calls may overlap.
    ///
    /// - Parameters:
    ///   - row: Where to begin; of an even choice among rows the sample is fair enough.
    ///   - limit: Profiles at most.
    /// - Returns: What they have.
    /// - Throws: The storage's error.
    public func pathSample(after row: Int64, limit: Int) async throws(EngineError) -> PathSample {
        do throws(StorageError) {
            let stored = try await profiles(after: row, limit: limit)
            // Taken after the profiles were read, so that it has all their paths; if it has not, the storage has.
            let state = pipeline.current
            do throws(ProfileValueError) {
                return try PathSample(of: stored, paths: state.paths, datasets: visible(state.datasets))
            } catch {
                guard error.isUnknownNumber else { throw StorageError(error) }
            }
            let (paths, datasets) = try await StoredDictionaries.read(scope: scope, from: storage)
            do throws(ProfileValueError) {
                return try PathSample(of: stored, paths: paths, datasets: visible(datasets))
            } catch {
                throw StorageError(error)
            }
        } catch {
            throw EngineError(error)
        }
    }

    /// Asks stored profiles in row order, after a row; it only reads, and evaluates as of now.
    ///
    /// Profiles that live messages change meanwhile are seen as they are when their turn comes. Calls may overlap. When the
    /// task is cancelled, it ends early with what was looked at.
    ///
    /// - Parameters:
    ///   - question: What is asked.
    ///   - row: Where to go on.
    ///   - limit: Profiles at most.
    /// - Returns: Those for which the expression holds.
    /// - Throws: `invalidCatalog` when the expression or the policy cannot be used, or the storage's error.
    public func profiles(
        matching question: ProfileQuestion,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> ProfileMatches {
        let stored: [StoredProfile]
        do throws(StorageError) {
            stored = try await storage.profiles(scope: scope, after: row, limit: limit)
        } catch {
            throw EngineError(error)
        }
        // Taken after the profiles were read, so that it has all their paths; if it has not, the storage has.
        let state = pipeline.current
        let (definition, now) = (state.definition, time.now())
        let asker = try ProfileAsker(
            question,
            definition: definition,
            externalNamespaces: state.catalog.externalNamespaces,
            paths: state.paths,
            datasets: visible(state.datasets),
            now: now
        )
        do throws(StorageError) {
            do throws(StorageError) {
                return try await asker.ask(stored, events: storage)
            } catch {
                guard error.code == .outdated else { throw error }
            }
            let (paths, datasets) = try await StoredDictionaries.read(scope: scope, from: storage)
            let later = try? ProfileAsker(
                question,
                definition: definition,
                externalNamespaces: state.catalog.externalNamespaces,
                paths: paths,
                datasets: visible(datasets),
                now: now
            )
            return try await (later ?? asker).ask(stored, events: storage)
        } catch {
            throw EngineError(error)
        }
    }

    /// The rows of the first and of the last stored profile; nil when there is none.
    ///
    /// Rows of a storage need not begin at 1. It only reads. Calls may overlap.
    ///
    /// - Throws: The storage's error.
    public func profileRows() async throws(EngineError) -> ClosedRange<Int64>? {
        do throws(StorageError) {
            // There is a profile in the row `low`, and none behind `high`.
            guard let first = try await rowOfProfile(after: 0) else { return nil }
            var low = first
            var high = low
            while let row = try await rowOfProfile(after: high) {
                low = row
                let (twice, overflows) = row.multipliedReportingOverflow(by: 2)
                high = overflows ? .max : twice
            }
            while low < high {
                let middle = low + (high - low) / 2
                if let row = try await rowOfProfile(after: middle) { low = row } else { high = middle }
            }
            return first...low
        } catch {
            throw EngineError(error)
        }
    }

    private func rowOfProfile(after row: Int64) async throws(StorageError) -> Int64? {
        try await storage.profiles(scope: scope, after: row, limit: 1).first?.row
    }

    /// Profiles in row order after a row, and from the first row on where they end.
    func profiles(after row: Int64, limit: Int) async throws(StorageError) -> [StoredProfile] {
        let stored = try await storage.profiles(scope: scope, after: row, limit: limit)
        guard stored.count < limit, row > 0 else { return stored }
        let known = Set(stored.map(\.row))
        let first = try await storage.profiles(scope: scope, after: 0, limit: limit - stored.count)
        return stored + first.filter { !known.contains($0.row) }
    }
}
