import ActivationCore

/// A form that was sent after its session had ended: kept in the sign-in page, readable by the server alone, so that
/// nothing typed is lost.
struct SealedForm: Sendable {
    /// Where it was sent.
    let path: String
    /// What was typed, without secrets.
    let items: QueryItems

    /// The name of the field that carries it.
    static let field = "kept"

    private static let bytesMax = 65_536
    private static let lifetime: Int64 = 900_000

    /// Seals a form for a user.
    ///
    /// - Parameters:
    ///   - items: What was typed.
    ///   - path: Where it was sent.
    ///   - user: Whose session ended; nobody else gets it back.
    ///   - box: Seals it.
    ///   - now: The present.
    /// - Returns: The text, or nil for a form that is too large.
    static func seal(
        _ items: QueryItems,
        of path: String,
        for user: ConsoleUser,
        _ box: SecretBox,
        now: Timestamp
    ) -> String? {
        let kept = QueryItems(items.items.filter { !isSecret($0.name) && $0.name != FormToken.field })
        let bytes = Array("\(now.milliseconds + lifetime) \(path) \(kept.text)".utf8)
        guard bytes.count <= bytesMax else { return nil }
        // Without encryption there is nothing to keep it in.
        return try? box.seal(bytes, owner: owner(user))
    }

    /// Opens a text for a user; nil when it is another's, was changed, or is too old.
    init?(_ text: String, for user: ConsoleUser, _ box: SecretBox, now: Timestamp) {
        guard let bytes = box.open(text, owner: SealedForm.owner(user)),
            let content = String(validating: bytes, as: UTF8.self)
        else { return nil }
        let parts = content.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let end = Int64(parts[0]), now.milliseconds < end,
            let items = try? QueryItems(parsing: String(parts[2]))
        else { return nil }
        path = String(parts[1])
        self.items = items
    }

    /// Whether a field holds what is never written back.
    static func isSecret(_ field: String) -> Bool {
        let name = field.lowercased()
        return ["password", "secret", "sessiontoken"].contains { name.contains($0) }
    }

    private static func owner(_ user: ConsoleUser) -> String { "console form of \(user.id)" }
}
