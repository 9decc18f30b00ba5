import ActivationCore

/// What stands for a person in paths: the identity by which they were looked up, readable by the server alone, so that no
/// value is in a URL, a log or a browser's history.
enum ProfileHandle {
    private static let owner = "profile in a console path"

    /// The text for an identity.
    ///
    /// - Throws: `INTERNAL` when encryption fails.
    static func text(of identity: Identity, _ box: SecretBox) throws(APIError) -> String {
        try box.seal(Array("\(identity.namespace) \(identity.value)".utf8), owner: owner)
    }

    /// The identity of a text; nil when this server did not make it.
    static func identity(_ text: String, _ box: SecretBox) -> Identity? {
        guard let bytes = box.open(text, owner: owner), let content = String(validating: bytes, as: UTF8.self) else {
            return nil
        }
        let parts = content.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        return Identity(namespace: String(parts[0]), value: String(parts[1]))
    }
}
