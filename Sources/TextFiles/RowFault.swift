/// Why a row is not taken.
public struct RowFault: Error, Equatable, Sendable {
    /// What scripts know it by.
    public var code: String
    /// What was found and what to do; never the content.
    public var message: String
    /// The cell that is wrong, from 0; nil when it is the row.
    public var cell: Int?

    /// Says what is wrong.
    ///
    /// - Parameters:
    ///   - code: What scripts know it by.
    ///   - message: What was found and what to do.
    ///   - cell: The cell that is wrong, from 0.
    public init(_ code: String, _ message: String, cell: Int? = nil) {
        self.code = code
        self.message = message
        self.cell = cell
    }
}
