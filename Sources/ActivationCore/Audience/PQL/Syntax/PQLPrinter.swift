/// Writes a tree back as text that parses to the same tree.
struct PQLPrinter {
    /// How tightly a node holds together; looser nodes in tighter places get parentheses.
    enum Level: Int, Comparable {
        case expression, or, and, not, relation, sum, product, unary, postfix

        static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

        var tighter: Level { Level(rawValue: rawValue + 1) ?? .postfix }
    }

    private(set) var text = ""

    static func text(of node: PQLNode) -> String {
        var printer = PQLPrinter()
        printer.append(node)
        return printer.text
    }

    /// What follows `occurs`.
    static func text(of when: PQLWhen) -> String {
        var printer = PQLPrinter()
        printer.append(when)
        return printer.text
    }

    mutating func append(_ node: PQLNode, in place: Level = .expression) {
        let needsParentheses = PQLPrinter.level(of: node) < place
        if needsParentheses { text += "(" }
        appendBare(node)
        if needsParentheses { text += ")" }
    }

    private static func level(of node: PQLNode) -> Level {
        switch node.kind {
        // A comprehension reaches as far to the right as it can, so inside an operand it needs parentheses.
        case .lambda, .binding, .quantified, .aggregate: .expression
        case .or: .or
        case .and: .and
        case .not: .not
        case .comparison, .membership, .like, .occurs: .relation
        case .arithmetic(_, let terms): isSum(terms) ? .sum : .product
        case .negative: .unary
        default: .postfix
        }
    }

    private static func isSum(_ terms: [PQLTerm]) -> Bool {
        terms.first?.symbol == .plus || terms.first?.symbol == .minus
    }

    private mutating func appendBare(_ node: PQLNode) {
        switch node.kind {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .double(let value): text += PQLPrinter.text(of: value)
        case .string(let value): appendString(value)
        case .array(let items): appendList(items, "[", "]")
        case .object(let pairs): append(pairs)
        case .name(let name): text += PQLPrinter.quoted(name)
        case .special(let special): text += special.rawValue
        case .parameter(let position): text += "$\(position)"
        case .outer(let levels, let name): text += String(repeating: "^", count: levels) + PQLPrinter.quoted(name)
        case .context(let letters, let content): text += "@\(letters){\(content)}"
        case .lambda(let names, let body):
            text += "(" + names.joined(separator: ", ") + ") => "
            append(body)
        case .binding(let name, let value, let body):
            text += "let \(name) = "
            append(value, in: .postfix)
            text += " in "
            append(body)
        case .or(let operands): append(operands, " or ", in: .and)
        case .and(let operands): append(operands, " and ", in: .not)
        case .not(let operand): appendPrefixed("not ", operand, in: .not)
        case .negative(let operand): appendPrefixed("-", operand, in: .unary)
        case .comparison(let comparison, let left, let right): append(left, " \(comparison.rawValue) ", right)
        case .membership(let isNegated, let left, let right): append(left, isNegated ? " notIn " : " in ", right)
        case .like(let left, let right): append(left, " like ", right)
        case .arithmetic(let first, let terms): append(first, terms)
        case .path(let base, let steps):
            append(base, in: .postfix)
            for step in steps { append(step) }
        case .call(let name, let arguments):
            text += PQLPrinter.quoted(name)
            appendList(arguments, "(", ")")
        case .choice(let condition, let first, let second):
            text += "if"
            appendList([condition, first, second], "(", ")")
        case .quantified(let quantifier, let generators):
            text += quantifier.rawValue + " "
            append(generators)
        case .aggregate(let aggregate, let value, let generators):
            text += aggregate.rawValue + " "
            append(value, in: .sum)
            text += " over "
            append(generators)
        case .occurs(let value, let when):
            append(value, in: .sum)
            text += " occurs "
            append(when)
        case .chain(let chain): append(chain)
        }
    }

    // MARK: Words and literals

    /// A name, in backticks when it would read as something else.
    private static func quoted(_ name: String) -> String {
        PQLLexer.isWord(name) && !PQLWord.isSpecial(name) ? name : "`\(name)`"
    }

    /// A name after a dot, where reserved words are ordinary.
    private static func pathPart(_ name: String) -> String {
        PQLLexer.isWord(name) || (name.first == "@" && PQLLexer.isWord(String(name.dropFirst()))) ? name : "`\(name)`"
    }

