/// The parts of a connection URL: a scheme, a host and perhaps a port.
struct EndpointURL {
    let isSecure: Bool
    /// Lower case; an IPv6 address without its brackets.
    let host: String
    let port: Int?
    let address: NetworkAddress?

    /// Host and port as the `Host` header has them.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        guard let port, port != (isSecure ? 443 : 80) else { return name }
        return "\(name):\(port)"
    }

    /// The URL says that it means this machine.
    var isLoopback: Bool {
        address?.isLoopback ?? (host == "localhost" || host.hasSuffix(".localhost"))
    }

    /// The URL without a path.
    var text: String { "\(isSecure ? "https" : "http")://\(authority)" }

    init(_ url: String) throws(KinesisError) {
        func refused(_ found: String) -> KinesisError {
            KinesisError(
                .invalidEndpoint,
                "the connection URL \(found); give scheme and host alone, such as https://kinesis.eu-west-1.amazonaws.com"
            )
        }
        // No message repeats the text: what stands before an @ or after the host may be a password.
        guard !url.contains("@") else { throw refused("holds a user name") }
        let lowercased = url.lowercased()
        let rest: Substring
        if lowercased.hasPrefix("https://") {
            isSecure = true
            rest = lowercased.dropFirst(8)
        } else if lowercased.hasPrefix("http://") {
            isSecure = false
            rest = lowercased.dropFirst(7)
        } else {
            throw refused("does not start with https:// or http://")
        }
        let hostAndPort = rest.hasSuffix("/") ? rest.dropLast() : rest
        guard hostAndPort.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw refused("holds characters that a URL cannot have")
        }
        guard !(hostAndPort.hasPrefix("[") && hostAndPort.contains("%")) else {
            throw refused("names a zone of this machine after its %, which only link-local addresses have")
        }
        guard !hostAndPort.contains(where: { "/?#\\%".contains($0) }) else {
            throw refused("has a path, a query or escapes")
        }

        let portText: Substring?
        if hostAndPort.hasPrefix("[") {
            guard let end = hostAndPort.firstIndex(of: "]") else { throw refused("has an unclosed bracket") }
            let inside = hostAndPort[hostAndPort.index(after: hostAndPort.startIndex)..<end]
            let after = hostAndPort[hostAndPort.index(after: end)...]
            guard let parsed = NetworkAddress(ipv6: inside) else {
                throw refused("has no IPv6 address in its brackets")
            }
            guard after.isEmpty || after.hasPrefix(":") else { throw refused("has text after the bracket") }
            host = String(inside)
            address = parsed
            portText = after.isEmpty ? nil : after.dropFirst()
        } else {
            let pieces = hostAndPort.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(pieces.first ?? "")
            address = NetworkAddress(ipv4: name)
            guard address != nil || Self.isHostName(name) else { throw refused("has no host name or address") }
            host = name
            portText = pieces.count > 1 ? pieces[1] : nil
        }
        if let portText {
            guard portText.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = Int(portText),
                (1...65535).contains(number)
            else { throw refused("has no port number from 1 to 65535 after its colon") }
            port = number
        } else {
            port = nil
        }
    }

    /// Refuses addresses that must not be reached, and plain HTTP to other machines.
    func checkAddress(allowsInsecure: Bool) throws(KinesisError) {
        if let address, address.reach == .forbidden {
            throw KinesisError(
                .forbiddenEndpoint,
                "connection URL \"\(text)\" is link-local, serves instance metadata or is no machine's address; "
                    + "give another host"
            )
        }
        if !isSecure && !isLoopback && !allowsInsecure {
            throw KinesisError(
                .insecureEndpoint,
                "connection URL \"\(text)\" is plain HTTP to another machine; use https or allow insecure endpoints"
            )
        }
    }

    /// Labels of letters, digits, hyphens and underscores.
    ///
    /// A last label that is a number is refused, because resolvers read such names as addresses in notations that would slip
    /// past the address checks.
    private static func isHostName(_ name: String) -> Bool {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, let last = labels.last, !last.isEmpty else { return false }
        let areLabels = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                        UInt8(ascii: "-"), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }
        let isNumber = last.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } || last.hasPrefix("0x")
        return areLabels && !isNumber
    }
}
