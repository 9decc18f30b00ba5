public import ActivationCore

/// Why a profile is in an audience, or is not.
public struct ProfileExplanation: Sendable {
    /// The profile.
    public var profile: Profile.ID
    /// Whose view it is.
    public var identities: [Identity]
    /// As of when.
    public var instant: Timestamp
    /// What the expression's conditions say.
    public var explanation: PQLExplanation
    /// The fewest conditions that would have to say the opposite for the expression to say the opposite.
    public var reversal: PQLReversal
    /// Where the view stands in audiences, as stored.
    public var memberships: [SegmentMembership]

    /// Where the view stands in an audience, as stored; nil when it does not, or no longer.
    public func membership(in audience: Audience.ID) -> SegmentMembership? {
        memberships.first { $0.audience == audience && $0.hasEntry(at: instant) }
    }
}

extension Engine {
    /// What each condition of an expression says of the profile that has an identity, as of now.
    ///
    /// It evaluates what is stored once more; nothing is taken from a log. It only reads. Calls may overlap.
    ///
    /// - Parameters:
    ///   - identity: Whose profile.
    ///   - expression: The expression.
    ///   - mergePolicy: The policy of the view; nil = the default. Of one that links nobody it is the identity's own view.
    /// - Returns: The explanation; nil when nobody has the identity.
    /// - Throws: `invalidCatalog` when the expression or the policy cannot be used, or the storage's error.
    public func explain(
        _ identity: Identity,
        _ expression: PQLExpression,
        mergePolicy: MergePolicy.ID? = nil
    ) async throws(EngineError) -> ProfileExplanation? {
        let definition = pipeline.current.definition
        guard let view = try await view(of: identity, mergePolicy) else { return nil }
        do throws(PQLError) {
            let explanation = try expression.explanation(
                of: view.input,
                paths: view.paths,
                datasets: view.datasets,
                origins: view.origins,
                zone: definition.timeZone
            ) { text in
                definition.audience(named: text)
            }
            return ProfileExplanation(explanation, of: view)
        } catch {
            throw EngineError(.invalidCatalog, "the expression cannot be used: \(error)")
        }
    }

    /// Why the profile that has an identity is in an external audience, or is not, as of now.
    ///
    /// It only reads. Calls may overlap.
    ///
    /// - Parameters:
    ///   - identity: Whose profile; of an audience whose merge policy links nobody it is the identity's own view.
    ///   - audience: The audience.
    /// - Returns: The explanation; nil when nobody has the identity.
    /// - Throws: `invalidCatalog` when there is no such external audience, or the storage's error.
    public func explain(
        _ identity: Identity,
        inExternal audience: Audience.ID
    ) async throws(EngineError) -> ProfileExplanation? {
        let definition = pipeline.current.definition.audiences.first { $0.id == audience }
        guard let definition, let external = definition.rule.external else {
            throw EngineError(.invalidCatalog, "the audience is in use no more, or is made of a rule")
        }
        guard let view = try await view(of: identity, definition.mergePolicy) else { return nil }
        return ProfileExplanation(external.explanation(of: view.input, in: audience), of: view)
    }

    /// What the profile that has an identity shows under a policy, nil = the default; nil when nobody has the identity.
    private func view(of identity: Identity, _ policy: MergePolicy.ID?) async throws(EngineError) -> View? {
        let definition = pipeline.current.definition
        guard let policy = definition.mergePolicies.first(where: { policy == nil || $0.id == policy }) else {
            throw EngineError(.invalidCatalog, "the merge policy does not exist")
        }
        do throws(StorageError) {
            return try await view(of: identity, policy, definition.namespaces)
        } catch {
            throw EngineError(error)
        }
    }

    /// What an expression may read of a profile, and what its numbers mean.
    fileprivate struct View {
        var profile: Profile.ID
        var input: EvaluationInput
        var origins: AttributeOrigins
        var paths: PathDictionary
        var datasets: DatasetDictionary
    }

    /// What an expression may read of the profile that has an identity; nil when nobody has it.
    private func view(
        of identity: Identity,
        _ policy: MergePolicy,
        _ namespaces: NamespaceDirectory
    ) async throws(StorageError) -> View? {
        var request = LoadRequest(scope: scope)
        request.identities = [identity]
        guard let profile = try await storage.load(request).profiles.first else { return nil }
        // Those of the storage know the profile for certain, and it is a question of one person's.
        let (paths, all) = try await StoredDictionaries.read(scope: scope, from: storage)
        let datasets = visible(all)
        let events = try await ProfileAsker.events(of: [profile], storage, bytesMax: nil).first ?? []
        do throws(ProfileValueError) {
            let inputs = try EvaluationInput.inputs(
                profile,
                policy: policy,
                paths: paths,
                datasets: datasets,
                events: events,
                namespaces: namespaces,
                now: pipeline.now,
                standing: pipeline.current.catalog.externalNamespaces
            )
            let origins = try AttributeOrigins(profile, of: identity, policy: policy, paths: paths, datasets: datasets)
            return inputs.first { $0.identities.contains(identity) }.map { input in
                View(profile: profile.id, input: input, origins: origins, paths: paths, datasets: datasets)
            }
        } catch {
            throw StorageError(error)
        }
    }
}

extension ProfileExplanation {
    fileprivate init(_ explanation: PQLExplanation, of view: Engine.View) {
        self.init(
            profile: view.profile,
            identities: view.input.identities,
            instant: view.input.now,
            explanation: explanation,
            reversal: explanation.reversal(),
            memberships: view.input.memberships
        )
    }
}
