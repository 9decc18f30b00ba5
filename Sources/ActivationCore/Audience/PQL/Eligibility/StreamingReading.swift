/// What an expression reads that decides how Adobe would evaluate it: events and their windows, other audiences.
struct StreamingReading {
    /// One place that reads `xEvent`.
    struct Events {
        var offset: Int
        var window: StreamingWindow
        /// Whether an odd number of `not` stands before it.
        var isNegated: Bool
    }

    private(set) var events: [Events] = []
    /// What `inSegment` names.
    private(set) var audiences: [(name: String, offset: Int)] = []
    /// Where memberships of Audience Manager are read.
    private(set) var audienceManager: Int?
    /// Where a result begins that is a map or an object.
    private(set) var mapResult: Int?
    private let source: PQLSource
    /// Names that stand for the profile.
    private var profiles: Set<String> = []
    private var isNegated = false
    /// How many items of arrays stand between here and the profile.
    private var itemDepth = 0

    init(source: PQLSource) {
        self.source = source
    }

    mutating func read(definition root: PQLNode) {
        var body = root
        if case .lambda(let names, let inner) = root.kind {
            profiles.formUnion(names)
            body = inner
        }
        switch body.kind {
        case .object: mapResult = body.offset
        case .path(_, let steps):
            // `groupBy` gives a map, and `map` over that one again.
            let methods = steps.compactMap { if case .method(let name, _) = $0.kind { name } else { nil } }
            if methods.last == "groupBy" || (methods.last == "map" && methods.dropLast().last == "groupBy") {
                mapResult = body.offset
            }
        default: break
        }
        read(body)
    }

    // MARK: Nodes

    private mutating func read(_ node: PQLNode) {
        switch node.kind {
        case .null, .boolean, .integer, .double, .string, .context: break
        case .special(.now), .special(.today), .special(.yesterday), .special(.tomorrow): break
        case .special, .name, .parameter, .outer: readPath(node, [], at: node)
        case .path(let base, let steps): readPath(base, steps, at: node)
        case .array(let items): for item in items { read(item) }
        case .object(let pairs): for pair in pairs { read(pair.value) }
        case .lambda(_, let body): read(body)
        case .binding(_, let value, let body):
            read(value)
            read(body)
        case .or(let operands), .and(let operands): for operand in operands { read(operand) }
        case .not(let operand):
            isNegated.toggle()
            read(operand)
            isNegated.toggle()
        case .comparison(_, let left, let right), .membership(_, let left, let right), .like(let left, let right):
            read(left)
            read(right)
        case .occurs(let value, let when):
            read(value)
            read(when)
        case .arithmetic(let first, let terms):
            read(first)
            for term in terms { read(term.operand) }
        case .negative(let operand): read(operand)
        case .call(let name, let arguments): readCall(name, arguments, at: node)
        case .choice(let condition, let first, let second):
            for part in [condition, first, second] { read(part) }
        case .quantified(_, let generators): read(generators)
        case .aggregate(_, let value, let generators):
            read(value)
            read(generators)
        case .chain(let chain): read(chain, at: node)
        }
    }

    private mutating func read(_ when: PQLWhen) {
        let positions: [PQLTimePosition] =
            switch when {
            case .distance(_, _, _, _, let position), .side(_, let position), .on(let position): [position]
            case .between(let start, let end): [start, end]
            }
        for case .value(let node) in positions { read(node) }
    }

    private mutating func readCall(_ name: String, _ arguments: [PQLNode], at node: PQLNode) {
        if name == "inSegment", case .string(let audience)? = arguments.first?.kind {
            audiences.append((audience, node.offset))
            return
        }
        // A function before its receiver is the method after it.
        if let receiver = arguments.first, isEvents(receiver) {
            readEvents([PQLStep(kind: .method(name, Array(arguments.dropFirst())), offset: node.offset)], at: node)
        } else {
            for argument in arguments { read(argument) }
        }
    }

    // MARK: Paths

    private mutating func readPath(_ base: PQLNode, _ steps: [PQLStep], at node: PQLNode) {
        if isEvents(base) { return readEvents(steps[...], at: node) }
        guard let keys = profileKeys(base, steps) else {
            read(base)
            return read(arguments: steps[...])
        }
        switch keys.names.first {
        case "xEvent": readEvents(steps[keys.taken...], at: node)
        case "segmentMembership":
            if isAudienceManager(steps[keys.taken...]) { audienceManager = audienceManager ?? node.offset }
            read(arguments: steps[...])
        case nil where isWholeProfile(base): note(.open, at: node.offset)
        default: read(arguments: steps[...])
        }
    }

