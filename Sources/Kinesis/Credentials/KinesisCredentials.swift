/// The keys that sign requests.
public struct KinesisCredentials: Sendable {
    /// Names the key; not a secret.
    public var accessKeyID: String
    /// Signs; never leaves the process.
    public var secretAccessKey: String
    /// Accompanies temporary keys.
    public var sessionToken: String?

    /// Creates credentials.
    ///
    /// - Parameters:
    ///   - accessKeyID: The key's name.
    ///   - secretAccessKey: The key.
    ///   - sessionToken: The token of temporary keys.
    public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }
}

extension KinesisCredentials {
    /// Refuses what cannot stand in a header; the message holds nothing of the keys.
    func check() throws(KinesisError) {
        func refused(_ part: String) -> KinesisError {
            KinesisError(
                .invalidCredentials,
                "the \(part) is empty or holds spaces or characters outside ASCII; copy it again from where it was made"
            )
        }
        guard Self.isPrintable(accessKeyID) else { throw refused("access key id") }
        guard Self.isPrintable(secretAccessKey) else { throw refused("secret access key") }
        if let sessionToken, !Self.isPrintable(sessionToken) { throw refused("session token") }
    }

    private static func isPrintable(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

extension KinesisCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The key's name and nothing secret.
    public var description: String { "KinesisCredentials(\(accessKeyID))" }

    /// The key's name and nothing secret.
    public var debugDescription: String { description }

    /// Shows the key's name and nothing secret.
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}
