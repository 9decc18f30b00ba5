/// Keys whose next record may be sent: those that come back after a failure first, the others in the order of arrival.
struct ReadyQueue: Sendable {
    private var returning = IndexRing()
    private var arriving = IndexRing()
    /// What the first records of all keys here count in requests.
    private(set) var bytes = 0

    var count: Int { returning.count + arriving.count }

    var isEmpty: Bool { count == 0 }

    /// The key whose turn it is.
    var first: UInt32? { returning.first ?? arriving.first }

    mutating func append(_ key: UInt32, headBytes: Int, isReturning: Bool) {
        if isReturning {
            returning.append(key)
        } else {
            arriving.append(key)
        }
        bytes += headBytes
    }

    mutating func removeFirst(headBytes: Int) {
        if returning.popFirst() == nil { _ = arriving.popFirst() }
        bytes -= headBytes
    }

    /// The keys in their order, with whether they come back.
    func forEach(_ body: (UInt32, _ isReturning: Bool) -> Void) {
        returning.forEach { body($0, true) }
        arriving.forEach { body($0, false) }
    }

    mutating func removeAll() {
        returning.removeAll()
        arriving.removeAll()
        bytes = 0
    }
}
