import HTTPTypes
import Hummingbird

/// The console's cookies: who is signed in, which browser is about to, and which sandbox a browser looks at.
///
/// On plain HTTP the port is part of the name, since cookies belong to a host and all its ports.
struct ConsoleCookies: Sendable {
    private let isSecure: Bool
    private let suffix: String

    init(_ origin: ConsoleOrigin) {
        isSecure = origin.isSecure
        suffix = origin.isSecure ? "" : "_\(origin.port)"
    }

    private var session: String { isSecure ? "__Host-hw" : "hw\(suffix)" }
    private var browser: String { isSecure ? "__Host-hwb" : "hwb\(suffix)" }

    private var sandbox: String { isSecure ? "__Host-hws" : "hws\(suffix)" }

    /// What the session's cookie of a request holds.
    func session(of request: Request) -> String? { value(session, request) }

    /// What the browser's cookie of a request holds.
    func browser(of request: Request) -> String? { value(browser, request) }

    /// Signs a browser in.
    func signingIn(_ secret: String) -> String { cookie(session, secret) }

    /// Signs a browser out.
    var signingOut: String { cookie(session, "") + "; Max-Age=0" }

    /// The name of the sandbox that a browser looks at; nil = it has not chosen any.
    func sandbox(of request: Request) -> String? { value(sandbox, request) }

    /// Has a browser look at a sandbox.
    func choosing(sandbox name: String) -> String { cookie(sandbox, name) }

    /// Has a browser look at no sandbox in particular.
    var leavingSandbox: String { cookie(sandbox, "") + "; Max-Age=0" }

    /// Gives a browser its name.
    func naming(_ name: String) -> String { cookie(browser, name) }

    private func cookie(_ name: String, _ value: String) -> String {
        "\(name)=\(value); Path=/; HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
    }

    private func value(_ name: String, _ request: Request) -> String? {
        for header in request.headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0] == name, parts[1].utf8.count <= 128 { return String(parts[1]) }
            }
        }
        return nil
    }
}
