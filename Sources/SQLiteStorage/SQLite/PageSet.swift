/// Pages of a database, a bit for each: 4 MiB for the largest file that is scrubbed.
struct PageSet {
    private var words: [UInt64]
    /// How many pages are in it.
    private(set) var count: Int

    /// All pages of a database.
    ///
    /// - Parameter last: The last page; they are counted from 1.
    init(through last: Int64) {
        count = Int(min(max(last, 0), TreePage.pagesMax))
        words = Array(repeating: .max, count: count / 64)
        if count % 64 > 0 { words.append(1 << UInt64(count % 64) - 1) }
    }

    var isEmpty: Bool { count == 0 }

    /// Adds a page; one that no scrubbed file can have is left out.
    mutating func insert(_ page: Int64) {
        guard (1...TreePage.pagesMax).contains(page) else { return }
        let (word, bit) = Self.place(of: page)
        if word >= words.count { words += Array(repeating: 0, count: word + 1 - words.count) }
        guard words[word] & bit == 0 else { return }
        words[word] |= bit
        count += 1
    }

    /// Takes a page out.
    mutating func remove(_ page: Int64) {
        guard (1...TreePage.pagesMax).contains(page) else { return }
        let (word, bit) = Self.place(of: page)
        guard word < words.count, words[word] & bit != 0 else { return }
        words[word] &= ~bit
        count -= 1
    }

    /// The first pages after another one, in their order.
    func first(_ limit: Int, after page: Int64) -> [Int64] {
        var pages: [Int64] = []
        let (first, bit) = Self.place(of: min(max(page, 0), TreePage.pagesMax) + 1)
        var (word, mask) = (first, ~(bit - 1))
        while word < words.count {
            var rest = words[word] & mask
            while rest != 0 {
                if pages.count >= limit { return pages }
                pages.append(Int64(word * 64 + rest.trailingZeroBitCount + 1))
                rest &= rest - 1
            }
            (word, mask) = (word + 1, .max)
        }
        return pages
    }

    private static func place(of page: Int64) -> (word: Int, bit: UInt64) {
        (Int((page - 1) / 64), 1 << UInt64((page - 1) % 64))
    }
}
