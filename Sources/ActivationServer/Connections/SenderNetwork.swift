import Glibc
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
        self.init(SenderAddress(request, address: address, isBehindProxy: isBehindProxy).address)
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
}
