extension PQLFunction {
    /// Whether its arguments are about the items of an array, whose fields they name.
    var isOverItems: Bool {
        switch self {
        case .groupBy, .filter, .map, .topN, .bottomN, .sum, .average, .min, .max, .exists, .forall: true
        default: false
        }
    }

    /// How many arguments the function takes, its receiver among them, when each is a value of the profile; nil when it
    /// cannot be without names of an item's fields, for which `pql/json` has no words.
    var jsonParameterCounts: ClosedRange<Int>? {
        let counts = argumentCounts
        // Without an argument some look at the items themselves.
        if isOverItems { return counts.lowerBound == 0 ? 1...1 : nil }
        if self == .mapEntry { return nil }
        let receiver = hasReceiver ? 1 : 0
        let upper = counts.upperBound == Int.max ? Int.max : counts.upperBound + receiver
        return (counts.lowerBound + receiver)...upper
    }
}
