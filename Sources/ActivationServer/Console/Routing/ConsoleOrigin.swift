import HTTPTypes
import Hummingbird

/// By which names browsers reach the console; what comes by another name, or from a page of another origin, is refused.
struct ConsoleOrigin: Sendable {
    /// Whether browsers speak TLS to it.
    let isSecure: Bool
    /// The port in its URL.
    let port: Int
    private let scheme: String
    private let authorities: Set<String>

    /// The names of a server.
    ///
    /// - Parameter endpoint: Its base URL.
    init(endpoint: String) {
        let origin = WebAddress(endpoint)?.origin ?? endpoint
        isSecure = origin.hasPrefix("https://")
        scheme = isSecure ? "https://" : "http://"
        let authority = String(origin.dropFirst(scheme.count))
        let afterHost = authority.last == "]" ? "" : authority.split(separator: ":").last.map(String.init) ?? ""
        let named = authority.contains(":") && authority.last != "]" ? Int(afterHost) : nil
        port = named ?? (isSecure ? 443 : 80)
        let host = named == nil ? authority : String(authority.dropLast(afterHost.count + 1))
        let tail = named.map { ":\($0)" } ?? ""
        // Of a server on this machine nobody can take these names.
        let local = ["localhost", "127.0.0.1", "[::1]"]
        authorities = Set(([host] + (local.contains(host) ? local : [])).map { $0 + tail })
    }

    /// Refuses a request to another name, such as one that was made to lead here.
    ///
    /// - Throws: `CONSOLE_HOST`.
    func checkHost(_ request: Request) throws(APIError) {
        let host = request.head.authority?.lowercased() ?? ""
        guard authorities.contains(host) else {
            throw APIError(
                .consoleHost,
                "the console answers to \(authorities.sorted().joined(separator: ", ")); if it has another name, start the "
                    + "server with --public-url"
            )
        }
    }

    /// Refuses a form that another site's page sent.
    ///
    /// - Throws: `CONSOLE_FORM`.
    func checkSender(_ request: Request) throws(APIError) {
        let site = HTTPField.Name("sec-fetch-site").flatMap { request.headers[$0] }
        let origin = request.headers[.origin]
        let host = request.head.authority?.lowercased() ?? ""
        guard site ?? "same-origin" == "same-origin", origin.map({ $0 == scheme + host }) ?? true,
            site != nil || origin != nil
        else {
            throw APIError(.consoleForm, "the form came from another site, or its browser does not say from where")
        }
    }
}

extension APIErrorCode {
    static let consoleHost = APIErrorCode("CONSOLE_HOST", status: 421, title: "This is not the console's name")
    static let consoleForm = APIErrorCode("CONSOLE_FORM", status: 403, title: "The form was not sent by this console")
    static let consolePermission = APIErrorCode("CONSOLE_PERMISSION", status: 403, title: "Not allowed")
    static let consolePage = APIErrorCode("CONSOLE_PAGE", status: 404, title: "Page not found")
}
