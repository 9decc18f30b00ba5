/// Ids of traces or of their steps as a line of the log has them: each once, with spaces between.
public struct TraceNames: CustomStringConvertible {
    /// Names in a line, at most.
    private static let most = 20

    /// The text.
    public let description: String

    /// Collects ids in their order.
    public init<Name: Hashable & CustomStringConvertible>(_ ids: [Name]) {
        var seen = Set<Name>()
        let names = ids.filter { seen.insert($0).inserted }
        let text = names.prefix(Self.most).map(\.description).joined(separator: " ")
        let rest = names.count - Self.most
        description = rest > 0 ? "\(text) and \(rest) more" : text
    }
}
