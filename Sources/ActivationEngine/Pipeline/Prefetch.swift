import ActivationCore

/// Reads what a batch needs before it is decided; what that is, the core says.
enum Prefetch {
    /// What has to be loaded first for some inputs.
    ///
    /// - Parameters:
    ///   - inputs: The inputs.
    ///   - scope: Where their profiles belong.
    ///   - bytesMax: Bytes of profiles that may be read; nil = as many as there are.
    /// - Returns: What a batch is begun with.
    static func request(for inputs: ArraySlice<Input>, scope: Scope, bytesMax: Int?) -> LoadRequest {
        var request = LoadRequest(scope: scope)
        (request.identities, request.profiles) = DecisionBatch.requirements(of: inputs)
        request.bytesMax = bytesMax
        return request
    }

    /// Takes what a batch was begun with and loads the rest of what the inputs need, and not anything less.
    ///
    /// - Parameters:
    ///   - batch: A batch to which nothing was added.
    ///   - loaded: What was loaded.
    ///   - request: What was asked for.
    ///   - inputs: The inputs.
    ///   - storage: Where the rest is.
    ///   - id: The batch under way.
    ///   - whole: Profiles of which all events are needed.
    /// - Throws: `tooLarge` when more would have to be read, `outdated` when the dictionaries are older than a profile,
    ///   `corrupt` when something cannot be read, `staleIndex` when the index of identities and the profiles disagree, `expired`.
    static func fill(
        _ batch: inout DecisionBatch,
        with loaded: LoadedState,
        of request: LoadRequest,
        for inputs: ArraySlice<Input>,
        from storage: any Storage,
        in id: BatchID,
        whole: Set<Profile.ID>
    ) async throws(StorageError) {
        do throws(ProfileValueError) {
            try batch.add(loaded.profiles, owners: loaded.identityProfiles, of: request.identities)
        } catch {
            throw StorageError(error)
        }
        if loaded.hasSuppressions { try await addSuppressed(among: request, to: &batch, storage, id) }
        if loaded.hasMarks {
            let marks = inputs.compactMap { $0.cause.mark?.key }
            if !marks.isEmpty { batch.add(try await storage.existingMarks(marks, in: id)) }
        } else {
            batch.noteNoMarks()
        }
        try await addEvents(
            to: &batch,
            for: inputs,
            from: storage,
            in: id,
            whole: whole,
            bytesMax: request.bytesMax.map { max($0 - loaded.profiles.reduce(0) { $0 + $1.value.count }, 0) }
        )
    }

    /// Loads the events that the inputs need of the profiles of a batch.
    ///
    /// - Parameters:
    ///   - batch: The batch, with its profiles.
    ///   - inputs: The inputs.
    ///   - storage: Where the events are.
    ///   - id: The batch under way; nil = nothing will be committed.
    ///   - whole: Profiles of which all events are needed.
    ///   - bytesMax: Bytes of events that may be read; nil = as many as there are.
    /// - Throws: `tooLarge` when more would have to be read, `corrupt` when something cannot be read, `expired`.
    static func addEvents(
        to batch: inout DecisionBatch,
        for inputs: ArraySlice<Input>,
        from storage: any Storage,
        in id: BatchID?,
        whole: Set<Profile.ID>,
        bytesMax: Int?
    ) async throws(StorageError) {
        let requirements = batch.eventRequirements(of: inputs, whole: whole)
        guard !requirements.isEmpty else { return }
        var wanted = EventRequest()
        wanted.items = requirements.map {
            EventRequest.Item(row: $0.row, extent: $0.extent, ids: $0.ids, ranges: $0.ranges, oldest: $0.oldest)
        }
        wanted.bytesMax = bytesMax
        let answers =
            if let id { try await storage.loadEvents(wanted, in: id) } else { try await storage.loadEvents(wanted) }
        guard answers.count == requirements.count else {
            throw StorageError(.corrupt, "\(answers.count) of \(requirements.count) profiles' events were loaded")
        }
        for (answer, requirement) in zip(answers, requirements) {
            var events: [ProfileEvent]?
            if let stored = answer.events { events = try parse(stored, hasBodies: requirement.extent != .index) }
            do throws(ProfileValueError) {
                try batch.add(events, known: answer.known, for: requirement)
            } catch {
                throw StorageError(error)
            }
        }
    }

    /// Looks up which of the identities that nobody has are suppressed.
    private static func addSuppressed(
        among request: LoadRequest,
        to batch: inout DecisionBatch,
        _ storage: any Storage,
        _ id: BatchID
    ) async throws(StorageError) {
        guard let digests = batch.suppressible(among: request.identities) else {
            throw StorageError(.incomplete, "the suppression list holds identities and there is no key to know them by")
        }
        guard !digests.isEmpty else { return }
        let suppressions = try await storage.suppressions(of: Array(digests.keys), scope: request.scope, in: id)
        batch.add(suppressed: suppressions.compactMap { digests[$0.digest] })
    }

    /// Stored events with their bodies parsed; without bodies every one is an empty object.
    static func parse(
        _ events: [LoadedEvents.Event],
        hasBodies: Bool = true
    ) throws(StorageError) -> [ProfileEvent] {
        var parsed: [ProfileEvent] = []
        parsed.reserveCapacity(events.count)
        let nothing = JSONDocument.emptyObject
        for event in events {
            do throws(JSONError) {
                let body = hasBodies ? try JSONDocument(parsing: event.body) : nothing
                parsed.append(
                    ProfileEvent(id: event.id, timestamp: event.timestamp, dataset: event.dataset, body: body)
                )
            } catch {
                throw StorageError(.corrupt, "a stored event is not JSON at byte \(error.offset)")
            }
        }
        return parsed
    }
}

extension StorageError {
    /// What was stored is no answer.
    init(_ error: ProfileValueError) {
        self.init(error.isStaleIndex ? .staleIndex : error.isUnknownNumber ? .outdated : .corrupt, error.message)
    }
}
