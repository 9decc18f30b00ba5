/// Which shards ListShards shows.
enum ShardFilter: Equatable, Sendable {
    /// All that still hold records, or could.
    case all
    case latest
    case horizon
    /// Those that were open at that epoch millisecond.
    case at(Int64)
    /// Those that were open then or later.
    case from(Int64)

    static let types = [
        "AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST", "AT_TIMESTAMP", "FROM_TIMESTAMP",
    ]

    /// Reads a filter; a shard after which to start is the page's own matter.
    init(type: String, time: Int64?, hasShard: Bool) throws(ServiceError) {
        switch (type, time) {
        case ("AT_LATEST", _): self = .latest
        case ("AT_TRIM_HORIZON", _): self = .horizon
        case ("AT_TIMESTAMP", let time?): self = .at(time)
        case ("FROM_TIMESTAMP", let time?): self = .from(time)
        case ("AT_TIMESTAMP", nil), ("FROM_TIMESTAMP", nil):
            throw ServiceError(.invalidArgument, "ShardFilter of type \(type) must have a Timestamp.")
        case ("AFTER_SHARD_ID", _) where !hasShard:
            throw ServiceError(.invalidArgument, "ShardFilter of type AFTER_SHARD_ID must have a ShardId.")
        default: self = .all
        }
    }

    func shows(_ shard: Shard, horizon: Int64) -> Bool {
        func isOpen(at time: Int64) -> Bool { shard.openedAt <= time && (shard.closing.map { $0.at >= time } ?? true) }
        return switch self {
        case .all: true
        case .latest: shard.isOpen
        case .horizon: isOpen(at: horizon)
        case .at(let time): isOpen(at: time)
        case .from(let time): shard.closing.map { $0.at >= time } ?? true
        }
    }
}

/// What is left to list of a stream's shards; a paging token holds it as text.
struct ShardPage: Equatable, Sendable {
    var stream: String
    /// The index of the first shard to list.
    var first: Int
    var filter = ShardFilter.all

    init(stream: String, first: Int) {
        self.stream = stream
        self.first = first
    }

    init(_ text: String) throws(ServiceError) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let first = Int(parts[0]), let time = Int64(parts[2]) else {
            throw ServiceError(.invalidArgument, "NextToken is invalid.")
        }
        self.init(stream: parts[3], first: first)
        switch parts[1] {
        case "latest": filter = .latest
        case "horizon": filter = .horizon
        case "at": filter = .at(time)
        case "from": filter = .from(time)
        default: filter = .all
        }
    }

    var text: String {
        let (word, time): (String, Int64) =
            switch filter {
            case .all: ("all", 0)
            case .latest: ("latest", 0)
            case .horizon: ("horizon", 0)
            case .at(let time): ("at", time)
            case .from(let time): ("from", time)
            }
        return "\(first) \(word) \(time) \(stream)"
    }

    func shards(of stream: StreamState, now: Int64) -> [Shard] {
        let horizon = max(stream.createdAt, now - stream.retention.age)
        return stream.visibleShards(now: now).filter { $0.index >= first && filter.shows($0, horizon: horizon) }
    }
}
