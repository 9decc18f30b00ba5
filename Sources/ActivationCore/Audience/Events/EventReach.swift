/// How far back in time an expression looks when it reads events themselves.
public struct EventReach: Sendable {
    indirect enum Kind: Sendable {
        case everything
        case window(EventWindow)
        /// All of them bound what is read.
        case all([Kind])
        /// What is read is within one of them.
        case any([Kind])
    }

    var kind: Kind

    /// The earliest timestamp of an event that can matter to an evaluation at an instant or later.
    ///
    /// - Returns: The timestamp, before which no event need be given to the evaluation; nil = every event can matter.
    public func firstTimestamp(at now: Timestamp) -> Timestamp? {
        let first = kind.firstTimestamp(at: now.milliseconds)
        return first == .min ? nil : Timestamp(milliseconds: first)
    }
}

extension EventReach.Kind {
    /// An instant to compare windows at.
    private static let noon = Timestamp(milliseconds: 1_782_907_200_000)

    /// All windows of a stream, which an event has to be in.
    init(_ windows: [EventWindow]) {
        self = windows.isEmpty ? .everything : .all(windows.map(EventReach.Kind.window))
    }

    func firstTimestamp(at now: Int64) -> Int64 {
        switch self {
        case .everything: .min
        case .window(let window): window.firstTimestamp(from: now)
        case .all(let kinds): kinds.map { $0.firstTimestamp(at: now) }.max() ?? .min
        case .any(let kinds): kinds.map { $0.firstTimestamp(at: now) }.min() ?? .min
        }
    }

    /// The instant by which reaches are compared: the smaller, the further back.
    var depth: Int64 { firstTimestamp(at: Self.noon.milliseconds) }

    /// All windows of it.
    var windows: [EventWindow] {
        switch self {
        case .everything: []
        case .window(let window): [window]
        case .all(let kinds), .any(let kinds): kinds.flatMap(\.windows)
        }
    }

    /// The window that decides how far back is looked, as words; nil when nothing bounds it.
    var span: String? {
        switch self {
        case .everything: nil
        case .window(let window): depth == .min ? nil : window.span
        case .all(let kinds): kinds.max { $0.depth < $1.depth }?.span
        case .any(let kinds): kinds.min { $0.depth < $1.depth }?.span
        }
    }
}
