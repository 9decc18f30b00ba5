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

extension KinesisCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The key's name and nothing secret.
    public var description: String { "KinesisCredentials(\(accessKeyID))" }

    /// The key's name and nothing secret.
    public var debugDescription: String { description }

    /// Shows the key's name and nothing secret.
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}
