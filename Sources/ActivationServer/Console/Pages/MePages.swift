import ActivationCore
import ActivationEngine
import Console

/// What every user does for themselves.
struct MePages: Sendable {
    let desk: ConsoleDesk

    func add(to register: inout ConsoleRegister) {
        register.form("me", show: { try show($0) }, submit: { try await changePassword($0) })
        register.action("me/sign-out") { request in
            let viewer = try request.signedIn()
            try await desk.sessions.end(of: viewer.user) { $0 != viewer.session.id }
            let details: JSONObject = ["what": "other sessions"]
            await desk.dependencies.audit.sign(.signOut, by: try request.author(), viewer.user.subject, details)
            return .redirect("/console/me", .sessionsEnded)
        }
    }

    private func show(_ request: ConsoleRequest, _ mistakes: FormMistakes? = nil) throws(APIError) -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let page = MePage(
            viewer,
            sessions: desk.sessions.sessions(of: viewer.user),
            mistakes: mistakes,
            now: request.now
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func changePassword(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let user = try request.signedIn().user
        guard user.identity == nil else {
            throw APIError(.consolePage, "your password is the identity provider's; change it there")
        }
        let old = request.form["old_password"] ?? ""
        let new = request.form["new_password"] ?? ""
        let sender = SenderNetwork(
            request.request,
            address: request.context.remoteAddress,
            isBehindProxy: desk.dependencies.isBehindProxy
        )
        func refusal(_ field: String, _ text: String) throws(APIError) -> ConsoleAnswer {
            try show(request, FormMistakes([FormMistakes.Item(field: field, text: text)]))
        }
        if let seconds = desk.limit.secondsToWait(user.email, from: sender, at: request.now) {
            return try refusal("old_password", "Wait \(Instant.span(seconds: Int64(seconds))), then try again.")
        }
        if let complaint = PasswordRule.complaint(new, of: user.email) { return try refusal("new_password", complaint) }
        guard old.utf8.count <= 4 * PasswordRule.charactersMax, try await desk.passwords.isPassword(old, of: user)
        else {
            desk.limit.noteWrong(user.email, from: sender, at: desk.dependencies.time.now())
            await desk.dependencies.audit.wrongSecret(by: try request.author(), user.subject, "password")
            return try refusal("old_password", "This is not your password. Type the one you signed in with.")
        }
        let hash = try await desk.passwords.hash(new)
        let changed = try await desk.control.setPassword(
            of: user.id,
            hash,
            link: nil,
            by: try request.author()
        )
        // All sessions ended with the old password; this browser goes on in a new one.
        let secret = try await desk.sessions.begin(changed, agent: request.agent)
        return .redirect("/console/me", .passwordChanged).setting(ConsoleCookies(desk.origin).signingIn(secret))
    }
}
