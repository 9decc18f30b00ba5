import HTTPTypes

/// The console's routes, as its pages name them.
struct ConsoleRegister: Sendable {
    typealias Handler = @Sendable (ConsoleRequest) async throws -> ConsoleAnswer

    /// What one method of one path does.
    struct Route: Sendable {
        var method: HTTPRequest.Method
        /// Below `/console`.
        var path: String
        /// Who may; nil = nobody.
        var access: ConsoleAccess?
        /// Shows a form filled with what was typed, and changes nothing; nil for what is not a form.
        var show: Handler?
        var handle: Handler
        /// Whether a page's script asks, so that mistakes are told as data too.
        var isForScript: Bool { method == .put }

        init(_ method: HTTPRequest.Method, _ path: String, show: Handler? = nil, handle: @escaping Handler) {
            self.method = method
            self.path = path
            access = ConsoleAccess.of(method, path)
            self.show = show
            self.handle = handle
        }
    }

    private(set) var routes: [Route] = []

    /// A page that is read.
    mutating func page(_ path: String, _ show: @escaping Handler) {
        routes.append(Route(.get, path, handle: show))
    }

    /// Something that is done.
    mutating func action(_ path: String, _ act: @escaping Handler) {
        routes.append(Route(.post, path, handle: act))
    }

    /// What a page's script sends with a body of its own; the token is in a header, and mistakes are told as data.
    mutating func sending(_ path: String, _ take: @escaping Handler) {
        routes.append(Route(.put, path, handle: take))
    }

    /// A form: it is shown, also with what was typed in it before the session ended, and it is sent.
    ///
    /// - Parameters:
    ///   - path: Its path.
    ///   - show: Draws it with the request's form in its fields.
    ///   - submit: Does what it asks for.
    mutating func form(_ path: String, show: @escaping Handler, submit: @escaping Handler) {
        routes.append(Route(.get, path, handle: show))
        routes.append(Route(.post, path, show: show, handle: submit))
    }

    /// The form that a path below `/console` belongs to, if it is one.
    func form(at path: String) -> (route: Route, parameters: [(name: String, value: String)])? {
        let segments = path.split(separator: "/")
        for route in routes where route.show != nil && route.path != ConsoleAccess.anywhere {
            let pattern = route.path.split(separator: "/")
            guard pattern.count == segments.count,
                zip(pattern, segments).allSatisfy({ $0 == $1 || $0.first == ":" })
            else { continue }
            let parameters = zip(pattern, segments).filter { $0.0.first == ":" }
            return (route, parameters.map { (String($0.0.dropFirst()), String($0.1)) })
        }
        return nil
    }
}
