import Crypto

/// The forms that were sent of late, so that one that is sent twice does what it asks for once.
///
/// A page draws each form with a mark of its own. Whoever sends the same once more under the same mark, by a double click or
/// by going back, gets the answer that the first sending gets, and waits for it while that is under way. An answer that only draws a page is
/// not kept: it may hold what is shown once, and mistakes in it are mended and sent again.
actor SubmittedForms {
    /// The member of a form that holds its mark.
    static let field = "once"
    private static let keptMax = 1_000

    private var answers: [String: Task<ConsoleAnswer, any Error>] = [:]
    /// In the order in which they were sent.
    private var order: [String] = []

    /// A new mark.
    static func mark() -> String { Base64URL.encode(ClientSecret.random(12)) }

    /// What tells a sending from all others but those of the same.
    static func key(_ form: QueryItems, mark: String, at path: String, in session: String) -> String {
        var hash = SHA256()
        for text in [session, path, mark] + form.items.flatMap({ [$0.name, $0.value] }) {
            hash.update(data: Array(text.utf8))
            hash.update(data: [0xFF])
        }
        return Base64URL.encode(Array(hash.finalize()))
    }

    /// Answers a form.
    ///
    /// - Parameters:
    ///   - key: Its ``key(_:mark:at:in:)``.
    ///   - submit: Does what it asks for.
    /// - Returns: The answer to its first sending.
    /// - Throws: What `submit` throws.
    func answer(
        to key: String,
        _ submit: @escaping @Sendable () async throws -> ConsoleAnswer
    ) async throws -> ConsoleAnswer {
        if let known = answers[key] { return try await known.value }
        let task = Task { try await submit() }
        answers[key] = task
        order.append(key)
        if order.count > SubmittedForms.keptMax { answers[order.removeFirst()] = nil }
        let answer: ConsoleAnswer
        do {
            answer = try await task.value
        } catch {
            forget(key)
            throw error
        }
        if case .redirect = answer.content { return answer }
        forget(key)
        return answer
    }

    private func forget(_ key: String) {
        answers[key] = nil
        order.removeAll { $0 == key }
    }
}
