import ActivationCore
import ActivationEngine
import Console

/// Sign-in, sign-out, the first user, and links for who lost a password.
struct SignInPages: Sendable {
    let desk: ConsoleDesk
    /// The console's forms, of which one may have to be filled again.
    let forms: ConsoleRegister

    func add(to register: inout ConsoleRegister) {
        register.form("sign-in", show: { show($0) }, submit: { try await signIn($0) })
        register.action("sign-out") { try await signOut($0) }
        register.form("setup", show: { try setup($0) }, submit: { try await setUp($0) })
        register.form("link/:code", show: { try link($0) }, submit: { try await useLink($0) })
    }

    // MARK: Sign-in

    private func show(_ request: ConsoleRequest) -> ConsoleAnswer {
        // Before there is a user, somebody of a group that the identity provider knows may come first.
        guard desk.control.hasConsoleUsers || (desk.dependencies.signOn != nil && desk.control.hasExternalGroups) else {
            return .redirect("/console/setup")
        }
        let to = ConsoleExchange.returnPath(request.query["to"])
        guard request.viewer == nil else { return .redirect(to) }
        return .page(
            SignInPage(
                token: desk.tokens.text(for: request.browser),
                to: to,
                signOn: desk.dependencies.signOn?.options.label
            )
        )
    }

    private func signIn(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let form = request.form
        let typed = form["email"] ?? ""
        let sender = SenderNetwork(
            request.request,
            address: request.context.remoteAddress,
            isBehindProxy: desk.dependencies.isBehindProxy
        )
        let key = EmailAddress(typed)?.text ?? typed
        if let seconds = desk.limit.secondsToWait(key, from: sender, at: request.now) {
            let wait = Instant.span(seconds: Int64(seconds))
            var answer = again(request, "Too many wrong passwords. Wait \(wait), then try again.", status: 429)
            answer.retryAfterSeconds = seconds
            return answer
        }
        let user = EmailAddress(typed).flatMap { desk.control.consoleUser($0) }
        let password = form["password"] ?? ""
        guard password.utf8.count <= 4 * PasswordRule.charactersMax,
            try await desk.passwords.isPassword(password, of: user), let user
        else {
            // Checking took a while, which is no part of the wait.
            desk.limit.noteWrong(key, from: sender, at: desk.dependencies.time.now())
            await desk.dependencies.audit.wrongSecret(
                by: request.author(named: user?.email),
                user?.subject,
                "password"
            )
            return again(request, "The e-mail address or the password is wrong. Check both and try again.", status: 401)
        }
        desk.limit.noteRight(key)
        if desk.passwords.isOutdated(user.password) {
            // It is right either way, and is hashed anew at the next sign-in.
            if let hash = try? await desk.passwords.hash(password) { try? await desk.control.keep(hash, of: user) }
        }
        return try await welcome(user, request, by: "password")
    }

    private func again(_ request: ConsoleRequest, _ mistake: String, status: Int) -> ConsoleAnswer {
        .page(
            SignInPage(
                token: desk.tokens.text(for: request.browser),
                to: ConsoleExchange.returnPath(request.form["to"]),
                kept: request.form[SealedForm.field],
                email: request.form["email"],
                signOn: desk.dependencies.signOn?.options.label,
                mistake: mistake
            ),
            status: status
        )
    }

