/// What is done to server and endpoint at which number of updates.
struct TorturePlan: Equatable {
    enum Action: Equatable {
        /// From here on that share of the records is throttled.
        case throttle(Double)
        /// The server is killed and started again.
        case kill
        /// The endpoint answers nothing for a while.
        case pauseSink
    }

    struct Step: Equatable {
        /// Not before so many updates were taken.
        var updates: Int64
        var action: Action
    }

    /// In the order in which they are due; the first sets what is throttled at first.
    let steps: [Step]

    /// Spreads everything evenly over the updates.
    ///
    /// - Parameters:
    ///   - updates: All that will be sent.
    ///   - throttled: Shares that take turns, each for an equal part of the updates.
    ///   - kills: How often the server is killed.
    ///   - pausesSink: Whether the endpoint is paused, once, in the middle of a turn.
    init(updates: Int64, throttled: [Double], kills: Int, pausesSink: Bool) {
        let turns = Int64(max(throttled.count, 1))
        var steps = throttled.enumerated().map { turn, share in
            Step(updates: updates * Int64(turn) / turns, action: .throttle(share))
        }
        steps += (0..<kills).map { kill in
            Step(updates: updates * Int64(kill + 1) / Int64(kills + 1), action: .kill)
        }
        if pausesSink { steps.append(Step(updates: updates * (turns / 2 * 2 + 1) / (2 * turns), action: .pauseSink)) }
        // Those due together stay in this order.
        self.steps = steps.enumerated().sorted { ($0.element.updates, $0.offset) < ($1.element.updates, $1.offset) }
            .map(\.element)
    }
}
