import ActivationCore

/// What one look at something said.
enum AlertObservation: Sendable, Equatable {
    /// It could not be looked at; that says nothing.
    case unknown
    /// All is well.
    case clear
    /// It is as the rule says.
    case met(AlertFinding)
    /// The newest of something that happens again and again, by a name of its own; nil = it has never happened.
    case happened(token: String, AlertFinding)
    /// It has never happened.
    case never
}

/// What was found.
struct AlertFinding: Sendable, Equatable {
    /// A sentence, without values of persons and without secrets.
    var text: String
    /// What the threshold is compared with.
    var figure: Double?
    /// The run that it is about.
    var run: String?
}
