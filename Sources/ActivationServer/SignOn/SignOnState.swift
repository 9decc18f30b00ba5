import ActivationCore
import Crypto

/// What a browser takes to the identity provider and back, sealed: only the browser that set out comes back with it.
struct SignOnState: Sendable, Equatable {
    /// What the ID token has to hold.
    let nonce: String
    /// What shows that the code was asked for here (RFC 7636).
    let verifier: String
    /// Where the person was going.
    let to: String

    private static let lifetime: Int64 = 600_000
    private static let toBytesMax = 512
    /// Bytes of a text that is looked at.
    private static let bytesMax = 4_096

    /// Sets out.
    init(to: String) {
        nonce = Base64URL.encode(ClientSecret.random(16))
        verifier = Base64URL.encode(ClientSecret.random(32))
        self.to = to.utf8.count <= SignOnState.toBytesMax ? to : "/console"
    }

    /// Reads what came back.
    ///
    /// - Throws: ``SignOnError`` for another browser's, one that is too old, or what never was one.
    init(_ text: String, browser: String, _ box: SecretBox, now: Timestamp) throws(SignOnError) {
        guard text.utf8.count <= SignOnState.bytesMax, let bytes = box.open(text, owner: SignOnState.owner(browser)),
            let content = String(validating: bytes, as: UTF8.self)
        else { throw SignOnError(.stale, "the state is not one that this browser set out with") }
        let parts = content.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let end = Int64(parts[0]), now.milliseconds < end,
            end - now.milliseconds <= SignOnState.lifetime
        else { throw SignOnError(.stale, "the state is older than ten minutes") }
        (nonce, verifier, to) = (parts[1], parts[2], parts[3])
    }

    /// The text that goes along.
    func sealed(for browser: String, _ box: SecretBox, now: Timestamp) throws(APIError) -> String {
        let text = "\(now.milliseconds + SignOnState.lifetime) \(nonce) \(verifier) \(to)"
        return try box.seal(Array(text.utf8), owner: SignOnState.owner(browser))
    }

    /// The digest of the verifier.
    var challenge: String { Base64URL.encode(SHA256.hash(data: Array(verifier.utf8))) }

    private static func owner(_ browser: String) -> String { "single sign-on of \(browser)" }
}
