/// Why an endpoint could not be started or set up.
public struct KinesisLocalError: Error, CustomStringConvertible {
    /// What went wrong; new codes may be added.
    public struct Code: Hashable, Sendable {
        private let name: String

        /// The address cannot be listened on.
        public static let cannotListen = Code(name: "cannotListen")
        /// The endpoint was started before; make a new one.
        public static let startedBefore = Code(name: "startedBefore")
        /// A scenario is not what it must be.
        public static let unreadableScenario = Code(name: "unreadableScenario")
        /// A certificate or its key cannot be read or made, or they do not belong together.
        public static let unusableCertificate = Code(name: "unusableCertificate")
        /// A stream cannot be made.
        public static let cannotCreateStream = Code(name: "cannotCreateStream")
    }

    /// What went wrong.
    public var code: Code
    /// What was tried, what was found and what to do.
    public var message: String
    /// The error beneath, if any.
    public var underlying: (any Error)?

    /// The message.
    public var description: String { message }

    static func cannotListen(host: String, port: Int, underlying: any Error) -> KinesisLocalError {
        KinesisLocalError(
            code: .cannotListen,
            message: "Cannot listen on \(host):\(port): \(underlying). Choose another port, or 0 for a free one.",
            underlying: underlying
        )
    }

    static let startedBefore = KinesisLocalError(
        code: .startedBefore,
        message: "This endpoint was started before; make a new one to start again."
    )

    static func cannotCreateStream(name: String, reason: String) -> KinesisLocalError {
        KinesisLocalError(code: .cannotCreateStream, message: "Cannot create stream \(name): \(reason)")
    }
}

extension StreamRegistry.CreationFailure: CustomStringConvertible {
    var description: String {
        switch self {
        case .exists: "a stream of that name exists; choose another name."
        case .shardLimit(let current): "the endpoint has \(current) shards already; raise its limit or use fewer."
        case .onDemandLimit(let current): "the endpoint has \(current) on-demand streams already; delete one."
        }
    }
}
