public import ActivationCore

extension Engine {
    /// Prepares to tell what would happen if an audience became what a question asks; nothing does.
    ///
    /// - Parameters:
    ///   - question: What the audience would be.
    ///   - audience: The audience.
    /// - Returns: What to ask with.
    /// - Throws: `invalidCatalog` when the policy does not exist.
    public func rehearsal(
        of question: ProfileQuestion,
        as audience: Audience.ID
    ) throws(EngineError) -> AudienceRehearsal {
        let state = pipeline.current
        return try AudienceRehearsal(
            question,
            of: audience,
            in: state.definition,
            compiled: state.catalog,
            scope: scope,
            options: options.decision
        )
    }

    /// Tells what would happen to stored profiles in row order, after a row; it only reads, and decides as of now.
    ///
    /// Profiles that live messages change meanwhile are seen as they are when their turn comes. Calls may overlap, each
    /// with a rehearsal of its own. When the task is cancelled, it ends early with what was looked at.
    ///
    /// - Parameters:
    ///   - rehearsal: What would be; afterwards better prepared.
    ///   - row: Where to go on.
    ///   - limit: Profiles at most.
    /// - Returns: What would happen to them.
    /// - Throws: `invalidCatalog` when the rule cannot be used, or the storage's error.
    public func effect(
        of rehearsal: inout AudienceRehearsal,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> RehearsedEffect {
        try await decide(&rehearsal, after: row, limit: limit)
    }

    /// Prepares to tell what a dataflow would send at once if it became another; nothing does.
    ///
    /// - Parameters:
    ///   - proposed: The dataflow as it would be; one that is not there yet has an id that none has.
    ///   - added: Audiences whose members would be sent.
    ///   - unmapped: Audiences that would be taken out of it, as they were mapped.
    ///   - consent: Whom it might not tell of; nil = nobody.
    /// - Returns: What to ask with.
    public func rehearsal(
        of proposed: Dataflow,
        sending added: Set<Audience.ID>,
        unmapping unmapped: [Dataflow.MappedAudience],
        asking consent: AudienceDefinition?
    ) -> DataflowRehearsal {
        let state = pipeline.current
        return DataflowRehearsal(
            proposed,
            sending: added,
            unmapping: unmapped,
            asking: consent,
            in: state.definition,
            compiled: state.catalog,
            scope: scope,
            options: options.decision
        )
    }

    /// Tells what a dataflow would send at once of stored profiles in row order, after a row; as
    /// ``effect(of:after:limit:)-(AudienceRehearsal,_,_)`` does.
    public func effect(
        of rehearsal: inout DataflowRehearsal,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> RehearsedEffect {
        try await decide(&rehearsal, after: row, limit: limit)
    }

    private func decide(
        _ rehearsal: inout some StoredProfileRehearsal,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> RehearsedEffect {
        do {
            let stored = try await storage.profiles(scope: scope, after: row, limit: limit)
            // Taken after the profiles were read, so that it has all their paths; if it has not, the storage has.
            let state = pipeline.current
            var admission = state.admission
            admission.instant = pipeline.now
            let leaves = state.catalog.leafSet
            do {
                return try await rehearsal.decide(
                    stored,
                    paths: state.paths,
                    datasets: state.datasets,
                    leaves: leaves,
                    admission: admission,
                    storage: storage
                )
            } catch let error as StorageError where error.code == .outdated {
                let (paths, datasets) = try await StoredDictionaries.read(scope: scope, from: storage)
                return try await rehearsal.decide(
                    stored,
                    paths: paths,
                    datasets: datasets,
                    leaves: leaves,
                    admission: admission,
                    storage: storage
                )
            }
        } catch let error as EngineError {
            throw error
        } catch let error as StorageError {
            throw EngineError(error)
        } catch {
            throw EngineError(.incomplete, "the effect cannot be told: \(error)")
        }
    }
}
