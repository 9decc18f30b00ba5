import ActivationCore
import ActivationEngine
import Console
import Logging

/// Sign-in by an identity provider: the way there and the way back.
struct SignOnPages: Sendable {
    let desk: ConsoleDesk

    /// What the sign-in page shows of it.
    static let path = "/console/sign-in/provider"
    private static let wayBack = "/console/sign-in/callback"
    /// How it is called in the audit log.
    private static let way = "single sign-on"

    func add(to register: inout ConsoleRegister) {
        register.page("sign-in/provider") { try await leave($0) }
        register.page("sign-in/callback") { try await comeBack($0) }
    }

    /// What the provider was told that it sends browsers back to.
    private var redirect: String { desk.dependencies.endpoint.value + SignOnPages.wayBack }

    private func provider() throws(APIError) -> IdentityProvider {
        guard let provider = desk.dependencies.signOn else {
            throw APIError(.consolePage, "this server has no single sign-on; sign in with a password")
        }
        return provider
    }

    private func leave(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let provider = try provider()
        let to = ConsoleExchange.returnPath(request.query["to"])
        guard request.viewer == nil else { return .redirect(to) }
        let state = SignOnState(to: to)
        let sealed = try state.sealed(for: request.browser, desk.control.secrets, now: request.now)
        do throws(SignOnError) {
            return .redirect(try await provider.authorizationURL(state, sealed: sealed, redirect: redirect))
        } catch {
            return refusal(error, request, to: to)
        }
    }

    private func comeBack(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let provider = try provider()
        let sender = SenderNetwork(
            request.request,
            address: request.context.remoteAddress,
            isBehindProxy: desk.dependencies.isBehindProxy
        )
        if let seconds = desk.limit.secondsToWait(request.browser, from: sender, at: request.now) {
            let wait = Instant.span(seconds: Int64(seconds))
            var answer = page(request, "Too many tries. Wait \(wait), then try again.", status: 429)
            answer.retryAfterSeconds = seconds
            return answer
        }
        var to: String?
        let token: IDToken
        do throws(SignOnError) {
            let state = try SignOnState(
                request.query["state"] ?? "",
                browser: request.browser,
                desk.control.secrets,
                now: request.now
            )
            to = state.to
            token = try await provider.person(request.query, state, redirect: redirect)
        } catch {
            if error.reason != .unreachable {
                desk.limit.noteWrong(request.browser, from: sender, at: desk.dependencies.time.now())
                await desk.dependencies.audit.wrongSecret(by: request.author(named: nil), nil, SignOnPages.way)
            }
            return refusal(error, request, to: to)
        }
        guard
            let user = try await desk.control.signOn(
                token,
                of: provider.options.issuer,
                cost: desk.dependencies.passwordCost,
                by: request.author(named: nil)
            )
        else {
            await desk.dependencies.audit.wrongSecret(
                by: request.author(named: nil),
                nil,
                SignOnPages.way,
                ["subject": .string(token.subject.excerpt(100))]
            )
            let text =
                "The identity provider knows you, but none of your groups there lets you do anything here. Whoever "
                + "administers Headwater can change that."
            return page(request, text, status: 403)
        }
        let secret = try await desk.sessions.begin(user, agent: request.agent)
        let author = request.author(named: user.email)
        await desk.dependencies.audit.sign(.signIn, by: author, user.subject, ["by": .string(SignOnPages.way)])
        return .redirect(to ?? "/console").setting(ConsoleCookies(desk.origin).signingIn(secret))
    }

    // MARK: What goes wrong

    private func refusal(_ error: SignOnError, _ request: ConsoleRequest, to: String?) -> ConsoleAnswer {
        desk.dependencies.logger.warning(
            "Single sign-on failed",
            metadata: ["error.message": "\(error.detail)", "request.id": "\(request.context.requestID)"]
        )
        switch error.reason {
        case .unreachable:
            let text = "Single sign-on does not answer. Try again in a minute, or sign in with a password."
            return page(request, text, status: 503, to: to)
        case .untrusted:
            let text =
                "What the identity provider answered does not hold, so nobody was signed in. The server's log says what it "
                + "is; whoever runs the server can put it right."
            return page(request, text, status: 502, to: to)
        case .stale:
            let text = "The sign-in took too long, was used already, or was begun in another browser. Begin it again."
            return page(request, text, status: 400, to: to)
        case .refused:
            return page(request, "The identity provider did not sign you in. Try again.", status: 403, to: to)
        }
    }

    private func page(_ request: ConsoleRequest, _ mistake: String, status: Int, to: String? = nil) -> ConsoleAnswer {
        .page(
            SignInPage(
                token: desk.tokens.text(for: request.browser),
                to: ConsoleExchange.returnPath(to),
                signOn: desk.dependencies.signOn?.options.label,
                mistake: mistake
            ),
            status: status
        )
    }
}
