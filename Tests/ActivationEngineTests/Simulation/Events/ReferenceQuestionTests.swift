import TestSupport
import Testing

/// The evaluator that the engine is held against, held against itself: it must think of every instant at which the clock
/// changes an answer.
@Suite struct ReferenceQuestionTests {
    private static let hour: Int64 = 3_600_000

    @Test(arguments: ["UTC", "Europe/Berlin", "America/Sao_Paulo"])
    func `an answer changes at the places that are told, and nowhere else`(zone: String) {
        let seed = TestSeed.next()
        var random = SeededGenerator(seed: seed)
        var generator = QuestionGenerator(random: SeededGenerator(seed: seed ^ 1))
        let start: Int64 = 1_541_200_000_000
        let end = start + 40 * 24 * Self.hour
        let calendar = ReferenceCalendar(zone: zone, around: start)
        for question in generator.questions().prefix(8) where question.audiences.isEmpty {
            let events = (0..<6).map { number in
                ReferenceEvent(
                    id: "\(number)",
                    instant: start + Int64(random.number(0..<30 * 24)) * Self.hour + Int64(random.number(0..<2)),
                    kind: random.pick(["buy", "view"]),
                    amount: Double(random.number(0..<10))
                )
            }.sorted(by: ReferenceEvent.isEarlier)
            func holds(_ instant: Int64) -> Bool { question.holds(events, at: instant, calendar) { _ in false } }
            let places = Set(question.places(events, start..<end, calendar)).sorted()
            var last = start
            for place in places + [end] {
                // Every hour, every half and the instants around whole hours.
                let middle = (last / Self.hour + 1) * Self.hour
                let between = stride(from: middle, to: place, by: 1_800_000).flatMap { [$0 - 1, $0, $0 + 1] }
                for instant in [place - 1] + between where last < instant && instant < place {
                    #expect(
                        holds(instant) == holds(last),
                        "\(question.pql { "\($0)" }) changes between \(last) and \(instant), seed \(seed)"
                    )
                }
                last = place
            }
        }
    }
}
