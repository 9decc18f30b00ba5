import ActivationCore

/// A place in a JSON document (RFC 6901).
struct JSONPointer: Sendable, Hashable {
    /// Keys and indices from the root, unescaped.
    var tokens: [String]

    init(tokens: [String]) {
        self.tokens = tokens
    }

    /// Reads `/a/0/b`; `~1` is `/`, `~0` is `~`.
    ///
    /// - Throws: `1411-400` when it does not start with `/`, holds a broken escape or is deeper than any document.
    init(parsing text: String) throws(APIError) {
        guard !text.isEmpty else {
            tokens = []
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else {
            throw APIError(.pathInvalid, "path \"\(text.excerpt(100))\" is no JSON pointer; it starts with /")
        }
        var tokens: [String] = []
        // By scalars: a combining mark behind the slash would hide it among characters.
        for part in text.unicodeScalars.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            tokens.append(try JSONPointer.unescaped(Substring(part), in: text))
        }
        guard tokens.count <= Limits.jsonDepthMax else {
            throw APIError(.pathInvalid, "a path has at most \(Limits.jsonDepthMax) parts")
        }
        self.tokens = tokens
    }

    private static func unescaped(_ part: Substring, in text: String) throws(APIError) -> String {
        guard part.utf8.contains(UInt8(ascii: "~")) else { return String(part) }
        var token = ""
        var scalars = part.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "~" else {
                token.unicodeScalars.append(scalar)
                continue
            }
            switch scalars.next() {
            case "0": token.unicodeScalars.append("~")
            case "1": token.unicodeScalars.append("/")
            default:
                throw APIError(.pathInvalid, "path \"\(text.excerpt(100))\" holds ~ without 0 or 1 behind it")
            }
        }
        return token
    }

    /// The pointer as text.
    var text: String {
        tokens.reduce(into: "") { text, token in
            text += "/"
            for scalar in token.unicodeScalars {
                switch scalar {
                case "~": text += "~0"
                case "/": text += "~1"
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
    }
}
