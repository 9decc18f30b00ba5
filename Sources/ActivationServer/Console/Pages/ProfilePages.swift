import ActivationCore
import ActivationEngine
import Console

/// Persons: lookup, what is known of one and why, and revealing values.
struct ProfilePages: Sendable {
    let desk: ConsoleDesk

    static let root = PageFrame.Crumb("Profiles", "/console/profiles")

    func add(to register: inout ConsoleRegister) {
        register.form("profiles", show: { try lookup($0) }, submit: { try await find($0) })
        register.page("profiles/:profile") { try await overview($0) }
        register.page("profiles/:profile/attributes") { try await attributes($0) }
        register.page("profiles/:profile/events") { try await events($0) }
        register.page("profiles/:profile/sent") { try await sent($0) }
        register.page("profiles/:profile/decisions") { try await decisions($0) }
        register.page("profiles/:profile/audiences/:audience") { try await why($0) }
        register.form("profiles/:profile/reveal", show: { try await revealing($0) }, submit: { try await reveal($0) })
        register.action("profiles/:profile/hide") { request in
            let person = try await desk.person(request)
            try await desk.reveals.end(person.record.id, for: try request.signedIn())
            return .redirect(person.path, .valuesHidden)
        }
    }

    // MARK: Lookup

    private func lookup(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) throws(APIError) -> ConsoleAnswer
    {
        let mistakes = FormMistakes(items)
        let page = LookupPage(
            token: try request.signedIn().token,
            mistakes: mistakes,
            fields: desk.identityFields(request.form, mistakes) + [
                desk.policyChoice("policy", "Merge policy", chosen: request.form["policy"])
            ]
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func find(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let identity: Identity
        switch desk.identity(request.form) {
        case .failure(let mistake): return try lookup(request, [mistake.item])
        case .success(let typed): identity = typed
        }
        let policy = try request.form["policy"].flatMap { $0.isEmpty ? nil : $0 }.map { id throws(APIError) in
            try MergePolicyStore.entry(id, in: desk.control.snapshot)
        }
        guard let record = try await desk.record(of: identity, policy) else {
            let text =
                "Nobody has this \(identity.namespace) identity. Values are compared as they are written, capital "
                + "letters and spaces included."
            return try lookup(request, [FormMistakes.Item(field: "identity", text: text)])
        }
        try await desk.noteLookup(of: record.id)
        let handle = try ProfileHandle.text(of: identity, desk.control.pageSecrets)
        return .redirect("/console/profiles/\(handle)" + (policy.map { "?policy=\($0.id)" } ?? ""))
    }

    // MARK: Revealing

    private func revealing(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = []
    ) async throws -> ConsoleAnswer {
        let person = try await desk.person(request)
        let mistakes = FormMistakes(items)
        let minutes = ValueReveals.length / 60_000
        let page = FormPage(
            "Reveal values of \(person.title)",
            under: person.crumbs,
            text: "You see this person's values for \(minutes) minutes. Who saw them, when and why is kept.",
            mistakes: mistakes,
            path: person.path("/reveal"),
            token: try request.signedIn().token,
            fields: [
                FormField(
                    "reason",
                    "Reason",
                    value: request.form["reason"],
                    hint: "At least \(ValueReveals.reasonMin) characters, such as the number of a request. No values.",
                    error: mistakes?.text(of: "reason")
                ),
                .ownPassword(mistakes, of: try request.signedIn()),
            ],
            button: "Reveal values",
            cancel: person.path()
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func reveal(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let person = try await desk.person(request)
        let reason = request.form["reason"] ?? ""
        guard ValueReveals.reasonMin...ValueReveals.reasonMax ~= reason.unicodeScalars.count else {
            let text = "Say why in \(ValueReveals.reasonMin) to \(ValueReveals.reasonMax) characters."
            return try await revealing(request, [FormMistakes.Item(field: "reason", text: text)])
        }
        if let refusal = try await desk.refusal(ofPassword: request.form["password"] ?? "", request) {
            return try await revealing(request, [FormMistakes.Item(field: "password", text: refusal)])
        }
        try await desk.reveals.begin(person.record.id, for: viewer, because: reason)
        return .redirect(person.path())
    }
}

extension ConsoleDesk {
    /// Why a password that is asked for once more does not do; nil when it is the signed-in user's.
    ///
    /// Of who has none because an identity provider asks for it, the sign-in is no longer ago than a few minutes.
    func refusal(ofPassword password: String, _ request: ConsoleRequest) async throws(APIError) -> String? {
        let (user, session) = (try request.signedIn().user, try request.signedIn().session)
        if user.identity != nil {
            let isLate = session.createdAt.duration(to: request.now) >= ConsoleSession.fresh
            return isLate ? "You signed in more than 15 minutes ago. Sign out, sign in again and do it then." : nil
        }
        let sender = SenderNetwork(
            request.request,
            address: request.context.remoteAddress,
            isBehindProxy: dependencies.isBehindProxy
        )
        if let seconds = limit.secondsToWait(user.email, from: sender, at: request.now) {
            return "Wait \(Instant.span(seconds: Int64(seconds))), then try again."
        }
        guard password.utf8.count <= 4 * PasswordRule.charactersMax, try await passwords.isPassword(password, of: user)
        else {
            limit.noteWrong(user.email, from: sender, at: dependencies.time.now())
            await dependencies.audit.wrongSecret(by: try request.author(), user.subject, "password")
            return "This is not your password. Type the one you signed in with."
        }
        return nil
    }

    /// A mistake in what was typed for an identity.
    struct IdentityMistake: Error {
        var item: FormMistakes.Item
    }

    /// The fields in which an identity is typed.
    func identityFields(_ form: QueryItems, _ mistakes: FormMistakes?, isOptional: Bool = false) -> [FormField] {
        let namespaces = control.snapshot.namespaces.all.map { (value: $0.symbol, label: "\($0.name) (\($0.symbol))") }
        return [
            FormField(
                "namespace",
                "Namespace",
                .choice(namespaces),
                value: form["namespace"] ?? "Email",
                error: mistakes?.text(of: "namespace")
            ),
            FormField(
                "identity",
                "Value",
                value: form["identity"],
                error: mistakes?.text(of: "identity"),
                isOptional: isOptional
            ),
        ]
    }

    /// The identity that was typed.
    func identity(_ form: QueryItems) -> Result<Identity, IdentityMistake> {
        func mistake(_ field: String, _ text: String) -> Result<Identity, IdentityMistake> {
            .failure(IdentityMistake(item: FormMistakes.Item(field: field, text: text)))
        }
        guard let known = control.snapshot.namespaces.namespace(symbol: form["namespace"] ?? "") else {
            return mistake("namespace", "There is no such namespace. Take one of the list.")
        }
        let value = form["identity"] ?? ""
        guard !value.isEmpty, value.utf8.count <= Limits.identityValueCharactersMax * 4 else {
            return mistake("identity", "Type the value of the identity, such as an e-mail address.")
        }
        return .success(Identity(namespace: known.symbol, value: value))
    }
}
