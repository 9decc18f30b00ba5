import ActivationCore

/// What a policy denies: a label, or several of them together (BEHAVIOUR 9.3).
indirect enum PolicyCondition: Sendable, Equatable {
    case label(String)
    /// Every one of them.
    case all([PolicyCondition])
    /// One of them at least.
    case any([PolicyCondition])

    /// Levels of a condition.
    static let depthMax = 10
    /// Labels in a condition.
    static let labelsMax = 200

    /// Reads `deny`.
    ///
    /// - Parameters:
    ///   - json: `{"label"}`, or `{"operator": "AND" | "OR", "operands": […]}`.
    ///   - pointer: Where it stands.
    /// - Throws: `FIELD_INVALID`.
    init(_ json: JSONValue, at pointer: String = "/deny") throws(APIError) {
        self = try PolicyCondition.read(json, at: pointer, depth: 1)
        guard labels.count <= PolicyCondition.labelsMax else {
            throw APIError(.fieldInvalid, "\(pointer) names at most \(PolicyCondition.labelsMax) labels")
        }
    }

    private static func read(_ json: JSONValue, at pointer: String, depth: Int) throws(APIError) -> PolicyCondition {
        let form = "\(pointer) is {\"label\": …} or {\"operator\": \"AND\" or \"OR\", \"operands\": […]}"
        guard depth <= depthMax else { throw APIError(.fieldInvalid, "\(pointer) has more than \(depthMax) levels") }
        guard let object = json.object else { throw APIError(.fieldInvalid, form) }
        if let label = object["label"]?.string, object["operator"] == nil {
            return .label(UsageLabel.plainName(label))
        }
        guard object["label"] == nil, let operands = object["operands"]?.array, 1...labelsMax ~= operands.count else {
            throw APIError(.fieldInvalid, form)
        }
        var conditions: [PolicyCondition] = []
        for (index, operand) in operands.enumerated() {
            conditions.append(try read(operand, at: "\(pointer)/operands/\(index)", depth: depth + 1))
        }
        switch object["operator"]?.string {
        case "AND": return .all(conditions)
        case "OR": return .any(conditions)
        default: throw APIError(.fieldInvalid, form)
        }
    }

    /// The form in which it was read.
    var json: JSONValue {
        switch self {
        case .label(let name): ["label": .string(name)]
        case .all(let operands): ["operator": "AND", "operands": .array(operands.map(\.json))]
        case .any(let operands): ["operator": "OR", "operands": .array(operands.map(\.json))]
        }
    }

    /// In words: `C4 or (C3 and I1)`.
    var text: String {
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

    /// The labels that it names, as often as it does.
    var labels: [String] {
        switch self {
        case .label(let name): [name]
        case .all(let operands), .any(let operands): operands.flatMap(\.labels)
        }
    }

    /// Whether data with these labels is denied.
    func isMet(by found: Set<String>) -> Bool {
        switch self {
        case .label(let name): found.contains(name)
        case .all(let operands): operands.allSatisfy { $0.isMet(by: found) }
        case .any(let operands): operands.contains { $0.isMet(by: found) }
        }
    }
}
