import ActivationEngine
import HTTPTypes
import Hummingbird
import NIOCore

/// The address that a request came from.
struct SenderAddress: Sendable {
    /// The address; nil = it is not known.
    let address: SocketAddress?

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
        self.address = forwarded.flatMap { Self.address($0) } ?? address
    }

    /// The address as people write it; an IPv4 sender on a socket of both families as IPv4.
    var text: String? {
        guard let text = address?.ipAddress else { return nil }
        let mapped = "::ffff:"
        return text.lowercased().hasPrefix(mapped) && text.contains(".") ? String(text.dropFirst(mapped.count)) : text
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
