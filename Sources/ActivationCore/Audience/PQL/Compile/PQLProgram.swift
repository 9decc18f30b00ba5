/// The flat program of an audience expression: what an engine runs.
///
/// An object, so that whoever takes one out of a catalog of thousands does not copy what it refers to.
public final class PQLProgram: Sendable {
    let code: PQLCode
    /// The attribute paths it reads: of every path expression the longest prefix that is written out, sorted.
    ///
    /// ``PathID/root`` is among them when the profile is read as a whole.
    public let paths: [PathID]
    /// Whether it reads `xEvent`.
    public let readsEvents: Bool
    /// Whether it reads `identityMap`.
    public let readsIdentities: Bool
    /// Whether it reads `segmentMembership`.
    public let readsMemberships: Bool
    /// The audiences `inSegment` names, each once.
    public let audiences: [Audience.ID]
    /// Whether it reads ``EvaluationInput/memberships``, by name or through `inSegment`.
    let readsStandings: Bool
    /// Whether the clock alone can change its outcome.
    public let readsClock: Bool
    /// Whether the time zone has a part in its outcome: it counts days or longer units, or can meet a day among the data.
    public let readsCalendar: Bool
    /// The leaves that tell it of the events, each once.
    public let eventLeaves: [EventLeaf]
    /// How far back it reads events themselves; nil when leaves tell it all.
    public let eventReach: EventReach?
    /// How it is evaluated.
    public let plan: EvaluationPlan
    /// Whose members others name; nil = what follows from the expression.
    let external: ExternalAudience?
    /// Whether there is such an audience; asked for each evaluation, where a look at the audience itself would copy it.
    let isExternal: Bool

    /// Compiles an expression and interns the paths it names, with their prefixes.
    ///
    /// - Parameters:
    ///   - expression: The parsed expression.
    ///   - paths: The dictionary that views are numbered by.
    ///   - clock: Whether the expression is followed as time passes, or evaluated at one instant.
    ///   - zone: The time zone whose calendar days and longer units follow.
    ///   - audience: The audience of an `inSegment` argument, by id, else by unique name; nil = there is none.
    /// - Throws: Everything that is wrong without looking at data, with line and column; `paths` may then hold
    ///   some of the expression's paths.
    public convenience init(
        compiling expression: PQLExpression,
        paths: inout PathDictionary,
        clock: PQLClock = .followed,
        zone: TimeZoneRules = .utc,
        audience: (String) -> Audience.ID?
    ) throws(PQLError) {
        try self.init(
            compiling: expression,
            paths: &paths,
            clock: clock,
            zone: zone,
            usesLeafTests: true,
            usesEventLeaves: true,
            audience: audience
        )
    }

    /// Compiles with or without the short cuts for tests of one attribute and for leaves of the events.
    init(
        compiling expression: PQLExpression,
        paths: inout PathDictionary,
        clock: PQLClock,
        zone: TimeZoneRules = .utc,
        usesLeafTests: Bool,
        usesEventLeaves: Bool = false,
        audience: (String) -> Audience.ID?
    ) throws(PQLError) {
        let draft: PQLDraft
        (code, draft) = try withoutActuallyEscaping(audience) { (audience) throws(PQLError) in
            var compiler = PQLCompiler(
                source: expression.source,
                paths: paths,
                clock: clock,
                zone: zone,
                usesLeafTests: usesLeafTests,
                usesEventLeaves: usesEventLeaves,
                audience: audience
            )
            defer { paths = compiler.paths }
            let code = try compiler.compile(expression.root)
            return (code, compiler.draft)
        }
        var ids = draft.leafTests.map(\.path.id) + draft.profilePaths.map(\.id)
        if draft.readsProfile { ids.append(.root) }
        self.paths = Set(ids).sorted()
        readsEvents = draft.readsEvents || draft.readsProfile
        readsIdentities = draft.readsIdentities || draft.readsProfile
        readsMemberships = draft.readsMemberships || draft.readsProfile
        var seen: Set<Audience.ID> = []
        audiences = draft.audiences.filter { seen.insert($0).inserted }
        readsStandings = readsMemberships || !audiences.isEmpty
        readsClock = draft.readsClock
        readsCalendar = draft.readsCalendar
        eventLeaves = draft.eventLeaves
        let truth = code.truth
        let reads = draft.eventReads.filter { truth.contains($0.instruction) }
        eventReach = reads.isEmpty ? nil : EventReach(kind: .any(reads.map(\.reach)))
        plan = EvaluationPlan(reads, expression.source)
        external = nil
        isExternal = false
    }

