import ActivationCore

extension SimulatedHistory {
    /// Orders that a dataflow is told of the audiences that a change takes out of it (BEHAVIOUR 3.9).
    mutating func tellOfUnmapped(of flow: Int, _ change: inout SimulatedChange) {
        let rest = change.catalog.flows[flow].mappings.map(\.audience)
        let gone = catalog.flows[flow].mappings.filter { !rest.contains($0.audience) }
        guard !gone.isEmpty else { return }
        change.catalog.flows[flow].options.emitsUnmapping = true
        lastBackfill += 1
        change.catalog.backfills =
            change.catalog.backfills.suffix(Self.backfillsMax - 1) + [
                ReferenceBackfill(number: lastBackfill, flow: catalog.flows[flow].id, unmapped: gone)
            ]
    }

    /// Takes some audiences out of a dataflow; now and then others come in their place at the same time.
    mutating func unmap(_ change: inout SimulatedChange) {
        let flow = random.number(0..<catalog.flows.count)
        for _ in 0..<random.number(1..<4) {
            let mappings = change.catalog.flows[flow].mappings
            guard mappings.count > 1 else { break }
            change.catalog.flows[flow].mappings.remove(at: random.number(0..<mappings.count))
        }
        tellOfUnmapped(of: flow, &change)
        guard random.oneIn(3) else { return }
        let known = Set(catalog.flows[flow].mappings.map(\.audience))
        let others = catalog.published.map(\.id).filter { !known.contains($0) }
        if !others.isEmpty { map(random.pick(others), to: flow, &change) }
    }

    /// Maps an audience again that was taken out, mostly while that is still being told of.
    mutating func mapAgain(_ change: inout SimulatedChange) {
        guard let order = catalog.backfills.filter({ !$0.unmapped.isEmpty }).randomElement(using: &random),
            let flow = catalog.flows.firstIndex(where: { $0.id == order.flow })
        else { return }
        for gone in order.unmapped where catalog.audience(gone.audience)?.lifecycle == .published {
            let isMapped = catalog.flows[flow].mappings.contains { $0.audience == gone.audience }
            if !isMapped, !random.oneIn(3) { map(gone.audience, to: flow, &change) }
        }
    }

    private mutating func map(_ audience: Audience.ID, to flow: Int, _ change: inout SimulatedChange) {
        change.catalog.flows[flow].mappings.append(
            ReferenceFlow.Mapping(audience: audience, createdAt: clock, updatedAt: clock)
        )
        if !random.oneIn(3) { order([audience], of: flow, &change) }
    }

    /// Lets an order rest or go on, or ends it.
    mutating func steer(_ change: inout SimulatedChange) {
        guard !catalog.backfills.isEmpty else { return }
        let order = random.number(0..<catalog.backfills.count)
        switch catalog.backfills[order].wish {
        case .running: change.catalog.backfills[order].wish = random.oneIn(4) ? .cancelled : .paused
        case .paused: change.catalog.backfills[order].wish = random.oneIn(6) ? .cancelled : .running
        case .cancelled: break
        }
    }
}
