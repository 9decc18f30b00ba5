/// A place in a text.
public struct TextPlace: Equatable, Sendable {
    /// The line, from 1.
    public var line: Int64
    /// The character in the line, from 1.
    public var column: Int64

    /// Names a place.
    ///
    /// - Parameters:
    ///   - line: The line, from 1.
    ///   - column: The character in the line, from 1.
    public init(line: Int64, column: Int64) {
        self.line = line
        self.column = column
    }
}
