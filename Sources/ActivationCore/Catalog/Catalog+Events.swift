extension Catalog {
    /// Whether any audience reads events.
    var readsEvents: Bool { !eventReaders.isEmpty }

    /// How an audience is evaluated; nil when there is none with this id.
    public func plan(of audience: Audience.ID) -> EvaluationPlan? {
        guard let index = audienceIndex[audience] else { return nil }
        var plan = audiences[index].program.plan
        // Nothing is kept of a single identity's events.
        if plan.kind == .incremental, unlinked.contains(index), eventReaders.contains(index) { plan.kind = .scan }
        return plan
    }

    /// Audiences that may be evaluated when these are, and those that may ask for one of them.
    func followers(of evaluated: SmallIndexSet) -> SmallIndexSet {
        guard !evaluated.isEmpty else { return evaluated }
        var all = evaluated
        all.formUnion(membershipReaders)
        // Who asks by inSegment stands later in the order.
        var next = all.first(from: 0)
        while let audience = next {
            all.formUnion(audiences[audience].dependents)
            next = all.first(from: audience + 1)
        }
        return all
    }

    /// The audiences that these are now.
    func indices(of audiences: some Sequence<Audience.ID>) -> SmallIndexSet {
        SmallIndexSet(audiences.lazy.compactMap { audienceIndex[$0] })
    }

    /// The audiences that a step of an evaluation names; the same for each of its profiles, so worked out once.
    ///
    /// Those that read standings are evaluated with them: where a merge policy links other identities than before,
    /// standings have moved out of their sight or into it, though none of them changed.
    mutating func indices(ofEvaluated audiences: [Audience.ID]) -> SmallIndexSet {
        if evaluated.audiences != audiences {
            var indices = indices(of: audiences)
            if !indices.isEmpty { indices.formUnion(membershipReaders) }
            evaluated = (audiences, indices)
        }
        return evaluated.indices
    }
}

extension PQLProgram {
    /// Whether a profile record can change the outcome of a program that reads events.
    var readsMoreThanEvents: Bool {
        !paths.isEmpty || !audiences.isEmpty || readsIdentities || readsMemberships
    }
}