    /// The first name of a path from the profile and how many steps it takes up; nil for other paths.
    private func profileKeys(_ base: PQLNode, _ steps: [PQLStep]) -> (names: [String], taken: Int)? {
        switch base.kind {
        case .name(let name) where !profiles.contains(name): return ([name], 0)
        case .outer(let levels, let name): return (levels == itemDepth ? [name] : [], 0)
        case .name, .parameter, .special(.this):
            switch steps.first?.kind {
            case .member(let name), .key(let name): return ([name], 1)
            default: return ([], 0)
            }
        default: return nil
        }
    }

    private func isWholeProfile(_ base: PQLNode) -> Bool {
        switch base.kind {
        case .parameter: true
        case .special(.this): itemDepth == 0
        case .name(let name): profiles.contains(name)
        default: false
        }
    }

    private func isAudienceManager(_ steps: ArraySlice<PQLStep>) -> Bool {
        switch steps.first?.kind {
        case .member("aam"), .key("aam"): true
        case .method("get", let arguments): arguments.first?.kind == .string("aam")
        default: false
        }
    }

    private func isEvents(_ node: PQLNode) -> Bool {
        switch node.kind {
        case .special(.xEvent), .name("xEvent"): true
        case .outer(let levels, "xEvent"): levels == itemDepth
        case .path(let base, let steps):
            steps.count == 1 && isWholeProfile(base) && profileKeys(base, steps)?.names == ["xEvent"]
        default: false
        }
    }

    private mutating func read(arguments steps: ArraySlice<PQLStep>) {
        for step in steps {
            switch step.kind {
            case .member, .key: break
            case .filter(let condition): readInItem { $0.read(condition) }
            case .method(let name, let arguments):
                let isOverItems = PQLFunction(rawValue: name)?.isOverItems ?? false
                for argument in arguments {
                    isOverItems ? readInItem { $0.read(argument) } : read(argument)
                }
            }
        }
    }

    private mutating func readInItem(_ body: (inout StreamingReading) -> Void) {
        itemDepth += 1
        body(&self)
        itemDepth -= 1
    }

    // MARK: Events

    /// Notes the events with the window that the filters behind them leave open.
    private mutating func readEvents(_ steps: ArraySlice<PQLStep>, at node: PQLNode) {
        var window = StreamingWindow.open
        for step in steps {
            switch step.kind {
            case .filter(let condition): window = window.and(StreamingReading.window(condition, of: nil))
            case .method("filter", let arguments), .method("exists", let arguments):
                for argument in arguments {
                    if case .lambda(let names, let body) = argument.kind {
                        window = window.and(StreamingReading.window(body, of: names.first))
                    } else {
                        window = window.and(StreamingReading.window(argument, of: nil))
                    }
                }
            default: break
            }
        }
        note(window, at: node.offset)
        read(arguments: steps)
    }

    private mutating func read(_ generators: [PQLGenerator]) {
        for generator in generators {
            if isEvents(generator.source) {
                let window = generator.condition.map { StreamingReading.window($0, of: generator.name) } ?? .open
                note(window, at: generator.source.offset)
            } else {
                read(generator.source)
            }
            if let condition = generator.condition { read(condition) }
        }
    }

    private mutating func read(_ chain: PQLChain, at node: PQLNode) {
        if isEvents(chain.source) {
            var window = StreamingWindow.day
            for step in chain.steps {
                let bound = step.when.map { StreamingWindow($0) } ?? .open
                window = window.or(bound.and(StreamingReading.window(step.what, of: nil)))
            }
            events.append(
                Events(
                    offset: node.offset,
                    window: window,
                    isNegated: isNegated != chain.steps.allSatisfy(\.isNegated)
                )
            )
        } else {
            read(chain.source)
        }
        for step in chain.steps {
            readInItem { $0.read(step.what) }
            if let when = step.when { read(when) }
            if let condition = step.condition { read(condition) }
        }
    }

    private mutating func note(_ window: StreamingWindow, at offset: Int) {
        events.append(Events(offset: offset, window: window, isNegated: isNegated))
    }

    /// How far back a condition on an event looks, by its timestamp.
    private static func window(_ condition: PQLNode, of variable: String?) -> StreamingWindow {
        switch condition.kind {
        case .and(let operands): operands.reduce(.open) { $0.and(window($1, of: variable)) }
        case .or(let operands):
            operands.dropFirst().reduce(window(operands[0], of: variable)) { $0.or(window($1, of: variable)) }
        case .occurs(let value, let when) where isTimestamp(value, of: variable): StreamingWindow(when)
        default: .open
        }
    }

    private static func isTimestamp(_ node: PQLNode, of variable: String?) -> Bool {
        switch node.kind {
        case .name("timestamp"): variable == nil
        case .path(let base, let steps):
            base.kind == variable.map { .name($0) } && steps.count == 1 && steps[0].kind == .member("timestamp")
        default: false
        }
    }
}
