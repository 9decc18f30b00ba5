import ActivationServer
import ArgumentParser

/// By which identity provider people sign in to the console.
struct SignOnArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The issuer of the OpenID Connect provider by which people sign in to the console, such as https://id.example; "
                + "its redirect address is the public URL and /console/sign-in/callback.",
            valueName: "url"
        )
    )
    var ssoIssuer: String?

    @Option(help: "What the provider calls this server.")
    var ssoClientId: String?

    @Option(
        help: ArgumentHelp(
            "A file that holds the client's secret; without one it is a public client.",
            valueName: "file"
        )
    )
    var ssoClientSecretFile: String?

    @Option(help: "What is asked for, with blanks between.")
    var ssoScopes = "openid profile email"

    @Option(help: "The claim of the ID token that holds the names of somebody's groups.")
    var ssoGroupsClaim = "groups"

    @Option(help: "What the button on the sign-in page says.")
    var ssoLabel = "Sign in with single sign-on"

    func validate() throws {
        guard (ssoIssuer == nil) == (ssoClientId == nil) else {
            throw ValidationError("--sso-issuer and --sso-client-id come together.")
        }
        guard ssoIssuer != nil || ssoClientSecretFile == nil else {
            throw ValidationError("--sso-client-secret-file needs --sso-issuer.")
        }
    }

    /// What they say; nil = there is no single sign-on.
    var options: SignOnOptions? {
        get throws(CommandFailure) {
            guard let ssoIssuer, let ssoClientId else { return nil }
            var secret: String?
            if let ssoClientSecretFile {
                let bytes = try SmallFile.contents(of: ssoClientSecretFile, bytesMax: 4_096)
                let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
                secret = lines.first.map { String($0) } ?? ""
            }
            do throws(ServerStartError) {
                return try SignOnOptions(
                    issuer: ssoIssuer,
                    clientID: ssoClientId,
                    clientSecret: secret,
                    scopes: ssoScopes,
                    groupsClaim: ssoGroupsClaim,
                    label: ssoLabel
                )
            } catch {
                throw CommandFailure(.usage, "--sso-…: \(error.description)")
            }
        }
    }
}
