/// A row or line that is not taken.
public struct TextRefusal: Equatable, Sendable {
    /// What is wrong.
    public var place: TextPlace
    /// What scripts know it by.
    public var code: String
    /// What was found and what to do; never the content.
    public var message: String

    /// Refuses a row or line.
    ///
    /// - Parameters:
    ///   - code: What scripts know it by.
    ///   - message: What was found and what to do.
    ///   - place: What is wrong.
    public init(_ code: String, _ message: String, at place: TextPlace) {
        self.code = code
        self.message = message
        self.place = place
    }
}
