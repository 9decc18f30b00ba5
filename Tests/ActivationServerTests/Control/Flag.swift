import Synchronization

/// Something that is true once.
final class Flag: Sendable {
    private let value = Mutex(false)

    func set() { value.withLock { $0 = true } }

    /// Whether it was set; it is not any more then.
    func takes() -> Bool {
        value.withLock { value in
            defer { value = false }
            return value
        }
    }
}
