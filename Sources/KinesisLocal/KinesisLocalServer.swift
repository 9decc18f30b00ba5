import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
public import ServiceLifecycle
import Synchronization

/// An endpoint on this machine that answers like Amazon Kinesis Data Streams, for demos, tests and consumers' builds.
///
/// Streams live in memory. Besides the service's operations it answers `GET /_stats`, `GET /_traces`, `GET /_verify`, and `GET` and `PUT` of
/// `/_faults` and `/_scenario` in JSON, unsigned.
public final class KinesisLocalServer: Service {
    /// Where the server is in its life.
    private enum Phase {
        /// Made; goes to `starting`.
        case idle
        /// Binds its port; goes to `running`, or back to `idle` when that fails.
        case starting
        /// Answers on a port; goes to `stopped`.
        case running(any Channel, port: Int)
        /// Is over.
        case stopped
    }

    private let configuration: Configuration
    private let router: RequestRouter
    private let connections = ConnectionSet()
    private let clock: @Sendable () -> Int64
    private let phase = Mutex(Phase.idle)
    private let logger: Logger

    /// Makes an endpoint that does not listen yet.
    ///
    /// - Parameters:
    ///   - configuration: What it is like.
    ///   - clock: Epoch milliseconds; the system's clock unless a test brings its own.
    public convenience init(
        configuration: Configuration = Configuration(),
        clock: @escaping @Sendable () -> Int64 = WallClock.milliseconds
    ) {
        self.init(configuration: configuration, clock: clock, logger: Logger(label: "headwater.kinesis-local"))
    }

    init(configuration: Configuration, clock: @escaping @Sendable () -> Int64, logger: Logger) {
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        router = RequestRouter(KinesisService(configuration))
    }

    // MARK: Life

    /// Listens, and makes the configured streams.
    ///
    /// - Returns: The port.
    /// - Throws: `KinesisLocalError` if the address cannot be listened on, the endpoint was started before, or a
    ///   configured stream cannot be made.
    @discardableResult
    public func start() async throws -> Int {
        try phase.withLock { phase throws(KinesisLocalError) in
            guard case .idle = phase else { throw KinesisLocalError.startedBefore }
            phase = .starting
        }
        do {
            for name in configuration.streams { try createStream(name) }
            play(configuration.scenario)
            let channel = try await bind()
            let port = channel.localAddress?.port ?? configuration.port
            phase.withLock { $0 = .running(channel, port: port) }
            logger.info("Kinesis endpoint listens", metadata: ["host": "\(configuration.host)", "port": "\(port)"])
            return port
        } catch {
            phase.withLock { $0 = .idle }
            throw error
        }
    }

