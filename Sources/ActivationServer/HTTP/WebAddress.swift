import Glibc

/// An absolute `http` or `https` URL, taken apart and spelled as browsers spell it (the URL standard's serialisation).
///
/// Letters of the host are small, and the port is left out where it is the scheme's own.
struct WebAddress {
    /// Scheme, host and port, as a browser names a page's origin.
    var origin: String
    /// Whether a user name or password stands before the host.
    var hasUser: Bool
    /// Path, query and fragment.
    var rest: Substring

    /// Reads a URL; nil when it is none, or has a host that no browser knows by this spelling.
    init?(_ text: String) {
        let schemes = [("https://", UInt16(443)), ("http://", 80)]
        guard let (scheme, usualPort) = schemes.first(where: { text.lowercased().hasPrefix($0.0) }) else { return nil }
        let afterScheme = text.dropFirst(scheme.count)
        let end = afterScheme.firstIndex { "/?#".contains($0) } ?? afterScheme.endIndex
        rest = afterScheme[end...]
        let authority = afterScheme[..<end]
        let afterUser = authority.lastIndex(of: "@").map { authority.index(after: $0) }
        hasUser = afterUser != nil
        let place = authority[(afterUser ?? authority.startIndex)...]
        guard place.isHostAndPort else { return nil }
        let hostEnd = place.firstIndex(of: "]").map { place.index(after: $0) } ?? place.firstIndex(of: ":")
        guard let host = WebAddress.host(place[..<(hostEnd ?? place.endIndex)]) else { return nil }
        let port = hostEnd.flatMap { UInt16(place[$0...].dropFirst()) }
        origin = scheme + host + (port.map { $0 == usualPort ? "" : ":\($0)" } ?? "")
    }

    /// A host in the one spelling that browsers have for it; nil when it has none.
    private static func host(_ text: Substring) -> String? {
        if text.first == "[" {
            var address = [UInt8](repeating: 0, count: 16)
            var spelling = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            guard inet_pton(AF_INET6, String(text.dropFirst().dropLast()), &address) == 1,
                inet_ntop(AF_INET6, &address, &spelling, socklen_t(spelling.count)) != nil
            else { return nil }
            return "[\(String(decoding: spelling.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))]"
        }
        let name = text.lowercased()
        guard name.utf8.allSatisfy({ $0.isLetterOrDigit || "-_.".utf8.contains($0) }) else { return nil }
        // What ends in a number is an IPv4 address, which browsers spell as four decimal numbers.
        let last = name.split(separator: ".").last ?? ""
        guard last.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return name }
        var address = [UInt8](repeating: 0, count: 4)
        return inet_pton(AF_INET, name, &address) == 1 ? name : nil
    }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
