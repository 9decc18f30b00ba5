/// Which dataflows a change can concern, so that the others cost nothing.
struct DataflowIndex: Sendable {
    /// By audience, by index: the dataflows that map it.
    private let byAudience: [SmallIndexSet]
    /// Dataflows that compare attributes before and after.
    let comparingValues: SmallIndexSet
    /// Dataflows that tell only of those who consent.
    let askingConsent: SmallIndexSet
    /// Whether a dataflow compares identities before and after.
    let comparesIdentities: Bool

    init(_ flows: [CompiledDataflow], audiences: Int, indices: [Audience.ID: Int]) {
        var byAudience = [SmallIndexSet](repeating: SmallIndexSet(), count: audiences)
        for (position, flow) in flows.enumerated() {
            for mapped in flow.groups.lazy.flatMap(\.mapped) { byAudience[mapped.audience].insert(position) }
            // Who is withheld from it concerns it too.
            if flow.asksConsent, let withheld = indices[flow.dataflow.id.withheld] {
                byAudience[withheld].insert(position)
            }
        }
        self.byAudience = byAudience
        askingConsent = SmallIndexSet(flows.indices.filter { flows[$0].asksConsent })
        comparingValues = SmallIndexSet(
            flows.indices.filter { flows[$0].attributes.contains { $0.export == .valueChange } }
        )
        comparesIdentities = flows.contains { $0.namespaceFilter != nil }
    }

    /// The dataflows that map an audience.
    func mapping(_ audience: Int) -> SmallIndexSet { byAudience[audience] }
}
