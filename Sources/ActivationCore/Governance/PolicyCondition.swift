/// What a policy denies: a label, or several of them together (BEHAVIOUR 9.3).
public indirect enum PolicyCondition: Sendable, Hashable {
    /// Data that has this label.
    case label(String)
    /// Data of which every one of these is true.
    case all([PolicyCondition])
    /// Data of which one of these is true at least.
    case any([PolicyCondition])

    /// Levels of a condition.
    public static let depthMax = 10
    /// Labels in a condition.
    public static let labelsMax = 200

    /// Why something is no condition.
    public struct Mistake: Error, Sendable, Equatable {
        /// Where: a pointer into JSON, or a column of a text.
        public var place: String
        /// What was expected there.
        public var message: String
    }

    /// The labels that it names, as often as it does.
    public var labels: [String] {
        switch self {
        case .label(let name): [name]
        case .all(let operands), .any(let operands): operands.flatMap(\.labels)
        }
    }

    /// Whether data with these labels is denied.
    public func isMet(by found: Set<String>) -> Bool {
        switch self {
        case .label(let name): found.contains(name)
        case .all(let operands): operands.allSatisfy { $0.isMet(by: found) }
        case .any(let operands): operands.contains { $0.isMet(by: found) }
        }
    }

    /// Its levels; a label is one.
    private var depth: Int {
        switch self {
        case .label: 1
        case .all(let operands), .any(let operands): 1 + (operands.map(\.depth).max() ?? 0)
        }
    }

    fileprivate func checked() throws(Mistake) -> PolicyCondition {
        guard labels.count <= PolicyCondition.labelsMax else {
            throw Mistake(place: "", message: "names at most \(PolicyCondition.labelsMax) labels")
        }
        guard depth <= PolicyCondition.depthMax else {
            throw Mistake(place: "", message: "has at most \(PolicyCondition.depthMax) levels")
        }
        return self
    }
}

// Adobe's form.
extension PolicyCondition {
    /// Reads `{"label"}`, or `{"operator": "AND" | "OR", "operands": […]}`.
    public init(_ json: JSONValue) throws(Mistake) {
        self = try PolicyCondition.read(json, at: "", depth: 1).checked()
    }

    private static func read(_ json: JSONValue, at pointer: String, depth: Int) throws(Mistake) -> PolicyCondition {
        let form = Mistake(
            place: pointer,
            message: #"is {"label": …} or {"operator": "AND" or "OR", "operands": […]}"#
        )
        guard depth <= depthMax else {
            throw Mistake(place: pointer, message: "has more than \(depthMax) levels")
        }
        guard let object = json.object else { throw form }
        if let label = object["label"]?.string, object["operator"] == nil { return .label(label) }
        guard object["label"] == nil, let operands = object["operands"]?.array, 1...labelsMax ~= operands.count else {
            throw form
        }
        var conditions: [PolicyCondition] = []
        for (index, operand) in operands.enumerated() {
            conditions.append(try read(operand, at: "\(pointer)/operands/\(index)", depth: depth + 1))
        }
        switch object["operator"]?.string {
        case "AND": return .all(conditions)
        case "OR": return .any(conditions)
        default: throw form
        }
    }

    /// The form in which it is read.
    public var json: JSONValue {
        switch self {
        case .label(let name): ["label": .string(name)]
        case .all(let operands): ["operator": "AND", "operands": .array(operands.map(\.json))]
        case .any(let operands): ["operator": "OR", "operands": .array(operands.map(\.json))]
        }
    }
}

// In words, as people write it.
extension PolicyCondition {
    /// In words: `C4 or (C3 and I1)`.
    public var text: String {
        switch self {
        case .label(let name): name
        case .all(let operands): PolicyCondition.text(operands, " and ")
        case .any(let operands): PolicyCondition.text(operands, " or ")
        }
    }

    private static func text(_ operands: [PolicyCondition], _ word: String) -> String {
        operands.map { operand in
            if case .label(let name) = operand { name } else { "(\(operand.text))" }
        }.joined(separator: word)
    }

    /// Reads labels with `and` or `or` between them; where both stand, parentheses say what belongs together.
    public init(text: String) throws(Mistake) {
        var reader = ConditionReader(text)
        let condition = try reader.condition(depth: 1)
        guard reader.isAtEnd else { throw reader.expected("and, or, or the end") }
        self = try condition.checked()
    }
}

/// Reads a condition in words, token by token.
private struct ConditionReader {
    private let tokens: [(text: String, column: Int)]
    private let end: Int
    private var next = 0
    static let parenthesesMax = 50

    init(_ text: String) {
        var tokens: [(text: String, column: Int)] = []
        var word = ""
        var column = 0
        func isBreak(_ character: Character) -> Bool { character.isWhitespace || "()".contains(character) }
        for character in text {
            column += 1
            if isBreak(character) {
                if !word.isEmpty { tokens.append((word, column - word.count)) }
                word = ""
                if !character.isWhitespace { tokens.append((String(character), column)) }
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { tokens.append((word, column + 1 - word.count)) }
        self.tokens = tokens
        end = column + 1
    }

    var isAtEnd: Bool { next == tokens.count }

    private var word: String? { isAtEnd ? nil : tokens[next].text }

    func expected(_ what: String) -> PolicyCondition.Mistake {
        let (found, column) = isAtEnd ? ("the end", end) : ("\"\(tokens[next].text)\"", tokens[next].column)
        return PolicyCondition.Mistake(place: "column \(column)", message: "expected \(what), found \(found)")
    }

    mutating func condition(depth: Int) throws(PolicyCondition.Mistake) -> PolicyCondition {
        var operands = [try operand(depth: depth)]
        var joint: String?
        while let word = word?.lowercased(), ["and", "or"].contains(word) {
            guard joint == nil || joint == word else {
                throw expected("\(joint ?? ""), as before: parentheses say what belongs together")
            }
            joint = word
            next += 1
            operands.append(try operand(depth: depth))
        }
        guard operands.count > 1 else { return operands[0] }
        return joint == "and" ? .all(operands) : .any(operands)
    }

    private mutating func operand(depth: Int) throws(PolicyCondition.Mistake) -> PolicyCondition {
        guard let word, word != ")", !["and", "or"].contains(word.lowercased()) else {
            throw expected("a label or a parenthesis")
        }
        guard word == "(" else {
            next += 1
            return .label(word)
        }
        // Parentheses around one condition make no level, but they are bounded too.
        guard depth < ConditionReader.parenthesesMax else { throw expected("fewer parentheses") }
        next += 1
        let inner = try condition(depth: depth + 1)
        guard self.word == ")" else { throw expected("a closing parenthesis") }
        next += 1
        return inner
    }
}