    static func text(of value: Double) -> String {
        let text = String(describing: value)
        guard let exponent = text.firstIndex(of: "e"), !text[..<exponent].contains(".") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }

    private mutating func appendString(_ value: String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    // MARK: Lists and operands

    private mutating func appendList(_ nodes: [PQLNode], _ open: String, _ close: String) {
        text += open
        append(nodes, ", ", in: .expression)
        text += close
    }

    private mutating func append(_ nodes: [PQLNode], _ separator: String, in place: Level) {
        for (index, node) in nodes.enumerated() {
            if index > 0 { text += separator }
            append(node, in: place)
        }
    }

    private mutating func append(_ left: PQLNode, _ symbol: String, _ right: PQLNode) {
        append(left, in: .sum)
        text += symbol
        append(right, in: .sum)
    }

    private mutating func appendPrefixed(_ prefix: String, _ operand: PQLNode, in place: Level) {
        text += prefix
        append(operand, in: place)
    }

    private mutating func append(_ first: PQLNode, _ terms: [PQLTerm]) {
        let place = PQLPrinter.isSum(terms) ? Level.product : Level.unary
        append(first, in: place)
        for term in terms {
            text += " \(term.symbol.rawValue) "
            append(term.operand, in: place)
        }
    }

    private mutating func append(_ pairs: [PQLPair]) {
        text += "{"
        for (index, pair) in pairs.enumerated() {
            if index > 0 { text += ", " }
            appendString(pair.key)
            text += ": "
            append(pair.value)
        }
        text += "}"
    }

    private mutating func append(_ step: PQLStep) {
        switch step.kind {
        case .member(let name): text += "." + PQLPrinter.pathPart(name)
        case .key(let key):
            text += "["
            appendString(key)
            text += "]"
        case .filter(let condition):
            text += "["
            // A text alone would be a key, a number alone a position.
            switch condition.kind {
            case .string, .integer:
                text += "("
                append(condition)
                text += ")"
            default: append(condition)
            }
            text += "]"
        case .method(let name, let arguments):
            text += "." + PQLPrinter.pathPart(name)
            appendList(arguments, "(", ")")
        }
    }

    private mutating func append(_ generators: [PQLGenerator]) {
        for (index, generator) in generators.enumerated() {
            if index > 0 { text += ", " }
            text += "\(generator.name) from "
            append(generator.source, in: .sum)
            if let condition = generator.condition {
                text += " where "
                append(condition, in: .or)
            }
        }
    }

    // MARK: Time

    private mutating func append(_ when: PQLWhen) {
        switch when {
        case .distance(let comparison, let amount, let unit, let direction, let position):
            text += "\(comparison.rawValue) \(amount) \(unit.rawValue) \(direction.rawValue) "
            append(position)
        case .side(let direction, let position):
            text += direction.rawValue + " "
            append(position)
        case .between(let start, let end):
            text += "between "
            append(start)
            text += " and "
            append(end)
        case .on(let position):
            text += "on "
            append(position)
        }
    }

    private mutating func append(_ position: PQLTimePosition) {
        switch position {
        case .period(let period, let unit): text += "\(period.rawValue) \(unit.rawValue)"
        case .value(let node): append(node, in: .sum)
        }
    }

    private mutating func append(_ chain: PQLChain) {
        text += "CHAIN("
        append(chain.source, in: .sum)
        text += ", "
        append(chain.timestamp, in: .sum)
        text += ", ["
        for (index, step) in chain.steps.enumerated() {
            if index > 0 { text += ", " }
            text += (step.isNegated ? "not " : "") + "\(step.label): WHAT("
            append(step.what)
            text += ")"
            if let when = step.when {
                text += " WHEN("
                append(when)
                text += ")"
            }
            if let condition = step.condition {
                text += " WHERE("
                append(condition)
                text += ")"
            }
            if let count = step.count {
                text += " COUNT(" + PQLPrinter.text(of: count) + ")"
            }
        }
        text += "])"
    }

    private static func text(of count: PQLChain.Count) -> String {
        switch count {
        case .atLeast(let number): String(number)
        case .compared(let comparison, let number): "\(comparison.rawValue) \(number)"
        case .between(let low, let high): "between \(low) and \(high)"
        }
    }
}
