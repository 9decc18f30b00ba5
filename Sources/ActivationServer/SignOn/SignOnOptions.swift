/// By which identity provider people sign in to the console (OpenID Connect Core 1.0).
public struct SignOnOptions: Sendable {
    /// The address that the provider names itself by, to the letter.
    public let issuer: String
    /// What the provider calls this server.
    public let clientID: String
    /// By what this server shows that it is it; nil = a public client, by PKCE alone.
    let clientSecret: String?
    /// What it asks for, `openid` among it.
    let scopes: String
    /// The claim that holds the names of somebody's groups.
    let groupsClaim: String
    /// What the button says.
    let label: String

    /// Creates options.
    ///
    /// - Parameters:
    ///   - issuer: The provider's issuer; `https`, but on this machine.
    ///   - clientID: The client id.
    ///   - clientSecret: The client's secret; nil = a public client.
    ///   - scopes: What is asked for, with blanks between.
    ///   - groupsClaim: The claim that holds somebody's groups.
    ///   - label: What the button says.
    /// - Throws: ``ServerStartError`` saying what is wrong.
    public init(
        issuer: String,
        clientID: String,
        clientSecret: String? = nil,
        scopes: String = "openid profile email",
        groupsClaim: String = "groups",
        label: String = "Sign in with single sign-on"
    ) throws(ServerStartError) {
        guard SignOnOptions.isSafe(issuer), !issuer.contains("?"), !issuer.contains("#") else {
            throw ServerStartError(
                "\(issuer) is no issuer: it is an https URL without query and fragment, such as https://id.example; http is "
                    + "taken of this machine alone"
            )
        }
        guard !clientID.isEmpty, clientID.utf8.count <= 512 else { throw ServerStartError("the client id is empty") }
        guard clientSecret?.isEmpty != true else { throw ServerStartError("the client secret is empty") }
        guard scopes.split(separator: " ").contains("openid") else {
            throw ServerStartError("the scopes lack openid, without which nobody is told who signs in")
        }
        guard !groupsClaim.isEmpty, !label.isEmpty, label.count <= 64 else {
            throw ServerStartError(
                "the groups claim and the button's text are not empty, the text at most 64 characters"
            )
        }
        self.issuer = issuer
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.scopes = scopes
        self.groupsClaim = groupsClaim
        self.label = label
    }

    /// Whether what is sent there is seen by nobody on the way.
    static func isSafe(_ url: String) -> Bool {
        guard let address = WebAddress(url), !address.hasUser, url.utf8.count <= 2_048,
            url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
        else { return false }
        let loopback = ["http://localhost", "http://127.0.0.1", "http://[::1]"]
        return address.origin.hasPrefix("https://")
            || loopback.contains { address.origin == $0 || address.origin.hasPrefix($0 + ":") }
    }
}
