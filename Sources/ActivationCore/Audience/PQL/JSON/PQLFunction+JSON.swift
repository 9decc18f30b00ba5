extension PQLFunction {
    /// How many arguments the function takes, its receiver among them, when each is a value of the profile; nil when it
    /// cannot be without names of an item's fields, for which `pql/json` has no words.
    var jsonParameterCounts: ClosedRange<Int>? {
        let counts = argumentCounts
        switch self {
        case .groupBy, .filter, .map, .mapEntry, .topN, .bottomN: return nil
        // Without an argument these look at the items themselves.
        case .sum, .average, .min, .max, .exists, .forall: return 1...1
        default:
            let receiver = hasReceiver ? 1 : 0
            let upper = counts.upperBound == Int.max ? Int.max : counts.upperBound + receiver
            return (counts.lowerBound + receiver)...upper
        }
    }
}
