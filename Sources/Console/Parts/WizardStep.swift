/// A step of a way through several pages; a page with `steps` shows them with `{{> wizard}}`.
public struct WizardStep: Sendable, Equatable {
    let number: Int
    let name: String
    /// Where it is; nil when it cannot be gone to.
    let path: String?
    let isCurrent: Bool

    /// Creates a step.
    ///
    /// - Parameters:
    ///   - number: Which one it is, from 1.
    ///   - name: What it is called.
    ///   - path: Where it is; nil when it cannot be gone to.
    ///   - isCurrent: Whether the page is about it.
    public init(number: Int, name: String, path: String?, isCurrent: Bool) {
        self.number = number
        self.name = name
        self.path = path
        self.isCurrent = isCurrent
    }
}
