/// How an audience is evaluated, and what that costs.
public struct EvaluationPlan: Sendable, Hashable {
    /// The ways, the cheapest first.
    public enum Kind: String, Sendable, Hashable {
        /// From what is kept of the events, or without any.
        case incremental
        /// By reading the events of a window that ends now.
        case window
        /// By reading all events of the profile.
        case scan
    }

    /// The part of the expression that asks for it.
    public struct Cause: Sendable, Hashable {
        /// The part, in plain spelling.
        public var text: String
        /// Its line, from 1.
        public var line: Int
        /// Its column in characters, from 1.
        public var column: Int
    }

    /// The way.
    public var kind: Kind
    /// The widest window that is read, such as `24 hours`; nil unless the way is `window`.
    public var span: String?
    /// What forces the way; nil when it is `incremental`.
    public var cause: Cause?
}

extension EvaluationPlan: CustomStringConvertible {
    /// As one line for people.
    public var description: String {
        var text = kind.rawValue
        if let span { text += ", \(span)" }
        if let cause { text += ": line \(cause.line), column \(cause.column): \(cause.text)" }
        return text
    }

    /// The object that callers see (BEHAVIOUR 5.4).
    public var json: JSONValue {
        var object: JSONObject = ["type": .string(kind.rawValue)]
        object["span"] = span.map { .string($0) }
        if let cause {
            object["cause"] = .string(cause.text)
            object["line"] = .integer(Int64(cause.line))
            object["column"] = .integer(Int64(cause.column))
        }
        return .object(object)
    }
}

/// One place where an expression reads events themselves.
struct PQLEventRead: Sendable {
    /// The instruction that reads them.
    var instruction: Int
    var reach: EventReach.Kind
    var node: PQLNode
}

extension EvaluationPlan {
    /// The plan of a program that reads events at these places.
    init(_ reads: [PQLEventRead], _ source: PQLSource) {
        guard let furthest = reads.min(by: { $0.reach.depth < $1.reach.depth }) else {
            self = EvaluationPlan(kind: .incremental, span: nil, cause: nil)
            return
        }
        let place = source.error(.limit, at: furthest.node.offset, "")
        let cause = Cause(text: PQLPrinter.text(of: furthest.node), line: place.line, column: place.column)
        let span = furthest.reach.span
        self = EvaluationPlan(kind: span == nil ? .scan : .window, span: span, cause: cause)
    }
}
