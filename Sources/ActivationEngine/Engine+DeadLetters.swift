public import ActivationCore

/// Dead letters, and what is sent again (BEHAVIOUR 3.18).
extension Engine {
    /// A dataflow's dead letters of rows after one (0 = all), in the order of their rows; only those with a code, if one is
    /// given.
    public func deadLetters(
        _ dataflow: Dataflow.ID,
        code: String? = nil,
        after row: Int64 = 0,
        limit: Int
    ) async throws(EngineError) -> [DeadLetter] {
        do throws(StorageError) {
            return try await storage.deadLetters(dataflow: dataflow, code: code, after: row, limit: limit)
        } catch {
            throw EngineError(error)
        }
    }

    /// A dataflow's dead letters by their codes, the most frequent first.
    public func deadLetterCauses(_ dataflow: Dataflow.ID) async throws(EngineError) -> [DeadLetterCause] {
        do throws(StorageError) {
            return try await storage.deadLetterCauses(dataflow: dataflow)
        } catch {
            throw EngineError(error)
        }
    }

    /// How many dead letters dataflows have, deleted ones too; without those that have none.
    public func deadLetterCounts() async throws(EngineError) -> [Dataflow.ID: Int64] {
        do throws(StorageError) {
            return try await storage.deadLetterCounts(scope: scope)
        } catch {
            throw EngineError(error)
        }
    }

    /// Lets dead letters go, durably when this returns; what takes their place follows by itself.
    ///
    /// - Throws: The storage's error; nothing was done then.
    public func release(_ release: DeadLetterRelease) async throws(EngineError) -> DeadLetterRelease.Outcome {
        do throws(StorageError) {
            let outcome = try await storage.release(release)
            tellReplay(of: release.dataflow)
            return outcome
        } catch {
            throw EngineError(error)
        }
    }

    /// Sends the present state of everybody of whom a dataflow has delivered something since an instant, as far as the ledger goes.
    ///
    /// - Parameters:
    ///   - dataflow: The dataflow.
    ///   - instant: Since when.
    ///   - place: What the step before returned; nil at the beginning.
    ///   - limit: Entries of the ledger that are looked at, at most.
    /// - Returns: Where to go on; nil at the end.
    /// - Throws: The storage's error.
    public func replay(
        _ dataflow: Dataflow.ID,
        since instant: Timestamp,
        after place: ReplayRequest.Place?,
        limit: Int
    ) async throws(EngineError) -> ReplayRequest.Place? {
        let definition = pipeline.current.definition
        let flow = definition.dataflows.first { $0.id == dataflow }
        let mapped = Set((flow?.audiences ?? []).map(\.audience))
        let policies = Set(definition.audiences.filter { mapped.contains($0.id) }.map(\.mergePolicy))
        do throws(StorageError) {
            let next = try await storage.replay(
                ReplayRequest(dataflow, Array(policies), since: instant, after: place, limit: limit)
            )
            tellReplay(of: dataflow)
            return next
        } catch {
            throw EngineError(error)
        }
    }

    private func tellReplay(of dataflow: Dataflow.ID) {
        resumes.lookAgain()
        relays.wake([dataflow])
    }
}
