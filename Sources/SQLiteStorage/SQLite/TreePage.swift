/// A page of one of SQLite's trees, as far as it tells which of its bytes nothing uses (SQLite file format 1.6).
enum TreePage {
    /// The bytes between a page's list of entries and the entries themselves.
    ///
    /// SQLite overwrites an entry that it deletes, and not the copy that stays behind when entries move to another page:
    /// that is what is found here.
    ///
    /// - Parameters:
    ///   - page: The page.
    ///   - number: Its number; the first one has the file's header before it.
    /// - Returns: The bytes; nil when there are none or the page is of another kind.
    static func unusedBytes(of page: [UInt8], number: Int64) -> Range<Int>? {
        let header = number == 1 ? 100 : 0
        guard page.count >= header + 12 else { return nil }
        func number16(_ place: Int) -> Int { Int(page[place]) << 8 | Int(page[place + 1]) }
        // Pages of values begin with the number of the next one, whose highest byte is none of these in a file of less
        // than 2^25 pages.
        guard [2, 5, 10, 13].contains(page[header]) else { return nil }
        let list = header + (page[header] & 8 == 0 ? 12 : 8)
        let entries = number16(header + 3)
        let content = number16(header + 5) == 0 ? 65_536 : number16(header + 5)
        let freeBlock = number16(header + 1)
        let end = list + 2 * entries
        guard end < content, content <= page.count, freeBlock == 0 || freeBlock >= content else { return nil }
        for entry in 0..<entries {
            let place = number16(list + 2 * entry)
            guard content <= place, place < page.count else { return nil }
        }
        return end..<content
    }

    /// Pages of a file in which a page of a value cannot be taken for one of a tree.
    static let pagesMax: Int64 = 1 << 25
}
