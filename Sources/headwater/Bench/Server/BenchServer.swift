import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import Synchronization

/// This very program as a server of its own, for measurements that stop or kill it.
final class BenchServer: Sendable {
    private let child: Mutex<ServerChild>
    private let port: Int
    private let data: String

    /// Creates a server that does not run yet.
    ///
    /// - Parameter directory: Where its store and its log come to be.
    /// - Throws: When no port is free.
    init(in directory: String) throws(CommandFailure) {
        port = try Self.freePort()
        let child = ServerChild(binary: try Self.binary, directory: directory, port: port)
        data = child.data
        self.child = Mutex(child)
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Bytes of memory that it has; 0 when it does not run.
    var residentBytes: Int64 { child.withLock { $0.residentBytes } }

    /// Starts it and waits until it takes messages.
    ///
    /// - Returns: How long that took.
    /// - Throws: When it is not ready after a minute.
    @discardableResult
    func start(_ http: HTTPClient) async throws(CommandFailure) -> Duration {
        let begun = ContinuousClock.now
        try child.withLock { child throws(CommandFailure) in try child.start() }
        while !(await isReady(http)) {
            guard begun.duration(to: .now) < .seconds(60) else {
                throw CommandFailure(.unavailable, "the server is not ready after a minute; its log says why")
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return begun.duration(to: .now)
    }

    private func isReady(_ http: HTTPClient) async -> Bool {
        let request = HTTPClientRequest(url: "\(url)/ready")
        return (try? await http.execute(request, timeout: .seconds(2)))?.status == .ok
    }

    /// Ends it at once, as a power failure would.
    func kill() {
        child.withLock { $0.kill() }
    }

    /// Ends it in good order.
    ///
    /// - Returns: Whether it ended with status 0.
    @discardableResult
    func stop() -> Bool { child.withLock { $0.stop() } }

    /// A client with the administrator's credential, once the server has started for the first time.
    func client(over http: HTTPClient) throws(CommandFailure) -> ServerClient {
        ServerClient(http: http, credentials: try ServerCredentials(directory: data, endpoint: url))
    }

    /// The program that runs.
    private static var binary: String {
        get throws(CommandFailure) {
            var path = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let count = path.withUnsafeMutableBytes { buffer -> Int in
                guard let start = buffer.baseAddress else { return 0 }
                return readlink("/proc/self/exe", start.assumingMemoryBound(to: CChar.self), buffer.count)
            }
            guard count > 0 else { throw CommandFailure(.unavailable, "cannot tell where this program is") }
            return String(decoding: path.prefix(count), as: UTF8.self)
        }
    }

    /// A port of loopback that nobody listens on now.
    private static func freePort() throws(CommandFailure) -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
            }
        }
        guard isBound else {
            throw CommandFailure(.unavailable, "no port of loopback is free: \(String(cString: strerror(errno)))")
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
