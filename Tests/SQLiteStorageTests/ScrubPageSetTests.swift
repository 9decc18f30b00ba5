import Testing

@testable import SQLiteStorage
@testable import TestSupport

@Suite struct ScrubPageSetTests {
    @Test(arguments: [0, 1, 63, 64, 65, 127, 128, 1_000] as [Int64])
    func `all pages of a database are in its set, in order`(_ last: Int64) {
        let pages = PageSet(through: last)

        #expect(pages.count == Int(last))
        #expect(pages.isEmpty == (last == 0))
        #expect(pages.first(2_000, after: 0) == (0..<last).map { $0 + 1 })
        #expect(pages.first(2, after: last - 1) == (last == 0 ? [] : [last]))
        #expect(pages.first(10, after: last).isEmpty)
        #expect(pages.first(10, after: last + 1_000).isEmpty)
    }

    @Test func `pages come and go as in any set`() {
        var random = SeededGenerator(seed: TestSeed.next())
        var pages = PageSet(through: 100)
        var model = Set<Int64>(1...100)
        for _ in 0..<1_000 {
            let page = Int64.random(in: 1...700, using: &random)
            if Bool.random(using: &random) {
                pages.insert(page)
                model.insert(page)
            } else {
                pages.remove(page)
                model.remove(page)
            }
            let after = Int64.random(in: 0...700, using: &random)
            #expect(pages.count == model.count)
            #expect(pages.first(7, after: after) == Array(model.filter { $0 > after }.sorted().prefix(7)))
        }
    }

    @Test func `a number that no page has is left out`() {
        var pages = PageSet(through: -1)

        for page in [Int64.min, -1, 0, TreePage.pagesMax + 1, Int64(UInt32.max), .max] {
            pages.insert(page)
            pages.remove(page)
            #expect(pages.first(1, after: page).isEmpty)
        }

        #expect(pages.isEmpty)
        pages.insert(TreePage.pagesMax)
        #expect(pages.first(10, after: -5) == [TreePage.pagesMax])
        #expect(PageSet(through: .max).count == Int(TreePage.pagesMax))
    }
}
