import ActivationCore

/// Where the evaluation stands among the profiles: it goes over them in the order of their rows, round after round.
struct EvaluationPosition: Sendable, Hashable {
    /// Which round this is.
    var round: Int64
    /// The last row that was evaluated in it; 0 = none.
    var row: Int64
    /// Profiles evaluated in all rounds; differences tell how many lie between two positions.
    var visited: Int64

    /// Before the first round.
    static let start = EvaluationPosition(round: 0, row: 0, visited: 0)

    /// The beginning of the next round.
    var nextRound: EvaluationPosition {
        EvaluationPosition(round: round + 1, row: 0, visited: visited)
    }

    /// Whether all profiles lie between an earlier position and this one.
    func isOnceAround(from start: EvaluationPosition) -> Bool {
        (round, row) >= (start.round + 1, start.row)
    }

    /// Whether this can have been the position before another one was.
    func isAtOrBefore(_ later: EvaluationPosition) -> Bool {
        (round, row) <= (later.round, later.row) && visited <= later.visited
    }

    /// Profiles that were evaluated since an earlier position.
    func visited(since start: EvaluationPosition) -> Int {
        Int(max(visited - start.visited, 0))
    }
}

extension EvaluationPosition {
    /// More than any store holds, and far from where counting ends.
    private static let countMax: Int64 = 1 << 60

    /// Whether a stored count can be one.
    static func isCount(_ count: Int64) -> Bool { 0...countMax ~= count }

    /// Reads a stored position; nil when it is not one.
    init?(_ view: JSONView?) {
        guard let view, let round = view["round"]?.int64, let row = view["row"]?.int64,
            let visited = view["visited"]?.int64, [round, row].allSatisfy(Self.isCount),
            // Differences are counts too. Below 0 where profiles had been evaluated before counting began.
            -Self.countMax / 4...Self.countMax / 4 ~= visited
        else { return nil }
        self.init(round: round, row: row, visited: visited)
    }

    /// The position as it is stored.
    var json: JSONValue {
        ["round": .integer(round), "row": .integer(row), "visited": .integer(visited)]
    }
}
