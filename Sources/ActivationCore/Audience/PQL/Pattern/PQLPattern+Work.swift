import CPCRE2

extension PQLPattern {
    /// What one search keeps for the callouts of its pattern.
    struct Search {
        var work = Work()
        var comparison = Comparison()
        /// The last place where it was asked whether marks before it stand upon a letter, and the answer.
        var lastBase = (position: -1, isThere: false)
    }

    /// What a search did from all the places where it started, which no limit of PCRE2's adds up.
    struct Work {
        /// The number of the callout that does nothing but count.
        static let callout: UInt32 = 5

        /// What a callout says that a search is about to do.
        enum Announcement: String {
            /// To compare with what a group took.
            case group = "g"
            /// To take a number of characters of one kind.
            case rounds = "r"
        }

        /// About 50 milliseconds.
        static let stepsMax = 1_000_000
        /// Bytes that are taken in the time of a step.
        private static let bytesOfStep = 16

        private(set) var steps = 0
        private var start = -1
        private var position = 0

        /// Counts a callout and the way from the one before; false when it was too much.
        mutating func goesOn(at block: pcre2_callout_block_8) -> Bool {
            if block.start_match != start {
                start = block.start_match
                position = start
            }
            var bytes = max(0, block.current_position - position)
            if block.callout_string != nil { bytes += Self.announcedBytes(block) }
            position = block.current_position
            steps += 1 + bytes / Self.bytesOfStep
            return steps <= Self.stepsMax
        }

        static func isAnnouncement(_ block: pcre2_callout_block_8) -> Bool { announcement(block) != nil }

        private static func announcement(_ block: pcre2_callout_block_8) -> Announcement? {
            guard let words = block.callout_string, block.callout_string_length > 1 else { return nil }
            return Announcement(rawValue: String(Unicode.Scalar(words[0])))
        }

        private static func announcedBytes(_ block: pcre2_callout_block_8) -> Int {
            guard let kind = announcement(block) else { return 0 }
            let words = UnsafeBufferPointer(start: block.callout_string, count: block.callout_string_length)
            guard let number = Int(String(decoding: words[1...], as: UTF8.self)) else { return 0 }
            let bytesLeft = block.subject_length - block.current_position
            switch kind {
            case .rounds: return min(number, bytesLeft)
            case .group:
                guard number < Int(block.capture_top), let ends = block.offset_vector else { return 0 }
                let (start, end) = (ends[number * 2], ends[number * 2 + 1])
                return start >= 0 && start <= end ? min(end - start, bytesLeft) : 0
            }
        }
    }
}
