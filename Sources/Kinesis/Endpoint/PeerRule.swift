import NIOCore

/// Which machines an endpoint may lead to, judged by the address at the other end of each connection.
///
/// Link-local addresses, those where clouds serve instance metadata, and those of no machine are never allowed, however they
/// are written. A name can lead elsewhere at any time, so it is the connection that is judged and not the name alone.
public enum PeerRule: Sendable, Hashable, CaseIterable {
    /// This machine alone, since the URL says so.
    case thisMachine
    /// Any machine but this one, on private networks too.
    case otherMachines
    /// Any machine; for who allows insecure endpoints.
    case anyMachine
}

extension PeerRule {
    /// Judges an address before anything is sent to it.
    ///
    /// - Parameter socket: The other end of a connection, or an address that a name has.
    /// - Throws: ``ForbiddenPeer``.
    func check(_ socket: SocketAddress?) throws(ForbiddenPeer) {
        func refused(_ reason: String) -> ForbiddenPeer {
            ForbiddenPeer(address: socket?.ipAddress ?? "no address", reason: reason)
        }
        switch (NetworkAddress(socket)?.reach, self) {
        case (.network, .otherMachines), (.loopback, .thisMachine), (.network, .anyMachine), (.loopback, .anyMachine):
            return
        case (.loopback, .otherMachines):
            throw refused(
                "which is this machine, though the URL does not say so; write localhost or its address, or allow "
                    + "insecure endpoints"
            )
        case (.network, .thisMachine):
            throw refused("which is another machine, though the URL says this one; give its own name and https")
        case (.forbidden, _), (nil, _):
            throw refused(
                "which is link-local, serves instance metadata or is no machine's address; correct the host or its DNS "
                    + "entry"
            )
        }
    }
}

extension KinesisError {
    /// An endpoint whose host leads to a machine that must not be reached.
    init(_ peer: ForbiddenPeer, at endpoint: KinesisEndpoint, disposition: Disposition? = nil) {
        self.init(
            .forbiddenEndpoint,
            "\(endpoint.url) leads to \(peer.address), \(peer.reason)",
            disposition: disposition
        )
    }
}
