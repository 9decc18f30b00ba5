import AsyncHTTPClient

/// The proxy through which requests leave a closed network; named by who runs the process, never by a client of it.
///
/// It is asked for tunnels (`CONNECT`) alone, so that it sees neither requests nor keys. To hosts of AWS, whose names nobody
/// else has in hand, it is asked by name and looks that up itself; to any other host by an address that was judged here
/// before, so that it goes exactly there.
public struct OutgoingProxy: Sendable {
    private let host: String
    private let port: Int
    private let user: (name: String, password: String)?
    private let exceptions: [String]

    /// Reads what environments say of proxies.
    ///
    /// - Parameters:
    ///   - url: `http://proxy.example:3128`, with `user:password@` before the host where it asks for them.
    ///   - exceptions: As in `NO_PROXY`: hosts, or domains with or without a dot before them, by commas; `*` is all.
    /// - Throws: ``KinesisError`` with `invalidEndpoint`; no password.
    public init(url: String, exceptions: String = "") throws(KinesisError) {
        func refused(_ found: String) -> KinesisError {
            KinesisError(.invalidEndpoint, "the proxy's URL \(found); it looks like http://proxy.example:3128")
        }
        var text = url
        if let at = text.lastIndex(of: "@") {
            guard let start = text.firstRange(of: "://")?.upperBound, start < at,
                let found = Self.user(text[start..<at])
            else { throw refused("has something else than user:password before its @") }
            text.removeSubrange(start...at)
            user = found
        } else {
            user = nil
        }
        guard let parts = try? EndpointURL(text), !parts.isSecure else {
            throw refused("is not http:// with a host, a port and nothing more")
        }
        host = parts.host
        port = parts.port ?? 80
        self.exceptions = exceptions.lowercased().split(separator: ",").map { entry in
            let name = entry.trimmed
            return name.hasPrefix(".") ? String(name.dropFirst()) : name
        }
    }

    /// Whether requests to an endpoint go through it: not those to this machine, and not those to exceptions.
    public func isUsed(for endpoint: KinesisEndpoint) -> Bool {
        guard endpoint.peers != .thisMachine, !endpoint.isLoopback else { return false }
        return !exceptions.contains { name in
            name == "*" || endpoint.host == name || !name.isEmpty && endpoint.host.hasSuffix(".\(name)")
        }
    }

    /// The setting of a client.
    var setting: HTTPClient.Configuration.Proxy {
        .server(
            host: host,
            port: port,
            authorization: user.map { .basic(username: $0.name, password: $0.password) }
        )
    }

    private static func user(_ text: Substring) -> (name: String, password: String)? {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let name = decoded(parts[0]), let password = decoded(parts[1]) else { return nil }
        return (name, password)
    }

    /// The text that a part of a URL stands for; nil for what stands for none.
    private static func decoded(_ part: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = part.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            rest.removeFirst(2)
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension KinesisEndpoint {
    /// The host says that it is this machine.
    var isLoopback: Bool {
        NetworkAddress(ipv4: host)?.isLoopback ?? NetworkAddress(ipv6: host)?.isLoopback
            ?? (host == "localhost" || host.hasSuffix(".localhost"))
    }

    /// The name is AWS's own: nobody else decides where it leads.
    var isOfAWS: Bool { AWSRegion.isHost(host) }
}
