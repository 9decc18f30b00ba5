public import ActivationEngine

/// A storage with an engine of its own; several over one database are nodes, of which the first leads.
public struct BenchNode: Sendable {
    /// The storage.
    public var storage: any Storage & ControlStore
    /// What says that this process may send.
    public var lifeSign: any LifeSign

    /// Creates a node.
    public init(storage: any Storage & ControlStore, lifeSign: any LifeSign = NoLifeSign()) {
        (self.storage, self.lifeSign) = (storage, lifeSign)
    }
}
