/// When datasets end, each with all that it has stated (BEHAVIOUR 6.2).
///
/// From its instant on no merge policy sees a dataset's facts, nobody its events, and nothing is taken in for it.
public struct DatasetEnds: Sendable, Hashable {
    /// By the dataset's id; datasets that are not there stay.
    private var instants: [ByteKey: Timestamp]
    /// No dataset ends before.
    private var first: Timestamp?

    /// Creates ends.
    ///
    /// - Parameter instants: By the dataset's id; instants in no year that has four digits count for nothing.
    public init(_ instants: [String: Timestamp] = [:]) {
        self.instants = Dictionary(
            instants.lazy.filter(\.value.isPlausible).map { (ByteKey($0.key), $0.value) }
        ) { first, _ in first }
        first = self.instants.values.min()
    }

    /// Whether every dataset stays.
    public var isEmpty: Bool { instants.isEmpty }

    /// When a dataset ends; nil = never.
    public func end(of dataset: String) -> Timestamp? {
        instants.isEmpty ? nil : instants[ByteKey(dataset)]
    }

    /// Whether a dataset has ended at an instant.
    public func hasEnded(_ dataset: String, at now: Timestamp) -> Bool {
        guard let first, first <= now else { return false }
        return end(of: dataset).map { $0 <= now } ?? false
    }

    /// The datasets that have ended at an instant, the first one first.
    public func ended(at now: Timestamp) -> [String] {
        guard let first, first <= now else { return [] }
        return instants.filter { $0.value <= now }
            .sorted { ($0.value, $0.key) < ($1.value, $1.key) }
            .map(\.key.string)
    }

    /// When the next dataset ends after an instant; nil = none does.
    public func next(after now: Timestamp) -> Timestamp? {
        instants.values.lazy.filter { $0 > now }.min()
    }

    /// The ends of the datasets that have numbers, in the order in which they come; of one instant by the ids' bytes.
    func numbered(_ datasets: borrowing DatasetDictionary) -> [NumberedDatasetEnd] {
        guard !instants.isEmpty else { return [] }
        return instants.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
            .compactMap { id, instant in
                datasets.number(of: id.string).map { NumberedDatasetEnd(dataset: $0, instant: instant) }
            }
    }
}

/// When a dataset ends, by the number that a store gave it.
struct NumberedDatasetEnd: Sendable, Hashable {
    /// The dataset's number.
    var dataset: UInt16
    /// When it ends.
    var instant: Timestamp
}
