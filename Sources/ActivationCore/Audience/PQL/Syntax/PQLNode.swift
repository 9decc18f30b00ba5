/// One node of an expression's tree and the byte where it starts.
///
/// Equality looks at the meaning only, not at positions. Chains of one precedence (`a and b and c`, `a.b.c`) are
/// flat lists, so the tree is never deeper than the nesting the parser allows.
struct PQLNode: Sendable, Equatable {
    var kind: Kind
    var offset: Int

    static func == (left: PQLNode, right: PQLNode) -> Bool { left.kind == right.kind }

    /// The byte where its first operand starts; the offset of a relation is that of its operator.
    var start: Int {
        switch kind {
        case .comparison(_, let left, _), .membership(_, let left, _), .like(let left, _), .occurs(let left, _):
            left.start
        default: offset
        }
    }

    indirect enum Kind: Sendable, Equatable {
        case null
        case boolean(Bool)
        case integer(Int64)
        case double(Double)
        case string(String)
        case array([PQLNode])
        case object([PQLPair])
        /// A bare name: a variable or a field of the current item.
        case name(String)
        /// A bare word with a meaning of its own.
        case special(PQLSpecial)
        /// `$1`
        case parameter(Int)
        /// `^name`, `^^name`
        case outer(levels: Int, name: String)
        /// `@event{…}`
        case context(String, String)
        case lambda([String], PQLNode)
        case binding(name: String, value: PQLNode, body: PQLNode)
        case or([PQLNode])
        case and([PQLNode])
        case not(PQLNode)
        case comparison(PQLComparison, PQLNode, PQLNode)
        case membership(isNegated: Bool, PQLNode, PQLNode)
        case like(PQLNode, PQLNode)
        case occurs(PQLNode, PQLWhen)
        /// Operands of one precedence, from left to right.
        case arithmetic(PQLNode, [PQLTerm])
        case negative(PQLNode)
        case path(PQLNode, [PQLStep])
        case call(String, [PQLNode])
        case choice(PQLNode, PQLNode, PQLNode)
        case quantified(PQLQuantifier, [PQLGenerator])
        case aggregate(PQLAggregate, PQLNode, [PQLGenerator])
        case chain(PQLChain)
    }
}

enum PQLSpecial: String, Sendable {
    case now, today, yesterday, tomorrow, this, xEvent
}

enum PQLComparison: String, Sendable {
    case equal = "=", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
}

enum PQLOperator: String, Sendable {
    case plus = "+", minus = "-", times = "*", divided = "/", remainder = "%"
}

enum PQLQuantifier: String, Sendable {
    case exists, forall, select
}

enum PQLAggregate: String, Sendable {
    case sum, count, average, min, max
}

/// A member of an object literal.
struct PQLPair: Sendable, Equatable {
    var key: String
    var value: PQLNode
}

/// An operator and its right side.
struct PQLTerm: Sendable, Equatable {
    var symbol: PQLOperator
    var operand: PQLNode
}

/// One step of a path and the byte where it starts.
struct PQLStep: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// `.name`
        case member(String)
        /// `["name"]`
        case key(String)
        /// `[condition]`
        case filter(PQLNode)
        /// `.name(arguments)`
        case method(String, [PQLNode])
    }

    var kind: Kind
    var offset: Int

    static func == (left: PQLStep, right: PQLStep) -> Bool { left.kind == right.kind }
}

/// A source of items with a variable: `name from source where condition`.
struct PQLGenerator: Sendable, Equatable {
    var name: String
    var source: PQLNode
    var condition: PQLNode?
}

/// Events in an order: `CHAIN(source, timestampPath, [steps])`.
struct PQLChain: Sendable, Equatable {
    var source: PQLNode
    var timestamp: PQLNode
    var steps: [Step]

    struct Step: Sendable, Equatable {
        var isNegated: Bool
        var label: String
        var what: PQLNode
        var when: PQLWhen?
        var condition: PQLNode?
        var count: Count?
        var offset: Int

        static func == (left: Step, right: Step) -> Bool {
            left.isNegated == right.isNegated && left.label == right.label && left.what == right.what
                && left.when == right.when && left.condition == right.condition && left.count == right.count
        }
    }

    enum Count: Sendable, Equatable {
        case atLeast(Int64)
        case compared(PQLComparison, Int64)
        case between(Int64, Int64)
    }
}

/// What follows `occurs`.
enum PQLWhen: Sendable, Equatable {
    case distance(PQLComparison, Int64, PQLUnit, PQLDirection, PQLTimePosition)
    case side(PQLDirection, PQLTimePosition)
    case between(PQLTimePosition, PQLTimePosition)
    case on(PQLTimePosition)
}

enum PQLDirection: String, Sendable {
    case before, after, from
}

enum PQLPeriod: String, Sendable {
    case this, last, next
}

enum PQLTimePosition: Sendable, Equatable {
    case period(PQLPeriod, PQLUnit)
    case value(PQLNode)
}

enum PQLUnit: String, Sendable, CaseIterable {
    case millisecond, second, minute, hour, day, week, month, year, decade, century, millennium

    /// Reads a unit in singular or plural, without regard to case.
    init?(word: String) {
        let word = word.lowercased()
        switch word {
        case "centuries": self = .century
        case "millennia": self = .millennium
        default:
            guard let unit = PQLUnit(rawValue: word) ?? PQLUnit.plurals[word] else { return nil }
            self = unit
        }
    }

    private static let plurals = Dictionary(uniqueKeysWithValues: allCases.prefix(9).map { ($0.rawValue + "s", $0) })
}
