/// One field of a cron rule: the whole numbers that it allows, such as the hours 1, 13 of `1/12`.
struct CronField: Sendable, Equatable {
    /// The values in ascending order, at least one.
    let values: [Int]

    /// Reads `*`, `3`, `1,5`, `9-15`, `*/10` or `1/7`, with names where the field has some.
    ///
    /// A range that ends before it begins goes round, as FRI-MON.
    ///
    /// - Parameters:
    ///   - text: The field.
    ///   - name: What it is called in errors.
    ///   - range: The values there are.
    ///   - words: Names of values, in capitals, the first one for the lowest.
    /// - Throws: What was found and what is accepted.
    init(
        parsing text: Substring,
        _ name: String,
        in range: ClosedRange<Int>,
        words: [String] = []
    ) throws(CronError) {
        var chosen = Set<Int>()
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let ends = parts[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            var step = 1
            if parts.count == 2 {
                guard let given = CronField.number(parts[1]), (1...range.count).contains(given) else {
                    throw CronError("\(name): what follows \"/\" is a number from 1 to \(range.count)")
                }
                step = given
            }
            var first = range.lowerBound
            var last = range.upperBound
            if parts[0] != "*" {
                first = try CronField.value(ends[0], name, in: range, words: words)
                // A start without an end goes on to the last value when it has a step.
                last = ends.count == 2 ? try CronField.value(ends[1], name, in: range, words: words) : first
                if ends.count == 1, parts.count == 2 { last = range.upperBound }
            }
            let span = last >= first ? last - first : last - first + range.count
            for distance in stride(from: 0, through: span, by: step) {
                chosen.insert(range.lowerBound + (first - range.lowerBound + distance) % range.count)
            }
        }
        values = chosen.sorted()
    }

    /// The lowest value that is not below another; nil when all are.
    func first(from value: Int) -> Int? { values.first { $0 >= value } }

    /// The highest value that is not above another; nil when all are.
    func last(through value: Int) -> Int? { values.last { $0 <= value } }

    /// Whether a value is allowed.
    func contains(_ value: Int) -> Bool { values.contains(value) }

    /// A value by its number or name.
    static func value(
        _ text: Substring,
        _ name: String,
        in range: ClosedRange<Int>,
        words: [String]
    ) throws(CronError) -> Int {
        if let number = number(text), range.contains(number) { return number }
        if let index = words.firstIndex(of: text.uppercased()) { return range.lowerBound + index }
        let named = words.isEmpty ? "" : ", or \(words.joined(separator: " "))"
        throw CronError(
            "\(name): found \"\(text.prefix(20))\"; a value is a number from \(range.lowerBound) to \(range.upperBound)\(named)"
        )
    }

    /// A number of at most four digits.
    static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
