import ActivationEngine
import Console

/// What is seen of the server at one instant.
struct ServerSigns: Sendable {
    /// How much room there is; nil when that is not known.
    var space: StoreSpace?
    /// Why every write is refused; nil = none is.
    var writeFailure: EngineError?

    /// What a rule says of it.
    ///
    /// - Parameter rule: About the server.
    /// - Returns: The observation.
    func observation(of rule: AlertRule) -> AlertObservation {
        guard rule.kind != .writesRefused else { return writes }
        guard let space else { return .unknown }
        let mebibytes = Double(space.free / (1 << 20))
        let share = Double(space.free) * 100 / Double(max(1, space.disk))
        let figure = rule.kind == .diskShare ? share : mebibytes
        guard figure < rule.threshold ?? 0 else { return .clear }
        return .met(
            AlertFinding(
                text: "\(Figure.bytes(space.free)) of \(Figure.bytes(space.disk)) are free on the disk of the data "
                    + "directory.",
                figure: figure
            )
        )
    }

    private var writes: AlertObservation {
        guard let writeFailure else { return .clear }
        let reason = writeFailure.code == .storageFull ? "the disk is full; make room" : "the log says why"
        return .met(AlertFinding(text: "Every write is refused (\(writeFailure.code.rawValue)): \(reason)."))
    }
}