    private func bind() async throws -> any Channel {
        let (router, connections, clock) = (router, connections, clock)
        let tls = configuration.certificate?.context
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Requests of a megabyte stall on loopback with the usual buffer; accepted sockets inherit this one.
            .serverChannelOption(.socketOption(.so_rcvbuf), value: 4 * 1024 * 1024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 16 * 1024, initial: 64 * 1024, maximum: 1024 * 1024)
            )
            .childChannelInitializer { channel in
                guard connections.insert(channel) else { return channel.close() }
                return channel.eventLoop.makeCompletedFuture {
                    router.service.advance(now: clock())
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(ReadPacer(router.service.dice))
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(ProtocolSelector(router: router, clock: clock))
                }
            }
        do {
            return try await bootstrap.bind(host: configuration.host, port: configuration.port).get()
        } catch {
            throw KinesisLocalError.cannotListen(host: configuration.host, port: configuration.port, underlying: error)
        }
    }

    /// Stops listening and closes every connection; a second call does nothing.
    public func shutdown() async {
        let channel: (any Channel)? = phase.withLock { phase in
            defer { phase = .stopped }
            if case .running(let channel, _) = phase { return channel }
            return nil
        }
        // A channel that is closed already is what is wanted.
        try? await channel?.close()
        await connections.closeAll()
    }

    /// Listens, if `start` has not been called, until the task is cancelled or the service group shuts down.
    public func run() async throws {
        if port == nil { try await start() }
        // Either way out is a request to stop.
        try? await gracefulShutdown()
        await shutdown()
    }

    /// The port while the endpoint listens.
    public var port: Int? {
        phase.withLock { phase in
            if case .running(_, let port) = phase { port } else { nil }
        }
    }

    /// `http://host:port`, or `https://` with a certificate, while the endpoint listens.
    public var endpoint: String? {
        port.map { port in
            let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
            return "\(configuration.certificate == nil ? "http" : "https")://\(host):\(port)"
        }
    }

    // MARK: Streams

    /// Makes a stream, as CreateStream does.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - shards: Its shards; the configured number by default.
    /// - Throws: `KinesisLocalError` if the name is taken or the shards are too many.
    public func createStream(_ name: String, shards: Int? = nil) throws(KinesisLocalError) {
        var validation = Validation()
        validation.name(name, "streamName")
        let count = shards ?? configuration.shardCount
        validation.range(Int64(count), 1...Int64(configuration.shardsMax), "shardCount")
        do throws(ServiceError) {
            try validation.check()
        } catch {
            throw KinesisLocalError.cannotCreateStream(name: name, reason: error.message)
        }
        let failure = router.service.registry.create(.init(name: name, shardCount: count), now: clock())
        if let failure { throw KinesisLocalError.cannotCreateStream(name: name, reason: failure.description) }
    }

    /// The records that a stream holds, shard by shard in the order of their arrival; empty for an unknown stream.
    public func records(ofStream name: String) -> [[LocalRecord]] {
        let cell = router.service.registry.cell(name, now: clock())
        return cell?.withState { stream in
            stream.map.all.map { shard in (0..<shard.records.count).map { LocalRecord(shard.records[$0], of: shard) } }
        } ?? []
    }

    /// How far the records of a stream were read.
    public struct ReadMark: Sendable {
        /// The index of the next record by shard.
        fileprivate var next: [Int: UInt64] = [:]

        /// The beginning.
        public init() {}
    }

    /// The records that have come to a stream since the last call with this mark, shard by shard, as far as they are still there.
    public func records(ofStream name: String, after mark: inout ReadMark) -> [LocalRecord] {
        let read = mark
        let found = router.service.registry.cell(name, now: clock())?.withState { stream in
            var (records, mark) = ([LocalRecord](), read)
            for shard in stream.map.all {
                // A mark of a stream that was deleted may lie behind the end of its namesake.
                let first = min(max(mark.next[shard.index] ?? 0, shard.firstIndex), shard.endIndex)
                for index in first..<shard.endIndex {
                    records.append(LocalRecord(shard.records[Int(index - shard.firstIndex)], of: shard))
                }
                mark.next[shard.index] = shard.endIndex
            }
            return (records, mark)
        }
        guard let found else { return [] }
        mark = found.1
        return found.0
    }

    // MARK: Checks and faults

    /// What the endpoint has done since it started.
    public var statistics: Statistics { router.inspection.statistics(now: clock()) }

    /// The last 1,000 requests that came with a `traceparent` header, in their order.
    public var tracedRequests: [TracedRequest] { router.inspection.tracedRequests }

    /// What is known of the order in which marked records reached a stream; nil for an unknown stream.
    ///
    /// A marker is `~k=<integer>;s=<integer from 1>~` in the first 100 bytes of a record.
    public func verification(ofStream name: String) -> Verification? {
        router.service.registry.cell(name, now: clock())?.withState(\.ledger.verification)
    }

    /// Starts a scenario now, in place of the one that is playing.
    public func play(_ scenario: Scenario) {
        router.service.player.start(scenario, now: clock())
    }

    /// The faults in force; they can be changed at any time.
    public var faults: Faults {
        get { router.service.dice.faults }
        set { router.service.dice.faults = newValue }
    }
}
