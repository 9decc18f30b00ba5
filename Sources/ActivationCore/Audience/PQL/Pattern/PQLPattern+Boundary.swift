import CPCRE2

extension PQLPattern {
    /// Answers the questions that ``JavaPatternWriter`` puts into a pattern, at the place where the search stands.
    ///
    /// PCRE2 goes on after 0 and tries another way after 1.
    static let answer:
        @convention(c) (UnsafeMutablePointer<pcre2_callout_block_8>?, UnsafeMutableRawPointer?) -> Int32 = {
            block,
            data in
            guard let block = block?.pointee, let search = data?.assumingMemoryBound(to: Search.self) else { return 1 }
            guard search.pointee.work.goesOn(at: block) else { return PCRE2_ERROR_CALLOUT }
            let text = UnsafeBufferPointer(start: block.subject, count: block.subject_length)
            if block.callout_number == Work.callout || Work.isAnnouncement(block) { return 0 }
            guard let question = JavaPatternWriter.Question(rawValue: block.callout_number) else {
                return search.pointee.comparison.holds(block, text) ? 0 : 1
            }
            let isHere =
                switch question {
                case .isWordBoundary:
                    search.pointee.isWordBoundary(in: text, at: block.current_position, isUnicode: false)
                case .isNoWordBoundary:
                    !search.pointee.isWordBoundary(in: text, at: block.current_position, isUnicode: false)
                case .isUnicodeWordBoundary:
                    search.pointee.isWordBoundary(in: text, at: block.current_position, isUnicode: true)
                case .isNoUnicodeWordBoundary:
                    !search.pointee.isWordBoundary(in: text, at: block.current_position, isUnicode: true)
                }
            return isHere ? 0 : 1
        }
}

extension PQLPattern.Search {
    /// Whether a word starts or ends at a byte of a text, as Java sees it.
    ///
    /// Letters and digits of all scripts, `_`, and marks upon these make words, although `\w` is ASCII only.
    mutating func isWordBoundary(in text: UnsafeBufferPointer<UInt8>, at position: Int, isUnicode: Bool) -> Bool {
        guard position <= text.count else { return false }
        let left = PQLPattern.scalar(in: text, before: position)
        let right = PQLPattern.scalar(in: text, at: position)
        let isLeft = left.map {
            Self.belongsToWord($0, isUnicode) || Self.isMark($0) && $0.isShort && hasBase(text, position)
        }
        let isRight = right.map { Self.belongsToWord($0, isUnicode) || Self.isMark($0) && hasBase(text, position) }
        return (isLeft ?? false) != (isRight ?? false)
    }

    private static func belongsToWord(_ scalar: Unicode.Scalar, _ isUnicode: Bool) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": return true
        case "\u{200C}", "\u{200D}": return isUnicode
        default:
            guard !scalar.isASCII else { return false }
            if isLetterOrDigit(scalar) { return true }
            guard isUnicode else { return false }
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .spacingMark, .connectorPunctuation: return true
            default: return scalar.properties.isAlphabetic
            }
        }
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber: true
        default: false
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        !scalar.isASCII && scalar.properties.generalCategory == .nonspacingMark
    }

    /// Whether marks up to a byte stand upon a letter or digit; Java looks no further than to a pair of halves.
    private mutating func hasBase(_ text: UnsafeBufferPointer<UInt8>, _ end: Int) -> Bool {
        var answer = false
        var position = end
        while let scalar = PQLPattern.scalar(in: text, before: position), scalar.isShort {
            if position == lastBase.position {
                answer = lastBase.isThere
                break
            }
            answer = Self.isLetterOrDigit(scalar)
            guard !answer, Self.isMark(scalar) else { break }
            position -= UTF8.width(scalar)
        }
        lastBase = (end, answer)
        return answer
    }
}

extension PQLPattern {
    // MARK: Characters of valid UTF-8

    fileprivate static func scalar(in text: UnsafeBufferPointer<UInt8>, before position: Int) -> Unicode.Scalar? {
        var start = position - 1
        while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
        return start < 0 ? nil : scalar(in: text, at: start)
    }

    static func scalar(in text: UnsafeBufferPointer<UInt8>, at position: Int) -> Unicode.Scalar? {
        guard position < text.count else { return nil }
        if text[position] < 0x80 { return Unicode.Scalar(text[position]) }
        var decoder = UTF8()
        var bytes = text[position...].makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&bytes) else { return nil }
        return scalar
    }
}

extension Unicode.Scalar {
    /// Whether it is one unit of UTF-16.
    fileprivate var isShort: Bool { value < 0x10000 }
}
