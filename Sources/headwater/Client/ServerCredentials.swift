import ActivationCore
import Glibc

/// How to reach a Headwater server and sign in.
struct ServerCredentials {
    /// The base URL, without a slash at its end.
    var endpoint: String
    var clientID: String
    var clientSecret: String
    /// The organisation; needed for the Adobe-compatible paths only.
    var organisation: String?
    /// The sandbox that is meant; nil = the default one.
    var sandbox: String?
    /// What its tokens are narrowed to; nil = nothing but the credential's roles.
    var scope: String?

    /// Takes credentials from a data directory's `admin.json`, or from the environment.
    ///
    /// - Parameters:
    ///   - directory: The server's data directory.
    ///   - endpoint: The server's base URL; nil = the one in `admin.json`.
    ///   - sandbox: The sandbox that is meant; nil = the one in the environment, else the default one.
    ///   - scope: What tokens are narrowed to; nil = what the environment says, else nothing.
    /// - Throws: When neither source has them.
    init(
        directory: String?,
        endpoint: String?,
        sandbox: String? = nil,
        scope: String? = nil
    ) throws(CommandFailure) {
        let (sandbox, scope) = (sandbox ?? Environment["HEADWATER_SANDBOX"], scope ?? Environment["HEADWATER_SCOPE"])
        if let directory {
            self = try ServerCredentials(adminFile: "\(directory)/admin.json", endpoint: endpoint)
            (self.sandbox, self.scope) = (sandbox, scope)
            return
        }
        guard let id = Environment["HEADWATER_CLIENT_ID"], let secret = Environment["HEADWATER_CLIENT_SECRET"] else {
            throw CommandFailure(
                .usage,
                "no credentials: give --data DIR of the server, or set HEADWATER_CLIENT_ID and HEADWATER_CLIENT_SECRET"
            )
        }
        guard let endpoint = endpoint ?? Environment["HEADWATER_ENDPOINT"] else {
            throw CommandFailure(.usage, "no server: give --endpoint URL, such as http://127.0.0.1:8080")
        }
        clientID = id
        clientSecret = secret
        organisation = Environment["HEADWATER_ORG_ID"]
        (self.sandbox, self.scope) = (sandbox, scope)
        self.endpoint = ServerCredentials.trimmed(endpoint)
    }

    private init(adminFile path: String, endpoint: String?) throws(CommandFailure) {
        let bytes = try SmallFile.contents(of: path, bytesMax: 65_536)
        guard
            // The parser's own words would quote a secret's neighbourhood.
            let admin = try? JSONValue(parsing: bytes),
            let id = admin["client_id"]?.string,
            let secret = admin["client_secret"]?.string,
            let written = admin["endpoint"]?.string
        else {
            throw CommandFailure(.badInput, "\(path) has no client_id, client_secret and endpoint; is it a server's?")
        }
        clientID = id
        clientSecret = secret
        organisation = admin["org_id"]?.string
        self.endpoint = ServerCredentials.trimmed(endpoint ?? written)
    }

    private static func trimmed(_ url: String) -> String {
        url.hasSuffix("/") ? String(url.dropLast()) : url
    }
}

/// The process's environment.
enum Environment {
    /// A variable; nil when it is not set or empty.
    static subscript(name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }
}
