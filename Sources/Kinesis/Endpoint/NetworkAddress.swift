/// An IP address, as far as it matters who may be behind it.
struct NetworkAddress: Hashable {
    /// Sixteen bytes; an IPv4 address stands in its mapped form.
    let bytes: [UInt8]

    /// Four decimal numbers without leading zeros; nil for anything else.
    init?(ipv4 text: some StringProtocol) {
        guard let octets = Self.octets(text) else { return nil }
        bytes = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + octets
    }

    /// The forms of RFC 4291 section 2.2, without a zone; nil for anything else.
    init?(ipv6 text: some StringProtocol) {
        let halves = String(text).split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2, let head = Self.groups(halves[0]) else { return nil }
        if halves.count == 1 {
            guard head.count == 16 else { return nil }
            bytes = head
        } else {
            guard let tail = Self.groups(halves[1]), head.count + tail.count <= 14 else { return nil }
            bytes = head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
        }
    }

    private var ipv4: ArraySlice<UInt8>? {
        bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF ? bytes[12...] : nil
    }

    /// 127.0.0.0/8 and ::1.
    var isLoopback: Bool {
        if let ipv4 { return ipv4.first == 127 }
        return bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    /// 169.254.0.0/16, fe80::/10, and fd00:ec2::/32, where EC2 serves instance metadata over IPv6.
    var isLinkLocal: Bool {
        if let ipv4 { return ipv4.starts(with: [169, 254]) }
        return bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80 || bytes.starts(with: [0xFD, 0x00, 0x0E, 0xC2])
    }

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

    private static func groups(_ text: some StringProtocol) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, let octets = octets(part) {
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
