/// The numbered datasets of one store; numbers start at 1 and are stored in profiles.
public struct DatasetDictionary: Sendable {
    /// Names by number, the first has number 1.
    public private(set) var names: [String]
    private var numbers: [ByteKey: UInt16]
    /// Those of which a reader sees nothing any more; a decision lets go what they have stated and does not mark them.
    private(set) var ended: Set<UInt16> = []

    /// Creates a dictionary from stored names in number order.
    public init(names: [String] = []) {
        self.names = names
        numbers = Dictionary(names.prefix(Int(UInt16.max)).enumerated().map { (ByteKey($1), UInt16($0 + 1)) }) {
            first,
            _ in first
        }
    }

    /// Known datasets.
    public var count: Int { names.count }

    /// The number of a dataset, registered if need be; nil when ``Limits/datasetsMax`` are known.
    public mutating func intern(_ name: String) -> UInt16? {
        if let number = numbers[ByteKey(name)] { return number }
        guard names.count < Limits.datasetsMax else { return nil }
        names.append(name)
        numbers[ByteKey(name)] = UInt16(names.count)
        return UInt16(names.count)
    }

    /// The same for readers, who see nothing of datasets that have ended.
    ///
    /// - Parameter ended: Their ids.
    /// - Returns: A dictionary of the same names.
    public func hiding(_ ended: [String]) -> DatasetDictionary {
        guard !ended.isEmpty else { return self }
        var dictionary = self
        dictionary.ended.formUnion(ended.compactMap(number))
        return dictionary
    }

    /// Whether a reader sees nothing of a dataset.
    public func isHidden(_ number: UInt16) -> Bool { !ended.isEmpty && ended.contains(number) }

    /// The number of a dataset; nil when none of this name has been used.
    func number(of name: String) -> UInt16? {
        numbers[ByteKey(name)]
    }

    /// Whether a number is that of a known dataset.
    public func contains(_ number: UInt16) -> Bool {
        number > 0 && Int(number) <= names.count
    }

    /// The name of a number, or nil.
    public func name(of number: UInt16) -> String? {
        contains(number) ? names[Int(number) - 1] : nil
    }
}
