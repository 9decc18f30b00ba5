import NIOCore
import Testing

@testable import Kinesis

/// Who is behind an address, in every way to write it, and which rule lets a request go there.
@Suite struct PeerRuleTests {
    @Test(arguments: ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "0:0:0:0:0:0:0:1"])
    func `this machine is only where the URL says so, or everything is allowed`(_ text: String) throws {
        let address = try SocketAddress(ipAddress: text, port: 443)

        #expect(throws: Never.self) { try PeerRule.thisMachine.check(address) }
        #expect(throws: Never.self) { try PeerRule.anyMachine.check(address) }
        #expect(throws: ForbiddenPeer.self) { try PeerRule.otherMachines.check(address) }
    }

    @Test(arguments: [
        "52.94.1.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.100.100.201", "168.63.129.17",
        "223.255.255.255", "169.253.255.255", "169.255.0.1", "2600:1f18::1", "fd12:3456::1", "fd00:ec3::254", "fec0::1",
        "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "64:ff9b:1:a01:2:300::", "64:ff9b:1::10.1.2.3", "2002:a01:203::1",
        "2001:0:5ef5:79fb:0:59d:f5fe:fdfc", "2001:db8::5efe:10.1.2.3", "2001:1::1",
    ])
    func `other machines, private ones too, may be reached unless the URL says this machine`(_ text: String) throws {
        let address = try SocketAddress(ipAddress: text, port: 443)

        #expect(throws: Never.self) { try PeerRule.otherMachines.check(address) }
        #expect(throws: Never.self) { try PeerRule.anyMachine.check(address) }
        #expect(throws: ForbiddenPeer.self) { try PeerRule.thisMachine.check(address) }
    }

    @Test(arguments: [
        // Link-local, metadata, nobody.
        "169.254.0.1", "169.254.169.254", "169.254.170.23", "100.100.100.200", "168.63.129.16", "192.0.0.192",
        "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "255.255.255.255", "fe80::1", "febf::1", "fd00:ec2::254",
        "fd00:ec2::23", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "ff02::1", "::",
        // The same and this machine inside other addresses.
        "::ffff:169.254.169.254", "::ffff:0.0.0.0", "::169.254.169.254", "::127.0.0.1", "::ffff:0:169.254.169.254",
        "::ffff:0:127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::127.0.0.1", "64:ff9b::100.100.100.200",
        "64:ff9b::", "64:ff9b:1::169.254.169.254", "64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1:7f00:0:100::",
        "64:ff9b:1:a9:fe:a9fe::", "64:ff9b:1:ffff:a9:fea9:fe00:0", "2002:a9fe:a9fe::1", "2002:7f00:1::", "2002::1",
        "2001:0:a9fe:a9fe::", "2001:0:5ef5:79fb:0:0:5601:5601", "2001:0:5ef5:79fb:0:0:80ff:fffe",
        "2001:db8::5efe:169.254.169.254", "2001:db8::200:5efe:127.0.0.1", "fe80::5efe:10.1.2.3",
    ])
    func `what must not be reached is refused by every rule`(_ text: String) throws {
        let address = try SocketAddress(ipAddress: text, port: 443)

        for rule in PeerRule.allCases {
            #expect(throws: ForbiddenPeer.self, "\(rule)") { try rule.check(address) }
        }
    }

    @Test func `addresses are read as the system reads them`() throws {
        let seed = UInt64.random(in: 0..<1 << 40)
        print("address seed \(seed)")
        var random = SplitMix64(seed: seed)
        let pieces = [
            "0", "1", "a9fe", "ffff", "64", "ff9b", "12345", "g", ":", ":", ":", "::", "1.2.3.4", "169.254.1.1", ".",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            let system = try? SocketAddress(ipAddress: text, port: 0)
            let isIPv6 = system?.protocol == .inet6

            #expect((NetworkAddress(ipv6: text) != nil) == isIPv6, "seed \(seed): \(text)")
            if isIPv6 { #expect(NetworkAddress(ipv6: text) == NetworkAddress(system), "seed \(seed): \(text)") }
        }
    }

    @Test func `an end without an address is refused`() throws {
        for rule in PeerRule.allCases {
            #expect(throws: ForbiddenPeer.self) { try rule.check(nil) }
            #expect(throws: ForbiddenPeer.self) { try rule.check(SocketAddress(unixDomainSocketPath: "/tmp/s")) }
        }
    }

    @Test(
        arguments: [
            ("https://kinesis.example", false, PeerRule.otherMachines), ("https://10.1.2.3", false, .otherMachines),
            ("http://localhost:4567", false, .thisMachine), ("https://127.0.0.1", false, .thisMachine),
            ("http://[::1]:4567", false, .thisMachine), ("http://a.localhost", false, .thisMachine),
            ("http://kinesis.example", true, .anyMachine), ("http://localhost", true, .anyMachine),
            (nil, false, .otherMachines), (nil, true, .anyMachine),
        ] as [(String?, Bool, PeerRule)]
    )
    func `the URL decides the rule`(_ url: String?, _ allowsInsecure: Bool, _ rule: PeerRule) throws {
        let endpoint = try KinesisEndpoint.resolve(
            connectionURL: url,
            baseRegion: "eu-west-1",
            targetRegion: nil,
            allowsInsecure: allowsInsecure
        )

        #expect(endpoint.peers == rule)
    }
}
