/// A place between two lines of a file that was read up to there.
public struct TextMark: Equatable, Sendable {
    /// Bytes before it.
    public var offset: Int64
    /// Lines before it.
    public var line: Int64
    /// SHA-256 of those bytes, in hexadecimal.
    public var digest: String

    /// How a file shows that it is not the one that was read up to a mark.
    public enum Change: Equatable, Sendable {
        /// It has so many bytes, and the mark is behind them.
        case shortened(Int64)
        /// The bytes before the mark are others.
        case differs
        /// The last line before the mark goes on.
        case lineGoesOn
    }

    /// Names a place.
    ///
    /// - Parameters:
    ///   - offset: Bytes before it.
    ///   - line: Lines before it.
    ///   - digest: SHA-256 of those bytes, in hexadecimal.
    public init(offset: Int64, line: Int64, digest: String) {
        self.offset = offset
        self.line = line
        self.digest = digest
    }
}
