import ActivationEngine

/// A store that is open, wherever it is.
struct OpenedStore: Sendable {
    /// Everything that it holds.
    let storage: any Storage & ControlStore & AlertStore
    /// The sign of life of the process that has it open.
    let lifeSign: any LifeSign
    /// Lets it go.
    let close: @Sendable () async throws -> Void
}
