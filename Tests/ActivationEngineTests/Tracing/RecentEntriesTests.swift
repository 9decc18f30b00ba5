import Testing

@testable import ActivationEngine

@Suite struct RecentEntriesTests {
    @Test func `the entries that were entered first go`() {
        var entries = RecentEntries<Int, String>(most: 3)

        for key in 1...5 { entries[key] = "\(key)" }

        #expect((1...5).map { entries[$0] } == [nil, nil, "3", "4", "5"])
        #expect(entries.count == 3)
    }

    @Test func `a removed entry leaves room, and one that comes again is new`() {
        var entries = RecentEntries<Int, String>(most: 2)
        entries[1] = "a"
        entries[2] = "b"
        entries[1] = nil
        entries[1] = "c"
        entries[2] = "d"

        entries[3] = "e"

        #expect((1...3).map { entries[$0] } == [("c"), nil, "e"])
    }

    @Test func `many that come and go leave nothing behind`() {
        var entries = RecentEntries<Int, Int>(most: 4)
        entries[-1] = -1
        for key in 0..<10_000 {
            entries[key] = key
            entries[key] = nil
            #expect(entries.orderCount <= 9)
        }

        #expect(entries[-1] == -1)
        entries[-1] = nil
        #expect(entries.orderCount == 0)
    }
}
