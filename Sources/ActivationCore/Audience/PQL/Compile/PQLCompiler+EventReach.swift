extension PQLCompiler {
    /// Takes down how far back a node reads events, for when its first part emits them.
    mutating func noteReach(of node: PQLNode) throws(PQLError) {
        guard let reach = try reach(of: node) else { return }
        if let outer = eventRead {
            eventRead = (outer.node, .all([outer.reach, reach]))
        } else {
            eventRead = (node, reach)
        }
    }

    /// Emits the events.
    mutating func emitEvents(at node: PQLNode) {
        let read = eventRead ?? (node, .everything)
        eventRead = nil
        draft.windowMentions += read.reach.windows
        draft.eventReads.append(
            PQLEventRead(instruction: draft.ops.count, reach: read.reach, node: read.node)
        )
        draft.readsEvents = true
        draft.ops.append(.events)
        eventArrayEnd = draft.ops.count
    }

    /// How far back a node reads events; nil when it does not begin with them.
    private func reach(of node: PQLNode) throws(PQLError) -> EventReach.Kind? {
        switch node.kind {
        case .path, .call:
            guard let (source, rest) = try eventStream(prefixOf: node) else { return nil }
            var stream = source
            if case .method(let name, let arguments)? = rest.first?.kind, let argument = arguments.first,
                name == PQLQuantifier.exists.rawValue || name == PQLQuantifier.forall.rawValue
            {
                stream.filter(argument, isNegated: name == PQLQuantifier.forall.rawValue)
            }
            return EventReach.Kind(stream.windows)
        case .quantified(let quantifier, let generators):
            guard let generator = generators.first, var stream = try eventStream(generator.source) else { return nil }
            if let condition = generator.condition, quantifier != .forall || generators.count == 1 {
                stream.filter(condition, naming: generator.name, isNegated: quantifier == .forall)
            }
            return EventReach.Kind(stream.windows)
        case .aggregate(_, _, let generators):
            guard let generator = generators.first, var stream = try eventStream(generator.source) else { return nil }
            if let condition = generator.condition { stream.filter(condition, naming: generator.name) }
            return EventReach.Kind(stream.windows)
        case .chain(let chain):
            guard try eventStream(chain.source) != nil else { return nil }
            return reach(of: chain)
        default: return nil
        }
    }

    /// How far back a chain looks: to the first step that has to match, as those after it come later.
    private func reach(of chain: PQLChain) -> EventReach.Kind {
        let isInOrder = isTimestamp(chain.timestamp)
        var reaches: [EventReach.Kind] = []
        for step in chain.steps {
            var stream = EventStream(outside: PQLCompiler.outside(scopes), calendar)
            stream.filter(what: step.what, outside: PQLCompiler.outside(scopes))
            if isInOrder, let when = step.when { stream.filter(when, at: step.offset) }
            guard !stream.windows.isEmpty else { return .everything }
            reaches.append(EventReach.Kind(stream.windows))
            let count = step.count ?? .atLeast(1)
            if isInOrder, !step.isNegated, !count.accepts(0) { break }
        }
        return .any(reaches)
    }
}
