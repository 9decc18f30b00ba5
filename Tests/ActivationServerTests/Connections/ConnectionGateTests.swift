import Logging
import NIOCore
import NIOPosix
import Testing

@testable import ActivationServer

struct ConnectionGateTests {
    private static func gate(
        _ limits: ConnectionLimits,
        metrics: ConnectionMetrics = ConnectionMetrics()
    ) -> ConnectionGate {
        ConnectionGate(limits: limits, metrics: metrics, logger: Logger(label: "test"))
    }

    private static func limits(_ total: Int, perAddress: Int) -> ConnectionLimits {
        var limits = ConnectionLimits(descriptors: 1_024)
        limits.total = total
        limits.perAddress = perAddress
        return limits
    }

    private static func sender(_ address: String) throws -> SenderNetwork {
        SenderNetwork(try SocketAddress(ipAddress: address, port: 1))
    }

    @Test(arguments: [(128, 64, 16), (1_024, 736, 184), (4_096, 3_040, 760), (1_048_576, 4_096, 1_024)])
    func `clients get three quarters at most, an address a quarter of that`(
        descriptors: Int,
        total: Int,
        perAddress: Int
    ) {
        let limits = ConnectionLimits(descriptors: descriptors)

        #expect(limits.total == total)
        #expect(limits.perAddress == perAddress)
        #expect(limits.total + ConnectionLimits.refusalsMax <= descriptors / 4 * 3)
    }

    @Test(arguments: [(128, 8), (200, 18), (1_024, 128), (4_096, 512), (1_048_576, 1_024)])
    func `destinations get half of what is not for clients`(descriptors: Int, destinations: Int) {
        #expect(ConnectionLimits(descriptors: descriptors).destinations == destinations)
    }

    @Test func `what an owner sets for an address holds, up to the whole`() {
        #expect(ConnectionLimits(descriptors: 1_024, perAddress: 5).perAddress == 5)
        #expect(ConnectionLimits(descriptors: 1_024, perAddress: .max).perAddress == 736)
    }

    @Test func `an address has its bound and others come in beside it`() throws {
        let (a, b, c) = try (Self.sender("192.0.2.1"), Self.sender("192.0.2.2"), Self.sender("192.0.2.3"))
        let gate = ConnectionGateTests.gate(ConnectionGateTests.limits(3, perAddress: 2))

        #expect(gate.enter(a) == .served)
        #expect(gate.enter(a) == .served)
        #expect(gate.enter(a) == .refused(.address))
        #expect(gate.enter(b) == .served)
        #expect(gate.enter(c) == .refused(.total))
        gate.leave(a)
        #expect(gate.enter(c) == .served)
    }

    @Test func `a sender does not pass the bound with the other addresses of its network`() throws {
        let gate = ConnectionGateTests.gate(ConnectionGateTests.limits(9, perAddress: 2))

        #expect(try gate.enter(Self.sender("2001:db8:1:2::1")) == .served)
        #expect(try gate.enter(Self.sender("2001:db8:1:2:ffff::2")) == .served)
        #expect(try gate.enter(Self.sender("2001:db8:1:2::3")) == .refused(.address))
        #expect(try gate.enter(Self.sender("2001:db8:1:3::1")) == .served)
        try gate.leave(Self.sender("2001:db8:1:2::9"))
        #expect(try gate.enter(Self.sender("2001:db8:1:2::3")) == .served)
    }

    @Test func `an address of IPv4 is one sender, also on a socket of both families`() throws {
        #expect(try Self.sender("192.0.2.1") == Self.sender("::ffff:192.0.2.1"))
        #expect(try Self.sender("192.0.2.1") != Self.sender("192.0.2.2"))
        #expect(try Self.sender("::ffff:192.0.2.1") != Self.sender("::ffff:192.0.2.2"))
    }

    @Test func `only so many are refused in words at a time`() throws {
        let (a, b) = try (Self.sender("192.0.2.1"), Self.sender("192.0.2.2"))
        let metrics = ConnectionMetrics()
        let gate = ConnectionGateTests.gate(ConnectionGateTests.limits(1, perAddress: 1), metrics: metrics)
        #expect(gate.enter(a) == .served)

        for _ in 0..<ConnectionLimits.refusalsMax { #expect(gate.enter(b) == .refused(.total)) }
        #expect(gate.enter(b) == .cutOff(.total))
        gate.leaveRefused()
        #expect(gate.enter(b) == .refused(.total))

        #expect(metrics.lines.contains("headwater_connections_open 1"))
        let refused = ConnectionLimits.refusalsMax + 2
        #expect(metrics.lines.contains("headwater_connections_refused_total{bound=\"total\"} \(refused)"))
    }

    @Test func `a shortage is said once when it begins and once when it is over`() {
        let book = LogBook()
        let gate = ConnectionGate(
            limits: ConnectionGateTests.limits(1, perAddress: 1),
            metrics: ConnectionMetrics(),
            logger: book.logger
        )
        let loop = MultiThreadedEventLoopGroup.singleton.next()

        for _ in 0..<5 { gate.sayRefused(.total, on: loop) }
        let isOverAtOnce = gate.sayCalm()
        let isOverLater = gate.sayCalm()

        #expect(!isOverAtOnce)
        #expect(isOverLater)
        #expect(book.lines.count == 2)
        #expect(book.lines.first?.contains("Clients are refused") == true)
        #expect(book.lines.last?.contains("Clients are let in again") == true)
        #expect(book.lines.last?.contains("\"refused\": 5") == true)
    }
}
