public import ActivationCore

extension Engine {
    /// A part of all that is known about a person: the first begins with the profile; its facts, events, records that wait,
    /// dead letters and what was sent come from part to part.
    ///
    /// - Parameters:
    ///   - identity: One of the person's identities.
    ///   - place: Where the part begins.
    ///   - bounds: How much it may hold.
    /// - Returns: The part; nil when nobody has the identity and it is not suppressed.
    /// - Throws: The storage's error, or when something stored cannot be read.
    public func disclosure(
        of identity: Identity,
        from place: Disclosure.Place = Disclosure.Place(),
        within bounds: Disclosure.Bounds = Disclosure.Bounds()
    ) async throws(EngineError) -> Disclosure? {
        var request = LoadRequest(scope: scope)
        request.identities = [identity]
        do throws(StorageError) {
            let loaded = try await storage.load(request)
            guard let stored = loaded.profiles.first else {
                guard loaded.hasSuppressions, let entry = try await storedSuppression(of: identity) else { return nil }
                return Disclosure(members: [:], suppression: entry)
            }
            let (paths, datasets) = try await StoredDictionaries.read(scope: scope, from: storage)
            var contents: ProfileDisclosure?
            if place.section == .facts {
                do throws(ProfileValueError) {
                    contents = try ProfileDisclosure(stored, paths: paths, datasets: datasets)
                } catch {
                    throw StorageError(error)
                }
            }
            var all = JSONObject()
            if place == Disclosure.Place(), let contents {
                all = contents.members
                all["leftUndone"] = .array(try await storage.marks(of: stored.id, scope: scope).map(\.json))
            } else {
                all["id"] = .string(stored.id.uuid.description)
                all["revision"] = .integer(stored.revision)
            }
            var reader = DisclosureReader(
                stored,
                contents,
                from: place,
                within: bounds,
                in: scope,
                of: storage,
                datasets
            )
            let (lists, next) = try await reader.read()
            for (key, list) in lists { all[key] = list }
            return Disclosure(members: all, next: next)
        } catch {
            throw EngineError(error)
        }
    }

    private func storedSuppression(of identity: Identity) async throws(StorageError) -> Suppression? {
        guard let hash = options.decision.identityHash else { return nil }
        return try await storage.suppressions(of: [hash(identity)], scope: scope).first
    }
}

extension ResumeMark {
    fileprivate var json: JSONValue {
        [
            "dataflowId": .string(key.dataflow.uuid.description),
            isOwedTurn ? "backfillId" : "mergePolicyId": .string(key.mergePolicy.uuid.description),
            "reasons": .array(reasons.names.map { .string($0) }),
        ]
    }
}
