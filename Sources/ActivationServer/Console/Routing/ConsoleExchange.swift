import ActivationCore
import ActivationEngine
import Console
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// One request to the console and its answer.
///
/// Each goes the same way: by which name it came, who sent it, whether that person may, what is done, and the page that
/// tells. What fails on the way becomes a page too.
struct ConsoleExchange: Sendable {
    let desk: ConsoleDesk

    private static let formBytesMax = 262_144

    /// Answers a request.
    func answer(_ request: Request, _ context: ServerContext, by route: ConsoleRegister.Route) async -> Response {
        let origin = desk.origin
        let cookies = ConsoleCookies(origin)
        var console = ConsoleRequest(
            request: request,
            context: context,
            path: request.uri.path,
            route: route.path,
            query: (try? QueryItems(request)) ?? QueryItems([]),
            now: desk.dependencies.time.now(),
            sender: SenderAddress(
                request,
                address: context.remoteAddress,
                isBehindProxy: desk.dependencies.isBehindProxy
            ).text
        )
        let known = cookies.browser(of: request)
        // Forms before the sign-in are bound to it.
        console.browser = known ?? Base64URL.encode(ClientSecret.random(16))
        var answer: ConsoleAnswer
        do {
            try origin.checkHost(request)
            if request.method != .get { try origin.checkSender(request) }
            if request.method == .post { console.form = try await ConsoleExchange.form(of: request) }
            answer = try await perform(route, &console, cookies)
        } catch {
            await desk.noteRefusal(error, of: console)
            answer = ConsoleExchange.failure(error, context, isForScript: route.isForScript)
        }
        if let viewer = answer.viewer { console.viewer = viewer }
        if known == nil { answer.cookies.append(cookies.naming(console.browser)) }
        var response = draw(answer, console)
        for cookie in answer.cookies { response.headers.append(HTTPField(name: .setCookie, value: cookie)) }
        ConsoleHeaders.add(to: &response, isSecure: origin.isSecure)
        return response
    }

    /// Finds out who asks and whether they may, then lets the route work.
    private func perform(
        _ route: ConsoleRegister.Route,
        _ request: inout ConsoleRequest,
        _ cookies: ConsoleCookies
    ) async throws -> ConsoleAnswer {
        guard let access = route.access else {
            throw APIError(.consolePermission, "nobody may use this page; it is missing in the table of permissions")
        }
        let found = try await find(cookies.session(of: request.request), isUse: !route.path.hasPrefix("live/"))
        if case .live(let user, let session) = found {
            request.viewer = desk.viewer(user, session, in: cookies.sandbox(of: request.request))
        }
        switch access {
        case .everybody: break
        case .signedIn, .permissions:
            guard let viewer = request.viewer else { return signIn(instead: request, route, found) }
            if let elsewhere = elsewhere(viewer, request, route, cookies) { return elsewhere }
        }
        if request.request.method != .get {
            let header = FormToken.header.flatMap { request.request.headers[$0] }
            let token = route.isForScript ? header : request.form[FormToken.field]
            let isOwn =
                access == .everybody
                ? desk.tokens.isValid(token, for: request.browser)
                : request.viewer.map { desk.isToken(token, of: $0.session, at: request.path) } ?? false
            guard isOwn else {
                throw APIError(
                    .consoleForm,
                    "the form is older than your session, or of another sandbox; go back, reload the page and send it again"
                )
            }
        }
        if let lack = access.lack(request.viewer) {
            throw APIError(.consolePermission, "this needs the permission \(lack); an administrator can give it")
        }
        guard request.request.method == .post, let mark = request.form[SubmittedForms.field],
            let session = request.viewer?.session.id
        else { return try await handle(request, by: route) }
        let sent = request
        let key = SubmittedForms.key(request.form, mark: mark, at: request.path, in: session)
        return try await desk.submissions.answer(to: key) {
            try await handle(sent, by: route)
        }
    }

