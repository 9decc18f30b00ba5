import ActivationCore

/// Reads what a batch needs before it is decided.
enum Prefetch {
    /// Loads the profiles of all inputs; events too where an audience may read them or profiles may merge.
    static func load(
        _ inputs: [Input],
        catalog: Catalog,
        scope: Scope,
        from storage: any Storage
    ) async throws(StorageError) -> (request: LoadRequest, state: LoadedState) {
        var request = LoadRequest(scope: scope)
        var positions: [Identity: Int] = [:]
        var needsEvents = Set<Int>()
        /// Messages with several identities; they may merge whole profiles.
        var groups: [[Int]] = []
        for input in inputs {
            let mayReadEvents = catalog.mayReadEvents(input)
            switch input.cause {
            case .message(let message, _):
                var group: [Int] = []
                for identity in message.identities {
                    let position = positions[identity] ?? request.identities.count
                    if position == request.identities.count {
                        positions[identity] = position
                        request.identities.append(identity)
                    }
                    if mayReadEvents { needsEvents.insert(position) }
                    if case .event(let id, _) = message.kind { request.eventIDs.append((position, id)) }
                    group.append(position)
                }
                if group.count > 1 { groups.append(group) }
            case .evaluation(let profile, _):
                if mayReadEvents { request.profilesNeedingEvents.append(request.profiles.count) }
                request.profiles.append(profile)
            }
        }
        request.identitiesNeedingEvents = needsEvents.sorted()
        var state = try await storage.load(request)
        // Profiles that this batch may merge need all their events, so that none is counted twice.
        let merging = mergingProfiles(groups, state).filter { state.events[$0] == nil }
        if !merging.isEmpty {
            var more = LoadRequest(scope: scope)
            more.profiles = merging.map { state.profiles[$0].id }
            more.profilesNeedingEvents = Array(more.profiles.indices)
            let loaded = try await storage.load(more)
            let indices = Dictionary(state.profiles.enumerated().map { ($1.id, $0) }) { first, _ in first }
            for (index, events) in loaded.events {
                if let known = indices[loaded.profiles[index].id] { state.events[known] = events }
            }
        }
        return (request, state)
    }

    /// Stored profiles that messages of the batch connect with each other, directly or through others.
    private static func mergingProfiles(_ groups: [[Int]], _ state: LoadedState) -> [Int] {
        guard !groups.isEmpty else { return [] }
        var parent = Array(state.identityProfiles.indices)
        func root(_ index: Int) -> Int {
            var index = index
            while parent[index] != index { index = parent[index] }
            return index
        }
        for group in groups {
            for other in group.dropFirst() {
                let (left, right) = (root(group[0]), root(other))
                parent[max(left, right)] = min(left, right)
            }
        }
        var profiles: [Int: Set<Int>] = [:]
        for (index, profile) in state.identityProfiles.enumerated() {
            if let profile { profiles[root(index), default: []].insert(profile) }
        }
        return profiles.values.filter { $0.count > 1 }.flatMap { $0 }.sorted()
    }

    /// A decision over what was loaded.
    static func decision(
        _ loaded: (request: LoadRequest, state: LoadedState),
        scope: Scope,
        catalog: Catalog,
        paths: PathDictionary,
        datasets: DatasetDictionary,
        options: DecisionOptions
    ) throws(StorageError) -> Decision {
        var decision = Decision(scope: scope, catalog: catalog, paths: paths, datasets: datasets, options: options)
        let (request, state) = loaded
        decision.reserveCapacity(state.profiles.count)
        for (index, profile) in state.profiles.enumerated() {
            do throws(ProfileValueError) {
                try decision.add(profile, events: try state.events[index].map(parse))
            } catch {
                throw StorageError(.corrupt, "profile \(profile.id.uuid) cannot be read: \(error.message)")
            }
        }
        for (question, isKnown) in zip(request.eventIDs, state.knownEvents) where isKnown {
            if let profile = state.identityProfiles[question.identity] {
                decision.addKnownEvent(question.id, of: state.profiles[profile].id)
            }
        }
        return decision
    }

    static func parse(_ events: [LoadedState.Event]) throws(ProfileValueError) -> [ProfileEvent] {
        var parsed: [ProfileEvent] = []
        parsed.reserveCapacity(events.count)
        for event in events {
            do throws(JSONError) {
                parsed.append(
                    ProfileEvent(
                        id: event.id,
                        timestamp: event.timestamp,
                        body: try JSONDocument(parsing: event.body)
                    )
                )
            } catch {
                throw ProfileValueError(message: "a stored event is not JSON at byte \(error.offset)")
            }
        }
        return parsed
    }
}
