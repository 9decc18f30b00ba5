/// What a request asks for, in any of the forms that a client may write it (RFC 9112, section 3.2).
///
/// Slashes in a row are one here, so that whatever looks at a path sees what the router matches. Nothing else is changed:
/// what is written `%XX`, and `.` and `..`, are parts like any other, which no route names.
struct RequestTarget: Equatable {
    /// Path and query; `*` for the server as a whole.
    var path: String
    /// The host that an absolute form names.
    var authority: String?

    /// Reads the target of a request line; nil when it is in no form that is served.
    init?(_ text: String) {
        if text.hasPrefix("/") || text == "*" {
            path = RequestTarget.withSingleSlashes(text)
            return
        }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let scheme = text[..<colon].lowercased()
        let rest = text[colon...]
        guard scheme == "http" || scheme == "https", rest.hasPrefix("://") else { return nil }
        let afterScheme = rest.dropFirst(3)
        let end = afterScheme.firstIndex { $0 == "/" || $0 == "?" } ?? afterScheme.endIndex
        guard afterScheme[..<end].isHostAndPort else { return nil }
        authority = String(afterScheme[..<end])
        let path = afterScheme[end...]
        self.path = RequestTarget.withSingleSlashes(path.hasPrefix("/") ? String(path) : "/" + path)
    }

    private static func withSingleSlashes(_ target: String) -> String {
        let slash = UInt8(ascii: "/")
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        guard zip(path, path.dropFirst()).contains(where: { $0 == slash && $1 == slash }) else { return target }
        var bytes: [UInt8] = []
        for byte in path where byte != slash || bytes.last != slash { bytes.append(byte) }
        return String(decoding: bytes + target.utf8[path.endIndex...], as: UTF8.self)
    }
}