    /// Where somebody has to go who looks at another sandbox than the one that answers, or may not use this one; nil = nowhere.
    private func elsewhere(
        _ viewer: ConsoleViewer,
        _ request: ConsoleRequest,
        _ route: ConsoleRegister.Route,
        _ cookies: ConsoleCookies
    ) -> ConsoleAnswer? {
        guard !OrganisationPaths.contains(request.path) else { return nil }
        let chosen = cookies.sandbox(of: request.request)
        let isHere = (chosen ?? Sandbox.defaultName).hasSameBytes(as: desk.control.sandbox.name)
        // Who may go nowhere is told so page by page.
        let mayGo = viewer.place?.usable.isEmpty == false
        let isLost = viewer.place?.current == nil && (mayGo || !desk.control.sandbox.isDefault)
        guard !isHere || isLost else { return nil }
        // Who has never chosen goes where they may.
        if chosen == nil, request.request.method == .get, let first = viewer.place?.usable.first {
            return .redirect(request.path).setting(cookies.choosing(sandbox: first.name))
        }
        return .elsewhere(isForScript: route.isForScript)
    }

    /// Lets the route work, on what whoever asks may see.
    private func handle(
        _ request: ConsoleRequest,
        by route: ConsoleRegister.Route
    ) async throws -> ConsoleAnswer {
        let client = try request.viewer.map { _ in try request.client(of: desk.control.orgID) }
        return try await AuthenticatedClient.$current.withValue(client) { try await route.handle(request) }
    }

    private func find(_ secret: String?, isUse: Bool) async throws(APIError) -> ConsoleSessions.Finding {
        guard let secret else { return .nobody }
        return await desk.sessions.find(secret, isUse: isUse)
    }

    /// Asks who it is, and keeps where they were going and what they typed.
    private func signIn(
        instead request: ConsoleRequest,
        _ route: ConsoleRegister.Route,
        _ found: ConsoleSessions.Finding
    ) -> ConsoleAnswer {
        if route.isForScript {
            let text = "Your session has ended. What was sent is kept; reload the page, sign in and go on."
            return .data(["text": .string(text)], status: 401)
        }
        var kept: String?
        // The sign-in page is the default sandbox's, and would draw another one's form with what is in that.
        // Nothing that was typed goes to the identity provider and back.
        if request.request.method == .post, case .ended(let user, _) = found, route.show != nil,
            desk.control.sandbox.isDefault, user.identity == nil
        {
            kept = SealedForm.seal(
                request.form,
                of: request.path,
                for: user,
                desk.control.pageSecrets,
                now: request.now
            )
        }
        guard request.request.method == .post else {
            let place = request.path + (request.request.uri.query.map { "?\($0)" } ?? "")
            return .redirect(place == "/console" ? "/console/sign-in" : "/console/sign-in?to=\(place.percentEncoded())")
        }
        let page = SignInPage(
            token: desk.tokens.text(for: request.browser),
            to: ConsoleExchange.returnPath(request.path),
            kept: kept,
            reason: kept == nil
                ? "Your session has ended. Sign in and do it again."
                : "Your session has ended. What you typed is kept.",
            signOn: desk.dependencies.signOn?.options.label
        )
        return .page(page, status: 401)
    }

