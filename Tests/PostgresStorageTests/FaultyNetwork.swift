#if PostgreSQL
import Foundation
import Synchronization
import Testing

@testable import PostgresStorage

/// Stands between a storage and its server on this machine, and does on demand to connections what networks do.
final class FaultyNetwork: Sendable {
    /// What becomes of a COMMIT.
    enum Fault {
        /// Nothing.
        case none
        /// The server never gets it, and the client no answer: the connection ends.
        case cutBeforeCommit
        /// The server does it, and the client gets no answer: the connection ends.
        case cutAfterCommit
        /// The server does it, and the client gets no answer nor anything more: the connection stays.
        case silentAfterCommit
    }

    private struct State {
        var fault = Fault.none
        var sockets: [Int32] = []
        var isClosed = false
    }

    private let listener: Int32
    private let serverPort: UInt16
    /// Where storages connect to.
    let port: UInt16
    private let state = Mutex(State())

    /// A network before the server of some options, with options of a storage behind it.
    static func standing(before options: PostgresOptions) throws -> (options: PostgresOptions, network: FaultyNetwork) {
        var url = try #require(URLComponents(string: options.url))
        let network = try FaultyNetwork(serverPort: UInt16(try #require(url.port)))
        url.port = Int(network.port)
        var options = options
        options.url = try #require(url.string)
        return (options, network)
    }

    init(serverPort: UInt16) throws {
        self.serverPort = serverPort
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(0)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard listener >= 0, isBound, listen(listener, 16) == 0 else { throw POSIXError(.EADDRINUSE) }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
        }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0, !state.withLock({ $0.isClosed }) else { return }
                join(client)
            }
        }
    }

    /// What becomes of the next COMMIT, of whichever connection; then all is well again.
    func failNextCommit(_ fault: Fault) { state.withLock { $0.fault = fault } }

    /// Ends all connections.
    func cut() {
        let sockets = state.withLock { state in
            defer { state.sockets = [] }
            return state.sockets
        }
        for socket in sockets { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    /// Ends everything.
    func close() {
        state.withLock { $0.isClosed = true }
        cut()
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private func join(_ client: Int32) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(serverPort)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            shutdown(client, Int32(SHUT_RDWR))
            return
        }
        state.withLock { $0.sockets += [client, server] }
        // Set once the connection's COMMIT is on its way and its answer is not to arrive.
        let fate = Mutex(Fault.none)
        Thread.detachNewThread { [self] in
            forward(from: client, to: server) { bytes in
                guard bytes.contains(Self.commit) else { return true }
                let fault = state.withLock { state in
                    defer { state.fault = .none }
                    return state.fault
                }
                if fault != .none { fate.withLock { $0 = fault } }
                return fault != .cutBeforeCommit
            }
            for socket in [client, server] { shutdown(socket, Int32(SHUT_RDWR)) }
        }
        Thread.detachNewThread { [self] in
            forward(from: server, to: client, carries: { fate.withLock { $0 } != .silentAfterCommit }) { _ in
                fate.withLock { $0 } != .cutAfterCommit
            }
            for socket in [client, server] { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// A Bind of the prepared statement by which storages commit.
    private static let commit = [0] + Array("commit".utf8) + [0]

    private func forward(
        from source: Int32,
        to target: Int32,
        carries: () -> Bool = { true },
        _ mayGo: ([UInt8]) -> Bool
    ) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            let bytes = Array(buffer.prefix(count))
            guard mayGo(bytes) else { return }
            var sent = 0
            while carries(), sent < count {
                let some = bytes.withUnsafeBytes {
                    send(target, $0.baseAddress?.advanced(by: sent), count - sent, Int32(MSG_NOSIGNAL))
                }
                guard some > 0 else { return }
                sent += some
            }
        }
    }
}
#endif
