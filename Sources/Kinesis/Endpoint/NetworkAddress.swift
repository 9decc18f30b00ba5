import NIOCore

/// An IP address, as far as it matters who may be behind it.
package struct NetworkAddress: Hashable {
    /// Sixteen bytes; an IPv4 address stands in its mapped form.
    package let bytes: [UInt8]

    /// Four decimal numbers without leading zeros; nil for anything else.
    package init?(ipv4 text: some StringProtocol) {
        guard let octets = Self.octets(text) else { return nil }
        bytes = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + octets
    }

    /// The forms of RFC 4291 section 2.2, without a zone; nil for anything else.
    package init?(ipv6 text: some StringProtocol) {
        let halves = String(text).split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        // Only the very end may be written in dotted decimals.
        guard halves.count <= 2, let head = Self.groups(halves[0], mayEndDotted: halves.count == 1) else { return nil }
        if halves.count == 1 {
            guard head.count == 16 else { return nil }
            bytes = head
        } else {
            guard let tail = Self.groups(halves[1], mayEndDotted: true), head.count + tail.count <= 14 else {
                return nil
            }
            bytes = head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
        }
    }

    /// The address of a socket; nil for one that has none, such as a Unix domain socket.
    init?(_ socket: SocketAddress?) {
        guard let text = socket?.ipAddress, let address = NetworkAddress(ipv4: text) ?? NetworkAddress(ipv6: text)
        else {
            return nil
        }
        self = address
    }

    /// 127.0.0.0/8 and ::1, also in the mapped form, which the system takes as the same.
    var isLoopback: Bool { reach == .loopback }

    private static func octets(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var octets: [UInt8] = []
        for part in parts {
            guard part.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), part.utf8.count == 1 || part.first != "0",
                let octet = UInt8(part)
            else { return nil }
            octets.append(octet)
        }
        return octets
    }

    private static func groups(_ text: some StringProtocol, mayEndDotted: Bool) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if mayEndDotted, index == parts.count - 1, let octets = octets(part) {
                bytes += octets
                continue
            }
            guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit), let group = UInt16(part, radix: 16)
            else { return nil }
            bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
        }
        return bytes
    }
}
