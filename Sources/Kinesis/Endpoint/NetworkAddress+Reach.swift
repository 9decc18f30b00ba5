extension NetworkAddress {
    /// Who may be behind an address.
    enum Reach: Hashable {
        /// This machine.
        case loopback
        /// Some machine, public or private.
        case network
        /// Nobody to whom a request with a signature may go: neighbours without a name, services that hand out the
        /// machine's own credentials, no machine at all, or a detour to one of these or to this machine.
        case forbidden
    }

    /// Who may be behind the address.
    var reach: Reach {
        if let ipv4 { return Self.reach(ipv4) }
        if bytes.dropLast().allSatisfy({ $0 == 0 }), bytes[15] == 1 { return .loopback }
        let isLinkLocal = bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
        let isMulticast = bytes[0] == 0xFF
        if isLinkLocal || isMulticast || Self.metadata.contains(where: { bytes.starts(with: $0) }) { return .forbidden }
        return embedded.allSatisfy { Self.reach($0) == .network } ? .network : .forbidden
    }

    private var ipv4: ArraySlice<UInt8>? {
        bytes.starts(with: Self.mapped) ? bytes[12...] : nil
    }

    private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

    /// Prefixes of private-use IPv6 in which clouds serve instance metadata: EC2 (fd00:ec2::/32), Google (fd20:ce::/32)
    /// and Oracle (fd00:c1::/32).
    private static let metadata: [[UInt8]] = [
        [0xFD, 0x00, 0x0E, 0xC2], [0xFD, 0x20, 0x00, 0xCE], [0xFD, 0x00, 0x00, 0xC1],
    ]

    /// Addresses of IPv4 at which clouds serve instance metadata outside 169.254.0.0/16: Alibaba, Azure and Oracle.
    private static let metadataIPv4: [[UInt8]] = [[100, 100, 100, 200], [168, 63, 129, 16], [192, 0, 0, 192]]

    private static func reach(_ ipv4: some Collection<UInt8>) -> Reach {
        let octets = Array(ipv4)
        switch octets[0] {
        case 127: return .loopback
        // 0.0.0.0/8 is this machine too, as far as connecting goes; from 224 on there is no single machine.
        case 0, 224...: return .forbidden
        default: return octets.starts(with: [169, 254]) || metadataIPv4.contains(octets) ? .forbidden : .network
        }
    }

    /// The IPv4 addresses to which translators and tunnels would take packets to this one.
    private var embedded: [[UInt8]] {
        var found: [[UInt8]] = []
        // IPv4-compatible (::a.b.c.d), translated (::ffff:0:a.b.c.d) and the well-known NAT64 prefix (64:ff9b::/96).
        let wholePrefixes: [[UInt8]] = [
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0],
            [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0],
        ]
        if wholePrefixes.contains(where: { bytes.starts(with: $0) }) { found.append(Array(bytes[12...])) }
        // 64:ff9b:1::/48 is cut as each network likes; the layouts are those of RFC 6052 section 2.2.
        if bytes.starts(with: [0, 0x64, 0xFF, 0x9B, 0, 1]) {
            let layouts = [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], [12, 13, 14, 15]]
            found += layouts.map { layout in layout.map { bytes[$0] } }.filter { $0[0] != 0 }
        }
        // 6to4 (2002::/16).
        if bytes.starts(with: [0x20, 0x02]) { found.append(Array(bytes[2..<6])) }
        // Teredo (2001::/32) holds its server, and the client with every bit turned.
        if bytes.starts(with: [0x20, 0x01, 0, 0]) {
            found.append(Array(bytes[4..<8]))
            found.append(bytes[12...].map { ~$0 })
        }
        // ISATAP, under any prefix.
        if bytes[8..<12] == [0, 0, 0x5E, 0xFE] || bytes[8..<12] == [2, 0, 0x5E, 0xFE] {
            found.append(Array(bytes[12...]))
        }
        return found
    }
}
