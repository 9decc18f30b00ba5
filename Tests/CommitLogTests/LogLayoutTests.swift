import TestSupport
import Testing

@testable import CommitLog

@Suite("Places of groups")
struct LogLayoutTests {
    /// A place that was found for an entry is looked for again when its group is written; by then others may have changed much.
    @Test("What has room keeps it, whatever is given up, wiped or added meanwhile")
    func roomStays() {
        var random = TestSeed.generator()
        for _ in 0..<500 {
            var layout = LogLayout([], released: 0, bytesMin: 4_096, bytesMax: 32_768)
            var last: UInt64 = 0
            for _ in 0..<60 {
                let bytes = LogGroup.padded(Int.random(in: 1...20_000, using: &random))
                if !layout.hasRoom(for: bytes) { layout.add(layout.nextSegment(for: bytes)) }
                for _ in 0..<Int.random(in: 0...4, using: &random) {
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: layout.release(through: UInt64.random(in: 0...last, using: &random))
                    case 1: layout.givenUp.randomElement(using: &random).map { layout.wiped($0.number) }
                    default: layout.add(layout.nextSegment(for: 4_096))
                    }
                    #expect(layout.hasRoom(for: bytes))
                }
                last += UInt64.random(in: 1...3, using: &random)
                #expect(layout.take(bytes, last: last) != nil)
            }
        }
    }
}
