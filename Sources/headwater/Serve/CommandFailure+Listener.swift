import ActivationServer
import Glibc
import NIOCore

extension CommandFailure {
    /// A server that ended by itself, most often since its address is taken.
    init(stopped error: any Error, listener: ListenerOptions) {
        guard let refusal = error as? IOError, [EADDRINUSE, EADDRNOTAVAIL, EACCES].contains(refusal.errnoCode) else {
            self.init(.unavailable, "the server stopped: \(error)")
            return
        }
        self.init(
            .unavailable,
            "cannot listen on \(listener.host):\(listener.port): \(String(cString: strerror(refusal.errnoCode))); "
                + "choose another --port, or 0 for a free one"
        )
    }
}