    /// Signs somebody in and shows what they were at: a page, or a form with what they had typed.
    private func welcome(
        _ user: ConsoleUser,
        _ request: ConsoleRequest,
        by way: String
    ) async throws -> ConsoleAnswer {
        let secret = try await desk.sessions.begin(user, agent: request.agent)
        let author = request.author(named: user.email)
        await desk.dependencies.audit.sign(.signIn, by: author, user.subject, ["by": .string(way)])
        let cookie = ConsoleCookies(desk.origin).signingIn(secret)
        guard
            let kept = request.form[SealedForm.field].flatMap({
                SealedForm($0, for: user, desk.control.pageSecrets, now: request.now)
            }),
            let (route, parameters) = forms.form(at: String(kept.path.dropFirst("/console/".count))),
            let show = route.show, case .live(_, let session) = await desk.sessions.find(secret)
        else {
            return .redirect(ConsoleExchange.returnPath(request.form["to"])).setting(cookie)
        }
        let viewer = desk.viewer(user, session)
        if let access = route.access, access.lack(viewer) != nil {
            return .redirect("/console").setting(cookie)
        }
        var resumed = request
        resumed.viewer = viewer
        resumed.form = kept.items
        resumed.parameters = Dictionary(parameters.map { ($0.name, $0.value) }) { first, _ in first }
        // What is drawn is what they may see, as if they had been signed in when they asked.
        let client = try resumed.client(of: desk.control.orgID)
        var answer = try await AuthenticatedClient.$current.withValue(client) { try await show(resumed) }.setting(
            cookie
        )
        answer.viewer = viewer
        return answer
    }

    private func signOut(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        try await desk.sessions.end(of: viewer.user) { $0 == viewer.session.id }
        await desk.dependencies.audit.sign(.signOut, by: try request.author(), viewer.user.subject)
        return .redirect("/console/sign-in", .signedOut).setting(ConsoleCookies(desk.origin).signingOut)
            .setting(ConsoleCookies(desk.origin).leavingSandbox)
    }

    // MARK: The first user

