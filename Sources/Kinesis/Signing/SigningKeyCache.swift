import Crypto
import Synchronization

/// Keeps the signing key of the present day and keys, which is the same for every request of a client.
final class SigningKeyCache: Sendable {
    private struct Entry {
        var scope: SigV4.Scope
        var secretAccessKey: String
        var key: SymmetricKey
    }

    private let latest = Mutex<Entry?>(nil)

    /// The key of a scope, derived once per change of scope or keys.
    func key(of credentials: KinesisCredentials, for scope: SigV4.Scope) -> SymmetricKey {
        latest.withLock { latest in
            if let latest, latest.scope == scope, latest.secretAccessKey == credentials.secretAccessKey {
                return latest.key
            }
            let key = SigV4.signingKey(secretAccessKey: credentials.secretAccessKey, scope: scope)
            latest = Entry(scope: scope, secretAccessKey: credentials.secretAccessKey, key: key)
            return key
        }
    }
}
