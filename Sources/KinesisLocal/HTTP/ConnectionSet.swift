import NIOCore
import Synchronization

/// The open connections, to count them and to close them at the end.
final class ConnectionSet: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Takes a connection in; false if it must be closed because there are too many, or it is too late.
    func insert(_ channel: any Channel) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.channels.count < LocalLimits.connectionsMax else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            return true
        }
        guard isTaken else { return false }
        channel.closeFuture.whenComplete { [weak self] _ in
            self?.state.withLock { $0.channels[ObjectIdentifier(channel)] = nil }
        }
        return true
    }

    /// Closes every connection and takes no new one in.
    func closeAll() async {
        let channels = state.withLock { state in
            state.isClosed = true
            return Array(state.channels.values)
        }
        for channel in channels {
            // A connection that was closed meanwhile is as good.
            try? await channel.close()
        }
    }
}
