extension PQLCompiler {
    /// What a path begins with.
    enum Start {
        case place(Place)
        /// A field of the current or an outer item.
        case field(Place, String)
        case events
        case other
    }

    /// Works out a path's start; finds names that mean nothing.
    func start(of node: PQLNode) throws(PQLError) -> Start {
        switch node.kind {
        case .parameter(let position):
            guard position == 1 else {
                throw error(
                    .wrongScope,
                    node,
                    "found $\(position); an audience has one parameter, $1, which is the profile"
                )
            }
            return .place(.profile)
        case .name(let name): return resolve(name)
        case .special(.this): return .place(item(levels: 0) ?? .profile)
        case .special(.xEvent): return .events
        case .special(.now): return .place(.clock(.now))
        case .special(.today): return .place(.clock(.day(0)))
        case .special(.yesterday): return .place(.clock(.day(-1)))
        case .special(.tomorrow): return .place(.clock(.day(1)))
        case .outer(let levels, let name):
            guard let place = item(levels: levels) else {
                throw error(
                    .wrongScope,
                    node,
                    "found \(levels) \"^\" before \"\(name)\" where only \(itemDepth) outer items exist"
                )
            }
            return .field(place, name)
        default: return .other
        }
    }

    private func resolve(_ name: String) -> Start {
        for scope in scopes.reversed() {
            if case .variable(let variable, let place) = scope, variable.hasSameBytes(as: name) {
                return .place(place)
            }
        }
        return .field(item(levels: 0) ?? .profile, name)
    }

    /// The item so many levels up; nil above the profile.
    private func item(levels: Int) -> Place? {
        var levels = levels
        for scope in scopes.reversed() {
            guard case .item(let place) = scope else { continue }
            if levels == 0 { return place }
            levels -= 1
        }
        return nil
    }

    private var itemDepth: Int {
        scopes.count { if case .item = $0 { true } else { false } } - 1
    }

    /// The keys of a path through the profile, and the number of steps they take up; nil for other paths.
    func profileKeys(_ base: PQLNode, _ steps: [PQLStep]) throws(PQLError) -> (keys: [String], taken: Int)? {
        var keys: [String]
        switch try start(of: base) {
        case .place(.profile): keys = []
        case .field(.profile, let name): keys = [name]
        default: return nil
        }
        for (index, step) in steps.enumerated() {
            switch step.kind {
            case .member(let name): keys.append(name)
            // The profile is a map; what stands at a key may be an array, through which a path goes and a key does not.
            case .key(let name) where keys.isEmpty: keys.append(name)
            case .key, .filter, .method: return (keys, index)
            }
        }
        return (keys, steps.count)
    }

    mutating func emitPath(_ base: PQLNode, _ steps: [PQLStep]) throws(PQLError) -> Result {
        if case .method(let name, let arguments)? = steps.first?.kind, arguments.isEmpty,
            let function = PQLFunction(rawValue: name), try emitDatePart(function, of: base)
        {
            return try emitSteps(steps.dropFirst(), after: .value)
        }
        if let (keys, taken) = try profileKeys(base, steps) {
            try emitProfile(keys, at: base)
            return try emitSteps(steps[taken...], after: .value)
        }
        switch try start(of: base) {
        case .place(.slot(let slot)): draft.ops.append(.load(slot))
        case .field(.slot(let slot), let name):
            draft.ops.append(.load(slot))
            appendField(name)
        case .events: emitEvents(at: base)
        case .place(.clock(let time)): try emitClockTime(time, at: base)
        case .place(.profile), .field(.profile, _), .field(.clock, _):
            preconditionFailure("a profile path has keys, and a time has no fields")
        case .other: return try emitSteps(steps[...], after: emit(base))
        }
        return try emitSteps(steps[...], after: .value)
    }

    /// Emits the value at keys from the profile's root; three names are not attributes.
    private mutating func emitProfile(_ keys: [String], at node: PQLNode) throws(PQLError) {
        guard let first = keys.first else {
            draft.readsProfile = true
            draft.eventReads.append(
                PQLEventRead(instruction: draft.ops.count, reach: .everything, node: node)
            )
            draft.readsClock = true
            draft.ops.append(.profile)
            return
        }
        switch first {
        case "xEvent": emitEvents(at: node)
        case "identityMap":
            draft.readsIdentities = true
            draft.ops.append(.identities)
        case "segmentMembership":
            draft.readsMemberships = true
            draft.readsClock = true
            draft.ops.append(.memberships)
        default:
            let path = try profilePath(keys, at: node)
            draft.profilePaths.append(path)
            draft.ops.append(.profilePath(draft.profilePaths.count - 1))
            return
        }
        for key in keys.dropFirst() { appendField(key) }
    }

    mutating func appendField(_ name: String) {
        draft.names.append(name)
        draft.ops.append(.field(draft.names.count - 1))
    }

    /// Interns a path of attributes with its prefixes.
    mutating func profilePath(_ keys: [String], at node: PQLNode) throws(PQLError) -> PQLProfilePath {
        var id = PathID.root
        var prefixes: [PathID] = []
        for key in keys {
            if id != .root { prefixes.append(id) }
            guard let next = paths.intern(key.utf8, under: id) else {
                throw error(
                    .limit,
                    node,
                    "this path is new and the store already knows \(Limits.attributePathsMax) paths, the most it can"
                )
            }
            id = next
        }
        draft.pathMentions.append((id, node.offset))
        return PQLProfilePath(id: id, prefixes: prefixes.reversed(), keys: keys)
    }

    mutating func emitSteps(_ steps: ArraySlice<PQLStep>, after start: Result) throws(PQLError) -> Result {
        var result = start
        for step in steps {
            if result == .truth { draft.ops.append(.pushTruth) }
            result = .value
            switch step.kind {
            case .member(let name): appendField(name)
            case .key(let name):
                draft.appendConstant(.string(name))
                draft.ops.append(.function(.get))
            case .filter(let condition):
                try emitLoop(.filter) { (compiler) throws(PQLError) in
                    try compiler.emitTruth(condition)
                }
            case .method(let name, let arguments):
                result = try emitMethod(name, arguments, at: step.offset)
            }
        }
        return result
    }
}
