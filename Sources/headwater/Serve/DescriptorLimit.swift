import ActivationServer
import Glibc
import Logging

/// How many files and connections the process may have open.
struct DescriptorLimit {
    /// What holds now.
    var current: Int
    /// What held when the process was started.
    var inherited: Int

    /// More than this is not asked for: some systems have no limit, and the kernel's tables grow with it.
    private static let currentMax = 65_536

    /// Raises the soft limit to the hard one.
    ///
    /// - Returns: The limits.
    /// - Throws: ``CommandFailure`` when they leave no room to work.
    static func raise() throws(CommandFailure) -> DescriptorLimit {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw CommandFailure(.software, "the limit of open files cannot be read: error \(errno)")
        }
        let inherited = count(limit.rlim_cur)
        var raised = limit
        raised.rlim_cur = min(limit.rlim_max, rlim_t(max(inherited, currentMax)))
        // Where it may not be raised, what there is has to do.
        let isRaised = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0
        let current = isRaised ? count(raised.rlim_cur) : inherited
        guard current >= ConnectionLimits.descriptorsMin else {
            throw CommandFailure(
                .badInput,
                "the process may open \(current) files and connections, and needs \(ConnectionLimits.descriptorsMin); "
                    + "raise the limit, such as with ulimit -n 4096"
            )
        }
        return DescriptorLimit(current: current, inherited: inherited)
    }

    /// Says how the descriptors are shared out.
    func log(_ connections: ConnectionLimits, to logger: Logger) {
        logger.info(
            "Descriptors",
            metadata: [
                "descriptors.max": "\(current)", "descriptors.inherited": "\(inherited)",
                "connections.max": "\(connections.total)", "connections.perAddress.max": "\(connections.perAddress)",
                "destinations.max": "\(connections.destinations)",
            ]
        )
    }

    private static func count(_ limit: rlim_t) -> Int {
        Int(exactly: limit).map { min($0, Int(Int32.max)) } ?? Int(Int32.max)
    }
}
