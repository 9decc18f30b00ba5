extension PQLExpression {
    /// The fields of profiles and events that the expression looks at, by their keys from the top, each once, in the order in
    /// which they stand.
    ///
    /// Attributes and fields of events have names of one schema, so they stand in one list. An array whose items' fields are
    /// looked at is not named by itself. No keys at all stand for everything: also where nobody can say beforehand what is
    /// looked at, such as the values of a map.
    public var fields: [[String]] { fieldsRead.fields }

    /// The ``fields``, and whether the expression looks at events.
    public var fieldsRead: (fields: [[String]], readsEvents: Bool) {
        var reader = PQLFieldReader()
        reader.read(whole: root)
        return (reader.fields, reader.readsEvents)
    }
}

/// Walks a tree and notes where its values lie, rather too many than too few; finds nothing wrong with it.
private struct PQLFieldReader {
    /// Where a value lies.
    private struct Location {
        var keys: [String]
        var isOfEvents = false
    }

    private enum Scope {
        case item(Location?)
        case variable(String, Location?)
        /// The event of a step of a chain.
        case label(String, Location?)
    }

    /// What was noted, each once.
    private(set) var fields: [[String]] = []
    private(set) var readsEvents = false
    private var seen: Set<[ByteKey]> = []
    /// What was noted, as often as it was.
    private var log: [[String]] = []
    private var scopes: [Scope] = []

    private static let profile = Location(keys: [])

    /// Notes the fields of a whole expression, whose parameter may have a name.
    mutating func read(whole root: PQLNode) {
        guard case .lambda(let names, let body) = root.kind else { return read(root) }
        scopes = names.map { .variable($0, Self.profile) }
        read(body)
    }

    /// Notes the fields that decide whether something holds; items that are left by a filter only have to be there.
    private mutating func read(truth node: PQLNode) {
        let mark = log.count
        if case .path(_, let steps) = node.kind, case .filter? = steps.last?.kind {
            touch(locate(node), since: mark)
        } else {
            read(node)
        }
    }

    /// Notes the fields that a value is made of.
    private mutating func read(_ node: PQLNode) {
        if let location = locate(node) { note(location.keys) }
    }

    private mutating func note(_ keys: [String]) {
        if keys.isEmpty { readsEvents = true }
        log.append(keys)
        if seen.insert(keys.map { ByteKey($0) }).inserted { fields.append(keys) }
    }

    /// Notes that there is something, unless a field of it was noted since.
    private mutating func touch(_ location: Location?, since mark: Int) {
        guard let location, !location.keys.isEmpty else { return }
        let isNoted = log[mark...].contains { keys in
            keys.count > location.keys.count && zip(keys, location.keys).allSatisfy { $0.hasSameBytes(as: $1) }
        }
        if !isNoted { note(location.keys) }
    }

    /// A field of a value; of one that nobody knows the place of, everything is noted.
    private mutating func field(_ key: String, of location: Location?) -> Location? {
        guard var location else {
            note([])
            return nil
        }
        if location.keys.isEmpty, !location.isOfEvents, key.hasSameBytes(as: "xEvent") { return events() }
        location.keys.append(key)
        return location
    }

    private mutating func events() -> Location {
        readsEvents = true
        return Location(keys: [], isOfEvents: true)
    }

    /// Where a value lies; nil when it is made of others, which are noted.
    private mutating func locate(_ node: PQLNode) -> Location? {
        let mark = log.count
        switch node.kind {
        case .null, .boolean, .integer, .double, .string, .special(.now), .special(.today), .special(.yesterday),
            .special(.tomorrow), .context:
            return nil
        case .name(let name): return resolve(name)
        case .special(.this): return item(0)
        case .special(.xEvent): return events()
        case .parameter: return Self.profile
        case .outer(let levels, let name): return field(name, of: item(levels))
        case .path(let base, let steps):
            var location = locate(base)
            for step in steps {
                switch step.kind {
                case .member(let name), .key(let name): location = field(name, of: location)
                case .filter(let condition): read(condition, as: [.item(location)], isTruth: true)
                case .method(let name, let arguments):
                    location = apply(name, to: location, arguments[...], since: mark)
                }
            }
            return location
        case .call(let name, let arguments):
            guard PQLFunction(rawValue: name)?.hasReceiver ?? false, let receiver = arguments.first else {
                for argument in arguments { read(argument) }
                return nil
            }
            return apply(name, to: locate(receiver), arguments.dropFirst(), since: mark)
        case .quantified(let kind, let generators):
            let items = walk(generators[...], of: nil)
            return kind == .select ? items : nil
        case .aggregate(_, let value, let generators):
            _ = walk(generators[...], of: value)
        case .binding(let name, let value, let body):
            let location = locate(value)
            read(body, as: [.variable(name, location)])
            touch(location, since: mark)
        case .lambda(let names, let body): read(body, as: names.map { .variable($0, nil) })
        case .array(let nodes):
            for node in nodes { read(node) }
        case .or(let nodes), .and(let nodes):
            for node in nodes { read(truth: node) }
        case .object(let pairs):
            for pair in pairs { read(pair.value) }
        case .not(let body): read(truth: body)
        case .negative(let body): read(body)
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
        case .chain(let chain): read(chain)
        }
        return nil
    }

