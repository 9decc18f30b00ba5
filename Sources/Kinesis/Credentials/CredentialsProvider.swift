/// Knows the keys that sign requests at any moment.
///
/// Calls may overlap; asking costs next to nothing while there are keys.
public protocol CredentialsProvider: Sendable {
    /// The keys to sign with now.
    ///
    /// - Parameter limit: How long to wait for keys, where there are none yet.
    /// - Returns: Keys that are valid as far as is known.
    /// - Throws: ``KinesisError`` saying what was asked for keys and why there are none; no secret.
    func credentials(within limit: Duration) async throws(KinesisError) -> KinesisCredentials

    /// Notes that a service refused keys as expired or unknown.
    ///
    /// - Parameter credentials: The keys.
    /// - Returns: Whether asking again may give others.
    func refuse(_ credentials: KinesisCredentials) -> Bool

    /// How long the present keys are good for; nil when they have no end that is known, as a session token that somebody typed.
    var standing: CredentialsStanding? { get }
}

/// Keys that stay as they were given.
public struct StaticCredentials: CredentialsProvider {
    private let keys: KinesisCredentials

    /// Creates a provider.
    ///
    /// - Parameter keys: The keys.
    /// - Throws: ``KinesisError`` with `invalidCredentials` for keys that no request can carry.
    public init(_ keys: KinesisCredentials) throws(KinesisError) {
        try keys.check()
        self.keys = keys
    }

    /// The keys, at once.
    public func credentials(within limit: Duration) async throws(KinesisError) -> KinesisCredentials { keys }

    /// There are no others.
    public func refuse(_ credentials: KinesisCredentials) -> Bool { false }
}

/// Hands out keys that live for a while; asked by ``RenewedCredentials`` alone, one call at a time.
public protocol CredentialsSource: Sendable {
    /// Asks for keys.
    ///
    /// - Parameter limit: How long it may take.
    /// - Returns: Keys and how long they live.
    /// - Throws: ``KinesisError`` saying what was asked and what it answered; no secret.
    func issue(within limit: Duration) async throws(KinesisError) -> IssuedCredentials
}

/// Keys as a source hands them out.
public struct IssuedCredentials: Sendable {
    /// The keys.
    public var credentials: KinesisCredentials
    /// How long they are valid from now on; nil = without an end.
    public var life: Duration?

    /// Creates what a source hands out.
    ///
    /// - Parameters:
    ///   - credentials: The keys.
    ///   - life: How long they are valid from now on; nil = without an end.
    public init(_ credentials: KinesisCredentials, life: Duration? = nil) {
        self.credentials = credentials
        self.life = life
    }
}
