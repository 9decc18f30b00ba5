/// The numbered datasets of one store; numbers start at 1 and are stored in profiles.
public struct DatasetDictionary: Sendable {
    /// Names by number, the first has number 1.
    public private(set) var names: [String]
    private var numbers: [String: UInt16]

    /// Creates a dictionary from stored names in number order.
    public init(names: [String] = []) {
        self.names = names
        numbers = Dictionary(names.enumerated().map { ($1, UInt16($0 + 1)) }) { first, _ in first }
    }

    /// Known datasets.
    public var count: Int { names.count }

    /// The number of a dataset, registered if need be; nil when ``Limits/datasetsMax`` are known.
    public mutating func intern(_ name: String) -> UInt16? {
        if let number = numbers[name] { return number }
        guard names.count < Limits.datasetsMax else { return nil }
        names.append(name)
        numbers[name] = UInt16(names.count)
        return UInt16(names.count)
    }

    /// The name of a number, or nil.
    public func name(of number: UInt16) -> String? {
        number > 0 && Int(number) <= names.count ? names[Int(number) - 1] : nil
    }
}
