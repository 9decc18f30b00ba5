import Console

/// What can be connected.
struct DestinationPages: Sendable {
    let desk: ConsoleDesk

    func add(to register: inout ConsoleRegister) {
        register.page("destinations") { try catalog($0) }
    }

    private func catalog(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let drafts = desk.control.connectDrafts(of: viewer.user)
        let accounts = desk.accountReports()
        let cards = desk.dependencies.destinations.kinds.map(\.spec).map { spec in
            let own = accounts.filter { $0.kind.id == spec.id }
            let flows = own.reduce(into: Set<String>()) { $0.formUnion($1.dataflows.map(\.id)) }
            return CatalogPage.Card(
                name: spec.name,
                about: "Each change of a profile is one message of JSON, in order for each person.",
                accounts: Figure.count(own.count, "account"),
                dataflows: Figure.count(flows.count, "dataflow"),
                isConnected: !own.isEmpty,
                spec: spec.id,
                maySetUp: viewer.may(.manageDestinations),
                drafts: drafts.filter { $0.spec == spec.id }.prefix(3).map { draft in
                    let name = draft.typed[.details]?["name"] ?? ""
                    let step = draft.next.title.lowercased()
                    let begun = Instant(draft.entry.createdAt, now: request.now).ago
                    return PageFrame.Crumb(
                        name.isEmpty ? "what you began \(begun): \(step)" : "\(name): \(step)",
                        draft.path(draft.next)
                    )
                }
            )
        }
        return .page(CatalogPage(cards: cards, token: viewer.token))
    }
}
