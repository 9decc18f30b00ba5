import Crypto
import Synchronization

/// Keeps the signing key of the present day, which is the same for every request of a client.
final class SigningKeyCache: Sendable {
    private let secretAccessKey: String
    private let latest = Mutex<(scope: SigV4.Scope, key: SymmetricKey)?>(nil)

    init(secretAccessKey: String) {
        self.secretAccessKey = secretAccessKey
    }

    /// The key of a scope, derived once per change of scope.
    func key(for scope: SigV4.Scope) -> SymmetricKey {
        latest.withLock { latest in
            if let latest, latest.scope == scope { return latest.key }
            let key = SigV4.signingKey(secretAccessKey: secretAccessKey, scope: scope)
            latest = (scope, key)
            return key
        }
    }
}
