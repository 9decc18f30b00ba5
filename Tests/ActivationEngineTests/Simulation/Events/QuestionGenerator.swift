import TestSupport

/// Makes random questions about events.
struct QuestionGenerator {
    var random: SeededGenerator

    /// The questions of the audiences of a store, in an order in which each stands after those it asks for.
    mutating func questions() -> [ReferenceQuestion] {
        var questions: [ReferenceQuestion] = []
        for _ in 0..<14 {
            let question = question()
            questions.append(question)
            // Another one that reads the same events, spelled otherwise.
            if random.oneIn(3), case .measured(let measure, let stream, _, _, let spelling) = question {
                questions.append(measured(random.oneIn(2) ? measure : .count, stream, spelling: spelling + 1))
            }
        }
        for _ in 0..<3 {
            let (one, other) = (random.number(0..<questions.count), random.number(0..<questions.count))
            questions.append(
                random.pick([
                    .both(.member(one), .not(.member(other))), .either(.member(one), .not(.member(other))),
                    .both(.member(one), question()),
                ])
            )
        }
        return questions
    }

    private mutating func question() -> ReferenceQuestion {
        switch random.number(0..<24) {
        case 0..<2: .exists(stream(), spelling: random.number(0..<3))
        case 2..<4: .not(.exists(stream(), spelling: random.number(0..<3)))
        case 4..<7: .chain(chain())
        // Who did one thing and not the other.
        case 7: .both(.exists(stream(), spelling: 0), .not(.exists(stream(), spelling: 1)))
        case 8: .either(question(), .both(question(), .not(question())))
        case 9:
            .both(
                .calendar(random.pick(ReferenceQuestion.Part.allCases), comparison(), Int64(random.number(1..<13))),
                question()
            )
        default: measured(random.pick(ReferenceQuestion.Measure.allCases), stream(), spelling: random.number(0..<2))
        }
    }

    private mutating func comparison() -> ReferenceComparison { random.pick(ReferenceComparison.allCases) }

    private mutating func measured(
        _ measure: ReferenceQuestion.Measure,
        _ stream: ReferenceStream,
        spelling: Int
    ) -> ReferenceQuestion {
        let bound =
            switch measure {
            case .count: random.number(0..<5)
            case .sum: random.number(0..<20)
            case .average, .min, .max: random.number(0..<9)
            }
        return .measured(measure, stream, comparison(), bound, spelling: spelling)
    }

    private mutating func chain() -> ReferenceChain {
        var chain = ReferenceChain(first: filter(), second: filter())
        if !random.oneIn(4) {
            repeat { chain.window = window() } while chain.window?.when == nil
        }
        if random.oneIn(3) {
            chain.gap = ReferenceChain.Gap(
                comparison: random.pick([.less, .lessOrEqual, .greater, .greaterOrEqual]),
                count: Int64(random.number(1..<4)),
                unit: random.pick([.hour, .hour, .day])
            )
        }
        switch random.number(0..<5) {
        case 0: chain.absent = filter()
        case 1: chain.count = 2
        case 2: chain.isUnanswered = true
        default: break
        }
        return chain
    }

    /// A stream that does not read the clock.
    private mutating func filter() -> ReferenceStream {
        ReferenceStream(
            kind: random.oneIn(3) ? nil : random.pick(["buy", "view"]),
            above: random.oneIn(3) ? random.number(0..<8) : nil
        )
    }

    private mutating func stream() -> ReferenceStream {
        var stream = filter()
        guard !random.oneIn(5) else { return stream }
        for _ in 0..<(random.oneIn(5) ? 2 : 1) {
            stream.windows.append(ReferenceStream.Window(window: window(), isNegated: random.oneIn(10)))
        }
        return stream
    }

    private mutating func window() -> ReferenceWindow {
        switch random.number(0..<20) {
        case 0..<10:
            return .distance(
                random.pick([.less, .less, .lessOrEqual, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual]),
                Int64(random.number(1..<4)),
                random.pick([.hour, .hour, .day, .day, .day, .week, .month, .year]),
                random.oneIn(8) ? .after : .before,
                random.oneIn(4) ? moving() : .now
            )
        case 10..<15: return .on(random.oneIn(2) ? .day(Int64(random.number(-1..<2))) : moving())
        case 15: return .before(moving())
        case 16: return .after(moving())
        case 17: return .between(moving(), moving())
        case 18: return .compared(random.pick([.less, .lessOrEqual, .greater, .greaterOrEqual]))
        default: return random.pick([.monthOfYear, .dayOfMonth])
        }
    }

    private mutating func moving() -> ReferenceTime {
        switch random.number(0..<6) {
        case 0: .now
        case 1, 2: .day(Int64(random.number(-1..<2)))
        default: .period(random.pick([.hour, .day, .week, .month, .month, .year]), Int64(random.number(-1..<2)))
        }
    }
}