    // MARK: Functions

    /// Notes what a function looks at.
    ///
    /// - Parameters:
    ///   - name: The function.
    ///   - receiver: Where what stands before the dot lies.
    ///   - arguments: What else it gets.
    ///   - mark: Where the notes of the receiver begin.
    /// - Returns: Where its result lies; nil when it is made of what is noted.
    private mutating func apply(
        _ name: String,
        to receiver: Location?,
        _ arguments: ArraySlice<PQLNode>,
        since mark: Int
    ) -> Location? {
        switch PQLFunction(rawValue: name) {
        case .get:
            if let argument = arguments.first, case .string(let key) = argument.kind { return field(key, of: receiver) }
            note(whole: receiver)
        case .head: return receiver
        case .distinct:
            note(whole: receiver)
            return receiver
        case .filter, .topN, .bottomN:
            if let first = arguments.first { read(argument: first, of: receiver) }
            for argument in arguments.dropFirst() { read(argument) }
            return receiver
        case .exists where arguments.isEmpty, .count: touch(receiver, since: mark)
        case .map:
            // Of an object the values are walked over, wherever they lie.
            note(whole: receiver)
            for argument in arguments { read(argument: argument, of: nil) }
            return nil
        case .exists, .forall, .sum, .average, .min, .max, .groupBy:
            guard !arguments.isEmpty else {
                note(whole: receiver)
                return nil
            }
            for argument in arguments { read(argument: argument, of: receiver) }
            touch(receiver, since: mark)
            return nil
        default: note(whole: receiver)
        }
        for argument in arguments { read(argument) }
        return nil
    }

    private mutating func note(whole location: Location?) {
        if let location { note(location.keys) }
    }

    /// Notes what an argument looks at that is evaluated for each item; nil = nobody knows where those lie.
    private mutating func read(argument: PQLNode, of items: Location?) {
        guard case .lambda(let names, let body) = argument.kind else {
            return read(argument, as: [.item(items)])
        }
        // Of a map nobody knows the keys, so its values may lie anywhere in it.
        if names.count > 1 { note(whole: items) }
        read(body, as: [.item(items)] + names.map { .variable($0, names.count > 1 ? nil : items) })
    }

    // MARK: Scopes

    private mutating func read(_ node: PQLNode, as inner: [Scope], isTruth: Bool = false) {
        scopes += inner
        if isTruth { read(truth: node) } else { read(node) }
        scopes.removeLast(inner.count)
    }

    private mutating func resolve(_ name: String) -> Location? {
        for scope in scopes.reversed() {
            switch scope {
            case .variable(let variable, let location), .label(let variable, let location):
                if variable.hasSameBytes(as: name) { return location }
            case .item: break
            }
        }
        return field(name, of: item(0))
    }

    /// The item so many levels up; the profile above all of them.
    private func item(_ levels: Int) -> Location? {
        var levels = levels
        for case .item(let item) in scopes.reversed() {
            if levels == 0 { return item }
            levels -= 1
        }
        return Self.profile
    }

    /// Notes what generators look at, and a value made of their items.
    ///
    /// - Parameters:
    ///   - generators: The generators that are left.
    ///   - value: The value; nil = the items themselves.
    /// - Returns: Where the items of the first one lie.
    private mutating func walk(_ generators: ArraySlice<PQLGenerator>, of value: PQLNode?) -> Location? {
        guard let generator = generators.first else {
            if let value { read(value) }
            return nil
        }
        let mark = log.count
        let source = locate(generator.source)
        scopes.append(.variable(generator.name, source))
        if let condition = generator.condition { read(truth: condition) }
        _ = walk(generators.dropFirst(), of: value)
        scopes.removeLast()
        touch(source, since: mark)
        return source
    }

    // MARK: Events in an order

    private mutating func read(_ chain: PQLChain) {
        let mark = log.count
        let source = locate(chain.source)
        let outside = scopes
        read(chain.timestamp, as: [.item(source)])
        for step in chain.steps {
            let labelled = scopes
            // What an event is does not depend on the events before it.
            scopes.removeAll { if case .label = $0 { true } else { false } }
            read(step.what, as: [.item(source)], isTruth: true)
            scopes = labelled
            if let when = step.when { read(when) }
            scopes.append(.label(step.label, source))
            if let condition = step.condition { read(truth: condition) }
            // Nothing is matched by a negated step, so later ones cannot refer to it.
            if step.isNegated { scopes.removeLast() }
        }
        scopes = outside
        touch(source, since: mark)
    }

    private mutating func read(_ when: PQLWhen) {
        let positions =
            switch when {
            case .distance(_, _, _, _, let position), .side(_, let position), .on(let position): [position]
            case .between(let first, let last): [first, last]
            }
        for case .value(let node) in positions {
            // A label of an event stands for its time.
            if let location = locate(node), !location.isOfEvents || !location.keys.isEmpty { note(location.keys) }
        }
    }
}
