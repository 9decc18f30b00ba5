/// A step of trying an account or a target, for who looks at how far a check came.
public struct DestinationStep: Sendable {
    /// What is found out, such as `Takes the credentials`.
    public var name: String
    /// What to do when it fails, by the word in `errorCode`; these words are the step's own.
    public var cures: [String: String]

    /// Creates a step.
    ///
    /// - Parameters:
    ///   - name: What is found out.
    ///   - cures: What to do when it fails, by the word in `errorCode`.
    public init(_ name: String, _ cures: [String: String]) {
        self.name = name
        self.cures = cures
    }
}

extension DestinationStep {
    /// The steps of a kind that names none.
    public static let common = [
        DestinationStep("Fields are filled in", ["CFG-001": "Correct the field; nothing has been asked yet."]),
        DestinationStep(
            "Destination answers",
            ["NET-001": "Look at the address, and whether this machine may reach it."]
        ),
        DestinationStep("Takes the credentials", [:]),
    ]
}
