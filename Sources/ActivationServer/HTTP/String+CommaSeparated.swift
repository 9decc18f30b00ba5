extension String {
    /// The items of a list with commas, without the blanks around them; empty ones are none.
    var commaSeparated: [String] {
        split(separator: ",").map { String($0).trimmingSpaces }.filter { !$0.isEmpty }
    }
}