    private func setup(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) throws(APIError) -> ConsoleAnswer {
        guard !desk.control.hasConsoleUsers else { throw SignInPages.noPage }
        let mistakes = FormMistakes(items)
        let page = FormPage(
            "Make the first user",
            text: "Nobody can sign in yet. The credential in the server's admin.json proves that the server is yours; "
                + "the user you make is its administrator.",
            mistakes: mistakes,
            path: "/console/setup",
            token: desk.tokens.text(for: request.browser),
            fields: [
                FormField(
                    "client_id",
                    "Client id",
                    value: request.form["client_id"],
                    hint: "client_id in admin.json",
                    error: mistakes?.text(of: "client_id")
                ),
                FormField("client_secret", "Client secret", .secret, hint: "client_secret in admin.json"),
            ] + SignInPages.passwordFields(request, mistakes),
            button: "Make user and sign in"
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func setUp(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        guard !desk.control.hasConsoleUsers else { throw SignInPages.noPage }
        let clientID = request.form["client_id"] ?? ""
        let sender = SenderNetwork(
            request.request,
            address: request.context.remoteAddress,
            isBehindProxy: desk.dependencies.isBehindProxy
        )
        if let seconds = desk.limit.secondsToWait(clientID, from: sender, at: request.now) {
            let wait = Instant.span(seconds: Int64(seconds))
            return try setup(request, [FormMistakes.Item(field: "client_id", text: "Wait \(wait), then try again.")])
        }
        let credential = desk.control.entry(.credential, clientID).map {
            AuditSubject(.credential, $0.id, $0.string("name") ?? "")
        }
        guard desk.control.isSecret(request.form["client_secret"] ?? "", of: clientID) else {
            desk.limit.noteWrong(clientID, from: sender, at: request.now)
            await desk.dependencies.audit.wrongSecret(
                by: request.author(named: credential?.id),
                credential,
                "client secret"
            )
            let text = "The client id or the secret is wrong. Copy both from admin.json in the server's directory."
            return try setup(request, [FormMistakes.Item(field: "client_id", text: text)])
        }
        guard desk.control.access(ofCredential: clientID).permissions.contains(.administer) else {
            await desk.dependencies.audit.wrongSecret(by: request.author(named: credential?.id), credential, "setup")
            let text = "This credential may not administer. Use that of admin.json in the server's directory."
            return try setup(request, [FormMistakes.Item(field: "client_id", text: text)])
        }
        switch SignInPages.credentials(request) {
        case .failure(let mistakes): return try setup(request, mistakes.items)
        case .success(let (email, password)): return try await makeFirst(email, password, request)
        }
    }

    private func makeFirst(
        _ email: EmailAddress,
        _ password: String,
        _ request: ConsoleRequest
    ) async throws -> ConsoleAnswer {
        let user = try await desk.control.makeFirstConsoleUser(
            email,
            try await desk.passwords.hash(password),
            requestID: request.context.requestID
        )
        return try await welcome(user, request, by: "setup")
    }

    // MARK: Links

    private func link(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) throws(APIError) -> ConsoleAnswer {
        let link = try validLink(request)
        let isFirst = link.guest == .first
        let mistakes = FormMistakes(items)
        let page = FormPage(
            isFirst ? "Make the first user" : "Set a new password",
            text: isFirst
                ? "Nobody can sign in yet. The user you make is the administrator of this server."
                : "The link works once. Your other sessions end.",
            mistakes: mistakes,
            path: request.path,
            token: desk.tokens.text(for: request.browser),
            fields: SignInPages.passwordFields(request, mistakes),
            button: isFirst ? "Make user and sign in" : "Set password and sign in"
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func useLink(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let link: SignInLink
        do throws(APIError) {
            link = try validLink(request)
        } catch {
            await desk.dependencies.audit.wrongSecret(by: request.author(named: nil), nil, "link")
            throw error
        }
        switch SignInPages.credentials(request) {
        case .failure(let mistakes):
            return try self.link(request, mistakes.items)
        case .success(let (email, password)):
            guard link.guest != .first else { return try await makeFirst(email, password, request) }
            guard link.isFor(email), let user = desk.control.consoleUser(email) else {
                await desk.dependencies.audit.wrongSecret(by: request.author(named: nil), nil, "link")
                let text = "The link was not made for this e-mail address, or no user has it."
                return try self.link(request, [FormMistakes.Item(field: "email", text: text)])
            }
            let hash = try await desk.passwords.hash(password)
            let changed = try await desk.control.setPassword(
                of: user.id,
                hash,
                link: link.madeAt,
                by: request.author(named: user.email)
            )
            desk.limit.noteRight(user.email)
            return try await welcome(changed, request, by: "link")
        }
    }

    /// The link of a request; the first user's is good until there is a user.
    private func validLink(_ request: ConsoleRequest) throws(APIError) -> SignInLink {
        guard
            let link = SignInLink(
                code: request.parameter("code"),
                keys: desk.dependencies.keys,
                now: request.now
            ), (link.guest == .first) != desk.control.hasConsoleUsers
        else { throw SignInPages.noPage }
        return link
    }

    private static let noPage = APIError(
        .consolePage,
        "the link was used, is too old, or was not made by this server; headwater console link makes another one"
    )

    // MARK: What both ask for

    private static func passwordFields(_ request: ConsoleRequest, _ mistakes: FormMistakes?) -> [FormField] {
        [
            FormField(
                "email",
                "E-mail",
                .text(type: "email"),
                value: request.form["email"],
                error: mistakes?.text(of: "email"),
                autocomplete: "username"
            ),
            FormField(
                "password",
                "New password",
                .secret,
                hint: "At least \(PasswordRule.charactersMin) characters. A few words in a row do well.",
                error: mistakes?.text(of: "password"),
                autocomplete: "new-password"
            ),
        ]
    }

    /// What is wrong with an e-mail address and a password.
    private struct Mistakes: Error { let items: [FormMistakes.Item] }

    private static func credentials(_ request: ConsoleRequest) -> Result<(EmailAddress, String), Mistakes> {
        guard let email = EmailAddress(request.form["email"] ?? "") else {
            let text = "This is not an e-mail address. Type it such as ana@shop.example."
            return .failure(Mistakes(items: [FormMistakes.Item(field: "email", text: text)]))
        }
        let password = request.form["password"] ?? ""
        if let complaint = PasswordRule.complaint(password, of: email.text) {
            return .failure(Mistakes(items: [FormMistakes.Item(field: "password", text: complaint)]))
        }
        return .success((email, password))
    }
}
