import Synchronization

/// Bounds what many producers hold together.
///
/// Each may hold as much as is left free, itself included: one alone gets half of all, and with every further one that is busy
/// or dead the shares shrink, so that there is always room for the next. This is how switches share their buffers among queues
/// (Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches", 1998). A producer that holds
/// nothing always takes one record. Calls may overlap.
public final class ProducerMemory: Sendable {
    /// What all producers together may hold.
    public let bytesMax: Int
    private let heldBytes = Atomic<Int>(0)

    /// Creates memory for so many bytes, to be given to producers by their options.
    public init(bytesMax: Int) {
        precondition(bytesMax > 0, "producers need memory")
        self.bytesMax = bytesMax
    }

    /// What all producers hold now.
    public var held: Int { heldBytes.load(ordering: .relaxed) }

    /// What a producer that holds so much may hold at most.
    func share(ofProducerHolding held: Int) -> Int {
        // Filling up takes from what is free to the others as well, so the two meet in the middle.
        max(0, (bytesMax - self.held + held) / 2)
    }

    /// A producer holds so many bytes more than before, or fewer.
    func add(_ bytes: Int) {
        heldBytes.wrappingAdd(bytes, ordering: .relaxed)
    }
}
