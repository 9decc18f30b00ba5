import ActivationCore
import Testing

@testable import HeadwaterBench

@Suite struct EventTimelineTests {
    private static let day: Int64 = 86_400_000

    private static func stored(_ timeline: EventTimeline) -> [Timestamp] {
        (0..<timeline.history).map { timeline.timestamp(ofStored: $0) }
    }

    @Test(arguments: EventSet.allCases, [1, 2, 9, 10, 11, 100, 4_000])
    func `stored events come in order up to the start`(set: EventSet, history: Int) {
        let timestamps = Self.stored(set.timeline(history: history))

        #expect(timestamps.count == history)
        #expect(timestamps.last == EventTimeline.start)
        #expect(zip(timestamps, timestamps.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test(arguments: [1, 10, 100, 4_000])
    func `a window holds as many at the start as are told`(history: Int) {
        func within(_ days: Int64, _ timeline: EventTimeline) -> Int {
            Self.stored(timeline).count { $0.milliseconds > EventTimeline.start.milliseconds - days * Self.day }
        }

        let months = EventSet.sumInWindow.timeline(history: history)
        #expect(abs(within(30, months) - months.inside) <= 1)
        let constant = EventSet.chain.timeline(history: history)
        #expect(within(1, constant) == min(history, 10))
        #expect(constant.inside == 10)
        let dense = EventSet.denseChain.timeline(history: history)
        #expect(within(1, dense) == history)
        #expect(dense.inside == history)
    }

    @Test(arguments: EventSet.allCases)
    func `rounds go on at the distance of the last stored events`(set: EventSet) {
        let timeline = set.timeline(history: 100)

        let last = timeline.timestamp(ofStored: 98).duration(to: timeline.timestamp(ofStored: 99))
        #expect(EventTimeline.start.duration(to: timeline.instant(ofRound: 1)) == last)
        #expect(timeline.instant(ofRound: 1).duration(to: timeline.instant(ofRound: 2)) == last)
    }
}
