extension Substring {
    /// Whether this is a host's name or address with or without a port, as a URL names it (RFC 3986, section 3.2).
    ///
    /// Names are not asked to be DNS names; they have no comma, for with one a list of hosts was made one value.
    var isHostAndPort: Bool {
        let host: Substring.UTF8View
        let rest: Substring.UTF8View
        let text = utf8
        if text.first == UInt8(ascii: "[") {
            guard let close = text.firstIndex(of: UInt8(ascii: "]")) else { return false }
            host = text[..<close].dropFirst()
            rest = text[text.index(after: close)...]
            guard host.allSatisfy({ $0.hexDigit != nil || ":.".utf8.contains($0) }) else { return false }
        } else {
            let end = text.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
            host = text[..<end]
            rest = text[end...]
            guard host.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !#"/\?#@<>",[]"#.utf8.contains($0) }) else {
                return false
            }
        }
        guard !host.isEmpty else { return false }
        guard let colon = rest.first else { return true }
        let port = rest.dropFirst()
        let isNumber = port.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return colon == UInt8(ascii: ":") && isNumber && (port.isEmpty || UInt16(String(Substring(port))) != nil)
    }
}
