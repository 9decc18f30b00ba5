/// The string tests, all by UTF-8 bytes (PQL 6).
enum PQLText {
    static func starts(_ text: some Collection<UInt8>, with part: some Collection<UInt8>) -> Bool {
        text.starts(with: part)
    }

    static func ends(
        _ text: some BidirectionalCollection<UInt8>,
        with part: some BidirectionalCollection<UInt8>
    ) -> Bool {
        text.count >= part.count && text.suffix(part.count).elementsEqual(part)
    }

    static func contains(_ text: some RandomAccessCollection<UInt8>, _ part: some RandomAccessCollection<UInt8>) -> Bool
    {
        guard let first = part.first else { return true }
        var start = text.startIndex
        var left = text.count
        while left >= part.count {
            if text[start] == first, text[start...].starts(with: part) { return true }
            start = text.index(after: start)
            left -= 1
        }
        return false
    }

    /// Whether a whole text fits a pattern in which `%` is any run, `_` one character and `\` makes either literal.
    static func fits(_ text: String, pattern: String) -> Bool {
        let text = Array(text.unicodeScalars)
        let pattern = wildcards(of: pattern)
        var position = 0
        var place = 0
        // Where to go on when what follows the last run fails: one more character goes into the run.
        var runPlace: Int?
        var runPosition = 0
        while position < text.count {
            if place < pattern.count, pattern[place] == .run {
                place += 1
                runPlace = place
                runPosition = position
            } else if place < pattern.count, pattern[place] == .any || pattern[place] == .one(text[position]) {
                place += 1
                position += 1
            } else if let retry = runPlace {
                runPosition += 1
                position = runPosition
                place = retry
            } else {
                return false
            }
        }
        while place < pattern.count, pattern[place] == .run { place += 1 }
        return place == pattern.count
    }

    private enum Wildcard: Equatable {
        case run, any, one(Unicode.Scalar)
    }

    private static func wildcards(of pattern: String) -> [Wildcard] {
        var wildcards: [Wildcard] = []
        var isEscaped = false
        for scalar in pattern.unicodeScalars {
            if isEscaped {
                if scalar != "%", scalar != "_" { wildcards.append(.one("\\")) }
                // A doubled backslash leaves the second one free to escape what follows it.
                isEscaped = scalar == "\\"
                if !isEscaped { wildcards.append(.one(scalar)) }
                continue
            }
            switch scalar {
            case "%": wildcards.append(.run)
            case "_": wildcards.append(.any)
            case "\\": isEscaped = true
            default: wildcards.append(.one(scalar))
            }
        }
        if isEscaped { wildcards.append(.one("\\")) }
        return wildcards
    }
}
