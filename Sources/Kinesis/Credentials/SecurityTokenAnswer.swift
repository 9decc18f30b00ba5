/// The texts of elements in an answer of the Security Token Service, which is XML of a fixed form.
struct SecurityTokenAnswer {
    private let text: String

    init(_ body: [UInt8]) {
        text = String(decoding: body, as: UTF8.self)
    }

    /// The text of the first element of a name; nil when there is none, or it holds elements.
    subscript(name: String) -> String? {
        let parts = text.split(separator: "<\(name)>", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let inside = parts[1].prefix { $0 != "<" }
        guard parts[1].dropFirst(inside.count).hasPrefix("</\(name)>") else { return nil }
        var found = String(inside)
        for (entity, character) in Self.entities { found = found.replacing(entity, with: character) }
        return found.isEmpty ? nil : found
    }

    /// What a key or a token may be written with; `&` comes last, so that nothing is read twice.
    private static let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
}
