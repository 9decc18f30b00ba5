import ActivationCore
import ActivationEngine
import Console

/// Erasing a person, and the proof of it.
struct ErasurePages: Sendable {
    let desk: ConsoleDesk

    static let root = PageFrame.Crumb("Erasures", "/console/erasures")
    /// Erasures of the list, and records of a receipt that a page shows.
    private static let rowsMax = 500
    /// Characters of the profile's id that are typed to confirm.
    private static let typedCount = 6

    func add(to register: inout ConsoleRegister) {
        register.form("profiles/:profile/erase", show: { try await form($0) }, submit: { try await erase($0) })
        register.page("erasures") { try await list($0) }
        register.page("erasures/:id") { try await show($0) }
        register.page("erasures/:id/receipt.json") { request in
            let receipt = try await desk.dependencies.erasureReceipt(request.parameter("id"))
            return .download("receipt-\(receipt.erasure.profile.uuid).json", receipt.json)
        }
    }

    // MARK: Erase

    private func form(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) async throws -> ConsoleAnswer {
        let person = try await desk.person(request)
        let mistakes = FormMistakes(items)
        let page = FormPage(
            "Erase \(person.title)",
            under: person.crumbs,
            text: try await whatGoes(person),
            mistakes: mistakes,
            path: person.path("/erase"),
            token: try request.signedIn().token,
            hidden: [FormPage.Hidden(name: "seen", value: try seal(person))],
            fields: [
                FormField(
                    "onReturn",
                    "When one of the identities comes again",
                    .choice([
                        (value: "", label: "As the server is set up"),
                        (value: DecisionOptions.ReturnRule.accept.rawValue, label: "It makes a new profile"),
                        (value: DecisionOptions.ReturnRule.refuse.rawValue, label: "It is refused"),
                    ]),
                    value: request.form["onReturn"] ?? ""
                ),
                FormField(
                    "reason",
                    "Reason",
                    value: request.form["reason"],
                    hint: "At least \(ValueReveals.reasonMin) characters, such as the number of a request. No values.",
                    error: mistakes?.text(of: "reason")
                ),
                FormField(
                    "typed",
                    "The last \(ErasurePages.typedCount) characters of the profile's id",
                    value: request.form["typed"],
                    hint: "Its id is \(person.record.id.uuid).",
                    error: mistakes?.text(of: "typed")
                ),
                FormField(
                    "password",
                    "Your password",
                    .secret,
                    error: mistakes?.text(of: "password"),
                    autocomplete: "current-password"
                ),
            ],
            button: "Erase the person",
            isDangerous: true,
            cancel: person.path()
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private static let sealOwner = "identities of who is to be erased"

    private static func identities(_ person: Person) -> [UInt8] {
        Array(person.record.identities.map { "\($0.identity.namespace) \($0.identity.value)\n" }.sorted().joined().utf8)
    }

    /// Which identities the person has whom the form shows, for the server alone.
    private func seal(_ person: Person) throws(APIError) -> String {
        try desk.control.pageSecrets.seal(ErasurePages.identities(person), owner: ErasurePages.sealOwner)
    }

    /// What goes, and whom it has been told to.
    private func whatGoes(_ person: Person) async throws(APIError) -> String {
        let engine = desk.dependencies.engine
        let identity = person.identity
        var flows: [String] = []
        var place = Disclosure.Place("deliveries \(Int64.min) 0 ")
        while let next = place {
            let part = try await APIError.mapping { () throws(EngineError) in
                try await engine.disclosure(
                    of: identity,
                    from: next,
                    within: Disclosure.Bounds(entries: ErasurePages.rowsMax, bytes: 4 << 20)
                )
            }
            for delivery in part?.members["deliveries"]?.array ?? [] {
                let name = desk.dataflow(delivery["dataflowId"]?.string ?? "").name
                if !flows.contains(where: { $0.hasSameBytes(as: name) }) { flows.append(name) }
            }
            place = part?.next.flatMap { $0.text.hasPrefix("deliveries ") ? $0 : nil }
        }
        let identities = Figure.count(person.record.identities.count, "identity", "identities")
        let audiences = Figure.count(person.memberships.count, "membership")
        return
            "Everything that is known of the person goes, and there is no way back: \(identities), \(audiences), all "
            + "attributes and events, and records that wait. "
            + (flows.isEmpty
                ? "Nothing was sent of them as far as the ledger goes back."
                : "Dataflows that were told of them: \(flows.joined(separator: ", ")).")
    }

    private func erase(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let person = try await desk.person(request)
        let (reason, id) = (request.form["reason"] ?? "", person.record.id)
        var items: [FormMistakes.Item] = []
        if !(ValueReveals.reasonMin...ValueReveals.reasonMax ~= reason.unicodeScalars.count) {
            let text = "Say why in \(ValueReveals.reasonMin) to \(ValueReveals.reasonMax) characters."
            items.append(FormMistakes.Item(field: "reason", text: text))
        }
        if !(request.form["typed"] ?? "").hasSameBytes(as: String(id.uuid.description.suffix(ErasurePages.typedCount)))
        {
            items.append(FormMistakes.Item(field: "typed", text: "Type the end of the id that stands below."))
        }
        let seen = desk.control.pageSecrets.open(request.form["seen"] ?? "", owner: ErasurePages.sealOwner)
        if seen != ErasurePages.identities(person) {
            let text =
                "The person has other identities than when the page was drawn, perhaps another person's; look again."
            items.append(FormMistakes.Item(field: "typed", text: text))
        }
        guard items.isEmpty else { return try await form(request, items) }
        if let refusal = try await desk.refusal(ofPassword: request.form["password"] ?? "", request) {
            return try await form(request, [FormMistakes.Item(field: "password", text: refusal)])
        }
        let rule = request.form["onReturn"].flatMap(DecisionOptions.ReturnRule.init)
        let (engine, identity) = (desk.dependencies.engine, person.identity)
        let change = try await desk.dependencies.erasing(
            .profile(id),
            "profile",
            because: reason,
            refusal: \.refusal
        ) { () throws(EngineError) in
            try await engine.delete(identity, onReturn: rule, expecting: id)
        }
        guard case .deleted(let part) = change else { throw APIError(.profileUnknown, "no profile has this identity") }
        return .redirect("\(ErasurePages.root.path)/\(part.profile.uuid)", .profileErased)
    }

    // MARK: Proof

    private func list(_ request: ConsoleRequest) async throws(APIError) -> ConsoleAnswer {
        let engine = desk.dependencies.engine
        let erasures = try await APIError.mapping { () throws(EngineError) in
            try await engine.erasures(limit: ErasurePages.rowsMax)
        }
        let rows = erasures.map { erasure in
            TablePage.Row(
                name: erasure.profile.uuid.description,
                path: "\(ErasurePages.root.path)/\(erasure.profile.uuid)",
                mark: ErasurePages.mark(erasure),
                note: nil,
                cells: [TablePage.Cell("Erased", Instant(erasure.deletedAt, now: request.now).exact)]
            )
        }
        return .page(
            TablePage(
                ErasurePages.root.name,
                text: "Profiles that were deleted, the newest first, each with what was ever sent of it. At most "
                    + "\(Figure.count(ErasurePages.rowsMax)) are shown.",
                action: nil,
                what: "Profile",
                rows: rows,
                emptyText: "No profile was ever deleted."
            )
        )
    }

    private func show(_ request: ConsoleRequest) async throws(APIError) -> ConsoleAnswer {
        let receipt = try await desk.dependencies.erasureReceipt(request.parameter("id"))
        let erasure = receipt.erasure
        let rows = receipt.deliveries.suffix(ErasurePages.rowsMax).enumerated().map { index, delivery in
            let flow = desk.dataflow(delivery.dataflow.uuid.description)
            return ErasurePage.Row(
                dataflow: flow.name,
                path: flow.path,
                at: Instant(delivery.deliveredAt, now: request.now),
                revision: delivery.revision == 0 ? "after it" : Figure.count(delivery.revision),
                receipt: DeliveryReceipt(delivery.receipt, id: "receipt-\(index)")
            )
        }
        let left = receipt.deliveries.count - rows.count
        let id = erasure.profile.uuid.description
        return .page(
            ErasurePage(
                title: "Erased profile \(id.prefix(8))…\(id.suffix(8))",
                crumbs: [ErasurePages.root],
                text:
                    "Nothing of the person is left here but this. A record without a number may have arrived: what an attempt came to was not known when they were erased.",
                facts: [
                    PersonPage.Fact(label: "Profile", value: id),
                    PersonPage.Fact(label: "Last revision", value: Figure.count(erasure.revision)),
                    PersonPage.Fact(label: "Erased", value: Instant(erasure.deletedAt, now: request.now).exact),
                    PersonPage.Fact(label: "Records sent", value: Figure.count(receipt.deliveries.count)),
                ],
                mark: ErasurePages.mark(erasure),
                download: "\(ErasurePages.root.path)/\(id)/receipt.json",
                rows: rows.reversed(),
                isEmpty: rows.isEmpty,
                more: left > 0 ? "\(Figure.count(left)) earlier ones are in the receipt." : nil
            )
        )
    }

    private static func mark(_ erasure: Erasure) -> StateMark {
        erasure.isScrubbed ? StateMark("Scrubbed", .good) : StateMark("Being scrubbed", .warning)
    }
}