    /// Where somebody was going, if that is a page of the console: nothing else is ever redirected to.
    static func returnPath(_ text: String?) -> String {
        guard let text, text == "/console" || text.hasPrefix("/console/") || text.hasPrefix("/console?"),
            !text.hasPrefix("/console/sign-in"), !text.hasPrefix("/console/link"), !text.hasPrefix("/console/setup"),
            !text.contains("/.."), !text.contains("//"), !text.lowercased().contains("%2e"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }), text.utf8.count <= 2_048
        else { return "/console" }
        return text
    }

    /// Reads what was typed.
    static func form(of request: Request) async throws(APIError) -> QueryItems {
        try request.requireContentType(["application/x-www-form-urlencoded"])
        let bytes = try await request.bytes(limit: formBytesMax)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw APIError(.queryInvalid, "the form is not UTF-8; reload the page and send it again")
        }
        return try QueryItems(parsing: text)
    }

    // MARK: What is seen

    private static func failure(
        _ error: any Error,
        _ context: ServerContext,
        isForScript: Bool
    ) -> ConsoleAnswer {
        let mapped = APIError(mapping: error)
        if mapped.code.status >= 500 {
            context.logger.log(
                level: mapped.isRetriable && mapped.cause == nil ? .notice : .error,
                "Page failed",
                metadata: [
                    "error.code": "\(mapped.code.rawValue)", "error.type": "\(type(of: error))",
                    "error.message": "\(mapped.cause ?? mapped.detail)",
                ]
            )
        }
        guard !isForScript else {
            return .data(
                ["text": .string(mapped.sentence), "again": .bool(mapped.isRetriable)],
                status: mapped.code.status
            )
        }
        return .page(ErrorPage(mapped), status: mapped.code.status)
    }

    private func draw(_ answer: ConsoleAnswer, _ request: ConsoleRequest) -> Response {
        switch answer.content {
        case .redirect(let path):
            return Response(status: .seeOther, headers: [.location: path])
        case .data(let data):
            return Response(json: data, status: HTTPResponse.Status(code: answer.status))
        case .file(let response):
            return response
        case .download(let name, let data):
            var response = Response(json: data)
            response.headers[.contentDisposition] = "attachment; filename=\"\(name)\""
            return response
        case .feed(let feed):
            guard let session = request.viewer?.session.id, let client = try? request.client(of: desk.control.orgID)
            else {
                return Response(status: .unauthorized)
            }
            guard desk.readers.enter(session) else {
                return Response(status: .tooManyRequests, headers: [.retryAfter: "30"])
            }
            return feed.response(to: client) { desk.readers.leave(session) }
        case .page(let page):
            do {
                let html = try html(of: page, request)
                var headers: HTTPFields = [.contentType: "text/html; charset=utf-8"]
                if let seconds = answer.retryAfterSeconds { headers[.retryAfter] = "\(seconds)" }
                return Response(
                    status: HTTPResponse.Status(code: answer.status),
                    headers: headers,
                    body: ResponseBody(byteBuffer: ByteBuffer(string: html))
                )
            } catch {
                request.context.logger.error("Page not drawn", metadata: ["error.message": "\(error)"])
                return Response(status: .internalServerError)
            }
        }
    }

    private func html(of page: some ConsoleView, _ request: ConsoleRequest) throws -> String {
        let viewer = request.viewer
        let frame = PageFrame(
            title: page.title,
            notice: request.query[ConsoleNotice.item].flatMap { ConsoleNotice(rawValue: $0)?.text },
            groups: viewer.map { ConsoleNavigation.groups(for: $0, at: request.path) } ?? [],
            crumbs: page.crumbs,
            viewer: viewer.map { PageFrame.Viewer(email: $0.user.email, token: $0.token) },
            sandboxes: viewer?.place?.menu,
            bell: viewer?.may(.viewAlerts) == true ? PageFrame.Bell(desk.dependencies.alerts.alerts().count) : nil,
            version: ServerVersion.text,
            zone: "UTC",
            requestID: request.context.requestID
        )
        return try ConsoleViews.templates.get().render(page, in: frame)
    }
}

extension ConsoleDesk {
    /// Records that somebody may not do what they asked for, if an error says so: also where a form tells it as a mistake.
    func noteRefusal(_ error: any Error, of request: ConsoleRequest) async {
        await dependencies.audit.refusal(
            error,
            of: request.viewer == nil ? nil : try? request.client(of: control.orgID),
            from: request.author(named: nil),
            at: .route(request.request.method.rawValue, "/console/\(request.route)")
        )
    }
}
