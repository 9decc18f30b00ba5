import CPCRE2

extension PQLPattern {
    /// How far a text has been compared with what a group took, without regard to case.
    struct Comparison {
        /// What a callout of the pattern asks.
        enum Step: String {
            /// Whether the group took anything; the comparison starts.
            case start = "s"
            /// Whether the next character is the group's next one, in some case.
            case next = "n"
            /// Whether all of the group was there.
            case end = "e"
        }

        /// The byte of the text where the rest of the group starts.
        private var position = 0

        /// Answers a callout that ``JavaPatternWriter`` wrote: a step, whose case does not matter, the group.
        mutating func holds(_ block: pcre2_callout_block_8, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
            let words = UnsafeBufferPointer(start: block.callout_string, count: block.callout_string_length)
            guard words.count > 2, let step = Step(rawValue: String(Unicode.Scalar(words[0]))),
                let folding = JavaPattern.Folding(rawValue: String(Unicode.Scalar(words[1]))),
                let group = Int(String(decoding: words[2...], as: UTF8.self)), group < Int(block.capture_top),
                let ends = block.offset_vector
            else { return false }
            let (start, end) = (ends[group * 2], ends[group * 2 + 1])
            guard start >= 0, start <= end, end <= text.count else { return false }
            switch step {
            case .start:
                position = start
                return true
            case .next:
                guard position < end, let wanted = PQLPattern.scalar(in: text, at: position),
                    let found = PQLPattern.scalar(in: text, at: block.current_position),
                    folding.areSame(wanted, found)
                else { return false }
                position += UTF8.width(wanted)
                return true
            case .end: return position == end
            }
        }
    }
}

extension JavaPattern.Folding {
    fileprivate func areSame(_ left: Unicode.Scalar, _ right: Unicode.Scalar) -> Bool {
        switch self {
        case .ascii: left == right || JavaCase.otherASCII(left) == right
        case .unicode: left == right || JavaCase.folded(left) == JavaCase.folded(right)
        }
    }
}
