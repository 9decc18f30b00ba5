extension PQLExpression {
    /// The fields of profiles and events that the expression looks at, by their keys from the top, each once, in the order in
    /// which they stand.
    ///
    /// Attributes and fields of events have names of one schema, so they stand in one list. An array is named by itself only where
    /// no field of its items is looked at. No keys at all stand for the whole profile.
    public var fields: [[String]] {
        var reader = PQLFieldReader()
        reader.read(root)
        return reader.fields
    }
}

/// Walks a tree and notes where its values lie; finds nothing wrong with it.
private struct PQLFieldReader {
    /// Where a value lies.
    private struct Location: Equatable {
        var keys: [String]
        /// Whether events are meant, which without a field are only counted.
        var isOfEvents = false

        subscript(key: String) -> Location { Location(keys: keys + [key], isOfEvents: isOfEvents) }
    }

    private enum Scope {
        case item(Location?)
        case variable(String, Location?)
    }

    private(set) var fields: [[String]] = []
    private var seen: Set<[String]> = []
    private var scopes: [Scope] = [.item(Location(keys: []))]

    /// Notes the fields that a value is made of.
    mutating func read(_ node: PQLNode) {
        if let location = locate(node) { note(location) }
    }

    private mutating func note(_ location: Location) {
        guard !location.isOfEvents || !location.keys.isEmpty else { return }
        if seen.insert(location.keys).inserted { fields.append(location.keys) }
    }

    /// Where a value lies; nil when it is made of others, which are noted.
    private mutating func locate(_ node: PQLNode) -> Location? {
        switch node.kind {
        case .null, .boolean, .integer, .double, .string, .special(.now), .special(.today), .special(.yesterday),
            .special(.tomorrow), .context:
            return nil
        case .name(let name): return resolve(name)
        case .special(.this): return item(0)
        case .special(.xEvent): return Location(keys: [], isOfEvents: true)
        case .parameter: return Location(keys: [])
        case .outer(let levels, let name): return item(levels)?[name]
        case .path(let base, let steps): return locate(base, steps)
        case .quantified(_, let generators): return walk(generators[...], of: nil)
        case .binding(let name, let value, let body):
            let location = locate(value)
            read(body, as: .variable(name, location))
            noteUnlessNoted(location)
        case .array(let nodes), .or(let nodes), .and(let nodes), .call(_, let nodes):
            for node in nodes { read(node) }
        case .object(let pairs):
            for pair in pairs { read(pair.value) }
        case .lambda(_, let body), .not(let body), .negative(let body): read(body)
        case .comparison(_, let left, let right), .membership(_, let left, let right), .like(let left, let right):
            read(left)
            read(right)
        case .occurs(let node, let when):
            read(node)
            read(when)
        case .arithmetic(let first, let terms):
            read(first)
            for term in terms { read(term.operand) }
        case .choice(let condition, let left, let right):
            for node in [condition, left, right] { read(node) }
        case .aggregate(_, let value, let generators):
            _ = walk(generators[...], of: value)
        case .chain(let chain): read(chain)
        }
        return nil
    }

    /// Where a path leads, whatever it leaves out of the arrays on its way.
    private mutating func locate(_ base: PQLNode, _ steps: [PQLStep]) -> Location? {
        var location = locate(base)
        for step in steps {
            switch step.kind {
            case .member(let name), .key(let name): location = location?[name]
            case .filter(let condition): read(condition, as: .item(location))
            case .method(_, let arguments):
                for argument in arguments {
                    if case .lambda(let names, let body) = argument.kind {
                        let depth = scopes.count
                        scopes += names.map { .variable($0, location) }
                        read(body, as: .item(location))
                        scopes.removeLast(scopes.count - depth)
                    } else {
                        read(argument, as: .item(location))
                    }
                }
            }
        }
        // Of items whose fields were looked at there is no more to note.
        switch steps.last?.kind {
        case .filter, .method: return hasNoted(below: location) ? nil : location
        default: return location
        }
    }

    // MARK: Scopes

    private mutating func read(_ node: PQLNode, as scope: Scope) {
        scopes.append(scope)
        read(node)
        scopes.removeLast()
    }

    private func resolve(_ name: String) -> Location? {
        for scope in scopes.reversed() {
            if case .variable(name, let location) = scope { return location }
        }
        return item(0)?[name]
    }

    /// The item so many levels up; the profile above all of them.
    private func item(_ levels: Int) -> Location? {
        let items = scopes.compactMap { scope -> Location?? in if case .item(let item) = scope { item } else { nil } }
        return items.dropLast(levels).last ?? Location(keys: [])
    }

    private func hasNoted(below location: Location?) -> Bool {
        guard let location else { return true }
        return fields.contains { $0.count > location.keys.count && $0.starts(with: location.keys) }
    }

    private mutating func noteUnlessNoted(_ location: Location?) {
        guard let location, !hasNoted(below: location) else { return }
        note(location)
    }

    /// Notes what generators look at, and a value made of their items.
    ///
    /// - Parameters:
    ///   - generators: The generators that are left.
    ///   - value: The value; nil = the items themselves.
    /// - Returns: Where the items of the last one lie, when there is no value.
    private mutating func walk(_ generators: ArraySlice<PQLGenerator>, of value: PQLNode?) -> Location? {
        guard let generator = generators.first else {
            if let value { read(value) }
            return nil
        }
        let source = locate(generator.source)
        scopes.append(.variable(generator.name, source))
        if let condition = generator.condition { read(condition) }
        let inner = walk(generators.dropFirst(), of: value)
        scopes.removeLast()
        guard generators.count == 1 else {
            noteUnlessNoted(source)
            return inner
        }
        if hasNoted(below: source) { return nil }
        return source
    }

    // MARK: Events in an order

    private mutating func read(_ chain: PQLChain) {
        let source = locate(chain.source)
        let depth = scopes.count
        for step in chain.steps {
            read(chain.timestamp, as: .item(source))
            read(step.what, as: .item(source))
            scopes += [.variable(step.label, source), .item(source)]
            if let when = step.when { read(when) }
            if let condition = step.condition { read(condition) }
            scopes.removeLast()
        }
        scopes.removeLast(scopes.count - depth)
    }

    private mutating func read(_ when: PQLWhen) {
        let positions =
            switch when {
            case .distance(_, _, _, _, let position), .side(_, let position), .on(let position): [position]
            case .between(let first, let last): [first, last]
            }
        for case .value(let node) in positions { read(node) }
    }
}
