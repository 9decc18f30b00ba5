import Glibc
import HTTPTypes
import Hummingbird
import NIOCore

/// Where a client is, as connections and wrong secrets are counted by it: an IPv4 address, or the /64 of an IPv6 address, in
/// which one sender has as many addresses as it likes.
struct SenderNetwork: Hashable, Sendable {
    private let bytes: [UInt8]

    /// The sender of a request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - address: The other end of its connection.
    ///   - isBehindProxy: Whether that end is a proxy, which writes the sender at the end of `X-Forwarded-For`.
    init(_ request: Request, address: SocketAddress?, isBehindProxy: Bool) {
        let name = isBehindProxy ? HTTPField.Name("x-forwarded-for") : nil
        let forwarded = name.flatMap { request.headers[values: $0].last?.split(separator: ",").last }
        // A text that is no address tells nothing about the sender.
        self.init(forwarded.flatMap { Self.address($0) } ?? address)
    }

    /// The sender at the other end of a connection; all whose address is unknown are one.
    init(_ address: SocketAddress?) {
        guard let text = address?.ipAddress else {
            bytes = []
            return
        }
        // By its text: the system's structures have members that this module cannot name.
        var all = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, text, &all) == 1 else {
            bytes = Array(text.utf8)
            return
        }
        // An IPv4 sender on a socket of both families.
        let isMapped = all.prefix(10).allSatisfy { $0 == 0 } && all[10] == 0xFF && all[11] == 0xFF
        bytes = isMapped ? Array(all.suffix(4).map(String.init).joined(separator: ".").utf8) : Array(all.prefix(8))
    }

    /// An address as proxies write it: alone, or with the port behind it.
    private static func address(_ text: Substring) -> SocketAddress? {
        var text = Substring(text.filter { $0 != " " })
        if text.first == "[" {
            text = text.dropFirst().prefix { $0 != "]" }
        } else if text.filter({ $0 == ":" }).count == 1 {
            text = text.prefix { $0 != ":" }
        }
        return try? SocketAddress(ipAddress: String(text), port: 0)
    }
}
