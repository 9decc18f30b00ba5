import Dispatch
import Glibc

/// Hears SIGINT and SIGTERM on a thread of its own, also while the others wait for a file or a pipe.
struct StopSignals {
    private let sources: [any DispatchSourceSignal]

    /// Begins to listen.
    ///
    /// - Parameter stop: Called with the signal's name, each time that one comes.
    init(_ stop: @escaping @Sendable (String) -> Void) {
        let queue = DispatchQueue(label: "headwater.signals")
        sources = [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM")].map { number, name in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { stop(name) }
            source.resume()
            return source
        }
    }

    /// Listens no more.
    func cancel() {
        for source in sources { source.cancel() }
    }
}
