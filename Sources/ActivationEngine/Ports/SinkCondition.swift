/// How a sink is doing as a whole, beside what became of single records.
public enum SinkCondition: Sendable, Hashable {
    /// The destination takes records, or nothing is to be sent.
    case flowing
    /// Nothing gets through now; the sink goes on trying. `attempts` in a row have failed.
    case retrying(code: String, message: String, attempts: Int)
}
