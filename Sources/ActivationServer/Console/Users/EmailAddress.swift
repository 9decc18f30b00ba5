import ActivationCore

/// An e-mail address as users are known by it: without blanks around it and without capital letters.
struct EmailAddress: Sendable, Hashable {
    /// The address.
    let text: String

    private static let bytesMax = 254

    /// Reads what a person typed; nil when no mail could reach it.
    init?(_ typed: String) {
        var text = Substring(typed.lowercased())
        while text.first?.isWhitespace ?? false { text.removeFirst() }
        while text.last?.isWhitespace ?? false { text.removeLast() }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, text.utf8.count <= EmailAddress.bytesMax,
            text.unicodeScalars.allSatisfy({ !$0.properties.isWhitespace && $0.properties.generalCategory != .control })
        else { return nil }
        self.text = String(text)
    }
}
