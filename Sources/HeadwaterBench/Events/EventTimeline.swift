import ActivationCore

/// When the events of a profile happen: some that are stored, then one after the other at equal distances.
struct EventTimeline: Hashable {
    /// How many are stored.
    let history: Int
    /// How many of the newest are as far from one another as those to come.
    private let even: Int
    /// Milliseconds from one of those to the next.
    let spacing: Int64
    /// How far back the oldest of all happened.
    private let age: Int64
    /// Milliseconds into the past that a late event happened at most.
    let lateness: Int64
    /// How many are within the window of the rules that are measured with it, once that moves.
    let inside: Int

    private static let day: Int64 = 86_400_000
    /// Events inside of a day, where they are constant.
    private static let perDay = 10
    private static let daysBefore: Int64 = 365

    /// The instant at which the last stored event happens.
    static let start = Timestamp(milliseconds: 1_782_907_200_000)

    /// Even over 60 days, of which a window of 30 days holds half.
    static func months(history: Int) -> EventTimeline {
        let age = 60 * day
        return EventTimeline(
            history: history,
            even: history,
            spacing: age / Int64(history),
            age: age,
            lateness: age,
            inside: history / 2
        )
    }

    /// Ten in the last day if there are so many, the others before.
    static func constantDay(history: Int) -> EventTimeline {
        EventTimeline(
            history: history,
            even: min(history, perDay),
            spacing: day / Int64(perDay),
            age: day + daysBefore * day,
            lateness: day,
            inside: perDay
        )
    }

    /// All within the last day.
    static func denseDay(history: Int) -> EventTimeline {
        EventTimeline(
            history: history,
            even: history,
            spacing: day / Int64(history),
            age: day,
            lateness: day,
            inside: history
        )
    }

    /// When a stored event happened, counted from the oldest.
    func timestamp(ofStored index: Int) -> Timestamp {
        let fromEnd = Int64(history - 1 - index)
        let earlier = history - even
        guard index < earlier else {
            return Timestamp(milliseconds: EventTimeline.start.milliseconds - fromEnd * spacing)
        }
        let first = Int64(even) * spacing
        let back = first + (age - first) * (Int64(earlier) - Int64(index)) / Int64(earlier)
        return Timestamp(milliseconds: EventTimeline.start.milliseconds - back)
    }

    /// The instant of a round in which every profile gets an event, counted from 1.
    func instant(ofRound round: Int) -> Timestamp {
        Timestamp(milliseconds: EventTimeline.start.milliseconds + Int64(round) * spacing)
    }
}