    /// The program of an audience whose members others name: it reads nothing but what they stated.
    init(external: ExternalAudience) {
        self.external = external
        isExternal = true
        code = .nothing
        paths = []
        readsEvents = false
        readsIdentities = false
        readsMemberships = false
        audiences = []
        readsStandings = false
        readsClock = true
        readsCalendar = false
        eventLeaves = []
        eventReach = nil
        plan = EvaluationPlan(kind: .incremental, span: nil, cause: nil)
    }

    /// Whether the definition's value is true: what decides membership.
    ///
    /// Never fails: what cannot be computed is null, and null does not qualify.
    public func qualifies(_ input: EvaluationInput, paths: PathDictionary) -> Bool {
        if isExternal { return evaluate(input, paths: paths).qualifies }
        if code.isSimple { return code.qualifiesSimply(input.attributes, input.memberships, paths) }
        var machine = PQLMachine(code: code, input: input, paths: paths, tellsChanges: false)
        machine.run(code.truth)
        return machine.result.truth
    }

    /// Whether the definition's value is true, and until when that stands with no new data.
    ///
    /// Costs what ``qualifies(_:paths:)`` does where no clock is read.
    public func evaluate(_ input: EvaluationInput, paths: PathDictionary) -> PQLOutcome {
        if isExternal, let external { return external.outcome(of: input.externals, at: input.now) }
        guard readsClock else { return PQLOutcome(qualifies: qualifies(input, paths: paths)) }
        var machine = PQLMachine(code: code, input: input, paths: paths, tellsChanges: true)
        machine.run(code.truth)
        let change = Timestamp(milliseconds: machine.changesAt)
        return PQLOutcome(qualifies: machine.result.truth, changesAt: change.isPlausible ? change : nil)
    }

    /// The definition's value, for people.
    public func value(_ input: EvaluationInput, paths: PathDictionary) -> PQLValue {
        guard let value = code.value else { return .boolean(qualifies(input, paths: paths)) }
        var machine = PQLMachine(code: code, input: input, paths: paths, tellsChanges: false)
        machine.run(value)
        return machine.isExhausted ? .null : machine.pop()
    }
}

extension PQLCode {
    /// Runs a truth that needs neither stack nor variables.
    fileprivate func qualifiesSimply(
        _ attributes: AttributeView,
        _ memberships: [SegmentMembership],
        _ paths: PathDictionary
    ) -> Bool {
        var truth = false
        var position = self.truth.lowerBound
        while position < self.truth.upperBound {
            switch ops[position] {
            case .leafTest(let index): truth = leafTests[index].passes(attributes, paths)
            case .setTruth(let value): truth = value
            case .not: truth.toggle()
            case .isInAudience(let index): truth = memberships.haveMember(of: audiences[index])
            case .jump(let target):
                position = target
                continue
            case .jumpIfFalse(let target):
                if !truth {
                    position = target
                    continue
                }
            case .jumpIfTrue(let target):
                if truth {
                    position = target
                    continue
                }
            default: preconditionFailure("\(ops[position]) is in no simple program")
            }
            position += 1
        }
        return truth
    }
}

extension [SegmentMembership] {
    /// Whether the one of this audience is realized.
    func haveMember(of audience: Audience.ID) -> Bool {
        contains { $0.audience == audience && $0.status == .realized }
    }
}
