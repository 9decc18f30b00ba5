public import ActivationCore

/// Why a profile is in an audience, or is not.
public struct ProfileExplanation: Sendable {
    /// Whose view it is.
    public var identities: [Identity]
    /// What the expression's conditions say.
    public var explanation: PQLExplanation
    /// The values of the attributes that conditions read, by the paths' keys; a path without a value is not among them.
    public var values: [[String]: JSONValue]
}

extension Engine {
    /// What each condition of an expression says of the profile that has an identity, as of now.
    ///
    /// It only reads. Calls may overlap.
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
        guard let policy = definition.mergePolicies.first(where: { mergePolicy == nil || $0.id == mergePolicy }) else {
            throw EngineError(.invalidCatalog, "the merge policy does not exist")
        }
        let input: EvaluationInput?
        let paths: PathDictionary
        do throws(StorageError) {
            (input, paths) = try await evaluationInput(identity, policy, definition.namespaces)
        } catch {
            throw EngineError(error)
        }
        guard let input else { return nil }
        do throws(PQLError) {
            let explanation = try expression.explanation(of: input, paths: paths, zone: definition.timeZone) { text in
                definition.audiences.first { $0.id.uuid == UUIDBytes(text) || $0.name.hasSameBytes(as: text) }.map(\.id)
            }
            return ProfileExplanation(
                identities: input.identities,
                explanation: explanation,
                values: input.attributes.values(at: explanation.paths, paths: paths)
            )
        } catch {
            throw EngineError(.invalidCatalog, "the expression cannot be used: \(error)")
        }
    }

    /// What an expression may read of the profile that has an identity, with the dictionary of its paths.
    private func evaluationInput(
        _ identity: Identity,
        _ policy: MergePolicy,
        _ namespaces: NamespaceDirectory
    ) async throws(StorageError) -> (EvaluationInput?, PathDictionary) {
        var request = LoadRequest(scope: scope)
        request.identities = [identity]
        let stored = try await storage.load(request).profiles
        // Those of the storage know the profile for certain, and it is a question of one person's.
        let (paths, datasets) = try await StoredDictionaries.read(scope: scope, from: storage)
        guard let profile = stored.first else { return (nil, paths) }
        let events = try await ProfileAsker.events(of: stored[...], storage, bytesMax: nil).first ?? []
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
            return (inputs.first { $0.identities.contains(identity) }, paths)
        } catch {
            throw StorageError(error)
        }
    }
}

extension AttributeView {
    /// The values at paths, as far as there are any.
    fileprivate func values(at all: [[String]], paths: PathDictionary) -> [[String]: JSONValue] {
        var values: [[String]: JSONValue] = [:]
        for keys in all {
            guard let path = paths.id(of: keys), let json = json(at: path, paths: paths) else { continue }
            values[keys] = try? JSONValue(parsing: json)
        }
        return values
    }
}
