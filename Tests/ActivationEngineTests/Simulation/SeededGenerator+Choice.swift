import TestSupport

extension SeededGenerator {
    /// True once in so many times.
    mutating func oneIn(_ times: Int) -> Bool { Int.random(in: 0..<times, using: &self) == 0 }

    /// A number of a range.
    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }

    /// One of several.
    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[number(0..<choices.count)] }
}
