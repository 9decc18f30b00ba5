/// What a request asks for, in any of the forms that a client may write it (RFC 9112, section 3.2).
struct RequestTarget: Equatable {
    /// Path and query; `*` for the server as a whole.
    var path: String
    /// The host that an absolute form names.
    var authority: String?

    /// Reads the target of a request line; nil when it is in no form that is served.
    init?(_ text: String) {
        if text.hasPrefix("/") || text == "*" {
            path = text
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
        self.path = path.hasPrefix("/") ? String(path) : "/" + path
    }
}
