/// Which passwords are taken: long ones that are not the first guess.
enum PasswordRule {
    /// Characters, at least.
    static let charactersMin = 12
    /// Characters, at most: hashing has a bound.
    static let charactersMax = 128

    /// What is wrong with a new password; nil when it may be used.
    ///
    /// - Parameters:
    ///   - password: The password.
    ///   - email: Whose it is to be.
    /// - Returns: What to do about it.
    static func complaint(_ password: String, of email: String) -> String? {
        let count = password.unicodeScalars.count
        guard count >= charactersMin else {
            return "The password has \(count) characters; use at least \(charactersMin). A few words in a row do well."
        }
        guard count <= charactersMax else {
            return "The password has \(count) characters; use at most \(charactersMax)."
        }
        let lowered = password.lowercased()
        let name = email.split(separator: "@").first.map(String.init) ?? email
        let isGuess =
            Set(lowered.unicodeScalars).count < 4 || isSequence(lowered) || lowered.contains("headwater")
            || lowered == email || (name.count > 3 && lowered.contains(name))
        return isGuess ? "The password is among the first that are guessed: \(guesses) Choose another one." : nil
    }

    private static let guesses =
        "it holds your e-mail address or the product's name, repeats few characters, or counts up."

    /// Whether every character follows the one before, as in `abcdefghijkl`.
    private static func isSequence(_ text: String) -> Bool {
        let values = text.unicodeScalars.map { Int64($0.value) }
        let steps = Set(zip(values, values.dropFirst()).map { $1 - $0 })
        // A digit after 9 is 0 again.
        return steps.subtracting([1, -9]).isEmpty || steps.subtracting([-1, 9]).isEmpty
    }
}
