/// The tape while it is written: a growing block without the checks that an array makes at every step.
///
/// Indices come from the parser alone, which only uses nodes it has appended.
struct JSONNodeBuffer: ~Copyable {
    private(set) var count = 0
    private var capacity: Int
    private var base: UnsafeMutablePointer<JSONNode>
    private var isOwned = false

    /// How many nodes a text of this many bytes usually has.
    static func usualCount(textBytes: Int) -> Int { textBytes / 16 + 8 }

    /// Begins in lent room, which must outlive the tape.
    init(lent room: UnsafeMutablePointer<JSONNode>, capacity: Int) {
        base = room
        self.capacity = capacity
    }

    deinit {
        if isOwned { base.deallocate() }
    }

    /// The node at an index below ``count``.
    subscript(index: Int) -> JSONNode {
        @inline(__always) unsafeAddress { UnsafePointer(base + index) }
        @inline(__always) unsafeMutableAddress { base + index }
    }

    @inline(__always)
    mutating func append(_ node: JSONNode) {
        if count == capacity { grow() }
        (base + count).initialize(to: node)
        count += 1
    }

    /// The nodes as an array of exactly their number.
    func array() -> [JSONNode] {
        [JSONNode](UnsafeBufferPointer(start: base, count: count))
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<JSONNode>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: base, count: count)
        if isOwned { base.deallocate() }
        base = larger
        isOwned = true
        capacity *= 2
    }
}
