import ActivationCore
import ActivationEngine
import Hummingbird

extension TokenRoutes {
    /// A program that has shown its secret.
    struct Caller: Sendable {
        let clientID: String
        let author: ConfigurationChange.Author
        let subject: AuditSubject
    }

    /// Finds out which program asks, by its secret: in the fields, or in the header Authorization as Basic (RFC 6749, 2.3.1).
    ///
    /// - Parameters:
    ///   - fields: What was sent.
    ///   - request: The request.
    ///   - context: What is known of it.
    /// - Returns: Who it is.
    /// - Throws: `invalid_request`, `invalid_client`, `slow_down`.
    func authenticate(
        _ fields: [String: String],
        _ request: Request,
        _ context: ServerContext
    ) async throws(APIError) -> Caller {
        guard
            let (clientID, secret) = TokenRoutes.basic(request)
                ?? fields["client_id"].flatMap({ id in fields["client_secret"].map { (id, $0) } })
        else {
            throw TokenRoutes.refusal("invalid_request", "client_id and client_secret are needed", status: 400)
        }
        let sender = SenderNetwork(
            request,
            address: context.remoteAddress,
            isBehindProxy: dependencies.isBehindProxy
        )
        let now = dependencies.time.now()
        let author = ConfigurationChange.Author(
            name: clientID,
            way: .api,
            requestID: context.requestID,
            sender: SenderAddress(
                request,
                address: context.remoteAddress,
                isBehindProxy: dependencies.isBehindProxy
            ).text
        )
        let credential = dependencies.control.entry(.credential, clientID).map(AuditSubject.init(credential:))
        if let seconds = wrongSecrets.secondsToWait(of: sender, for: clientID, at: now) {
            throw TokenRoutes.refusal(
                "slow_down",
                "too many wrong secrets came from this address; try again in \(seconds) s",
                status: 429,
                retryAfterSeconds: seconds
            )
        }
        guard dependencies.control.isSecret(secret, of: clientID) else {
            wrongSecrets.note(sender, for: clientID, at: now)
            await dependencies.audit.wrongSecret(by: author, credential, "client secret")
            throw TokenRoutes.refusal(
                "invalid_client",
                "client_id or client_secret is wrong, or the credential was revoked or has expired",
                status: 401
            )
        }
        return Caller(clientID: clientID, author: author, subject: credential ?? .nobody)
    }

    /// Client id and secret of a Basic header, each percent-encoded; nil when there is none.
    private static func basic(_ request: Request) -> (String, String)? {
        guard let header = request.headers[.authorization] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic",
            // The other alphabet, and padded.
            let bytes = Base64URL.decode(
                String(parts[1].prefix { $0 != "=" }).replacing("+", with: "-").replacing("/", with: "_")
            ),
            let text = String(validating: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":")
        else { return nil }
        func decoded(_ part: Substring) -> String? {
            // Read as a form, in which the two are written.
            (try? QueryItems(parsing: "x=\(part)"))?["x"]
        }
        guard let id = decoded(text[..<colon]), let secret = decoded(text[text.index(after: colon)...]) else {
            return nil
        }
        return (id, secret)
    }
}

extension AuditSubject {
    /// A credential, by its name.
    init(credential entry: ControlEntry) {
        self.init(.credential, entry.id, entry.string("name") ?? "")
    }
}
