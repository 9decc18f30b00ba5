import ActivationCore
import Crypto
import HTTPTypes

/// What every form carries, so that only pages of the same session can send one.
struct FormToken: Sendable {
    private let keys: ServerKeys

    /// The name of the field.
    static let field = "token"
    /// The header that holds it where what is sent is no form.
    static let header = HTTPField.Name("x-headwater-token")

    init(keys: ServerKeys) {
        self.keys = keys
    }

    private static func key(_ tokenKey: SymmetricKey) -> SymmetricKey {
        SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array("console forms".utf8), using: tokenKey))
    }

    /// The token of forms.
    ///
    /// - Parameter owner: A session's id, or what stands for a browser before it has one.
    /// - Returns: The text in the field.
    func text(for owner: String) -> String {
        Base64URL.encode(HMAC<SHA256>.authenticationCode(for: Array(owner.utf8), using: FormToken.key(keys.tokenKey)))
    }

    /// Whether a form carries the token of its owner.
    func isValid(_ text: String?, for owner: String) -> Bool {
        guard let given = text.flatMap({ Base64URL.decode($0) }) else { return false }
        // A page may be open from before the key was another.
        return keys.ring[.token].all.contains { key in
            HMAC<SHA256>
                .isValidAuthenticationCode(given, authenticating: Array(owner.utf8), using: FormToken.key(key))
        }
    }
}
