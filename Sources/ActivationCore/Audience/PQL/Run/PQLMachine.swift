/// Runs a program over one input: a truth register, a stack of values and variables in slots.
struct PQLMachine {
    let code: PQLCode
    let input: EvaluationInput
    let paths: PathDictionary
    /// Whether ``changesAt`` is kept.
    let tellsChanges: Bool
    /// The earliest change, after now, of anything read from the clock.
    var changesAt = Int64.max
    var truth = false
    var stack: [PQLValue] = []
    var slots: [PQLValue]
    /// What `select` and the aggregates gather, by slot.
    var collected: [[PQLValue]]
    /// Profile paths that were resolved to arrays or maps, so that a loop does so once.
    var resolved: [Int: PQLValue] = [:]
    var eventArray: PQLArray?
    /// What leaves said of the events at hand.
    var answers: [Int: EventReading] = [:]
    private var steps = 0

    init(code: PQLCode, input: EvaluationInput, paths: PathDictionary, tellsChanges: Bool) {
        self.code = code
        self.input = input
        self.paths = paths
        self.tellsChanges = tellsChanges
        slots = [PQLValue](repeating: .null, count: code.slotCount)
        collected = [[PQLValue]](repeating: [], count: code.slotCount)
    }

    var calendar: PQLCalendar { code.calendar }

    /// Whether the evaluation took more than ``Limits/expressionStepsMax`` steps; its result is then null.
    var isExhausted: Bool { steps > Limits.expressionStepsMax }

    /// What the truth register or, after a value, the stack holds.
    var result: PQLValue { isExhausted ? .null : .boolean(truth) }

    /// Accounts for work, so that nested loops over many events cannot run without end.
    mutating func spend(_ count: Int) {
        steps += count
    }

    /// Forgets what was spent, before an evaluation that has nothing to do with the last one.
    mutating func startOver() {
        steps = 0
        stack.removeAll(keepingCapacity: true)
    }

    mutating func pop() -> PQLValue {
        guard let value = stack.popLast() else {
            precondition(isExhausted, "a program pops only what it pushed")
            return .null
        }
        return value
    }

    mutating func push(_ value: PQLValue) {
        stack.append(value)
    }

    /// Runs a range of instructions; stops early once the evaluation is exhausted.
    mutating func run(_ range: Range<Int>) {
        var position = range.lowerBound
        while position < range.upperBound {
            steps += 1
            guard !isExhausted else { return }
            switch code.ops[position] {
            case .leafTest(let index): truth = code.leafTests[index].passes(input.attributes, paths)
            case .setTruth(let value): truth = value
            case .not: truth.toggle()
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
            case .isInAudience(let index): truth = input.memberships.haveMember(of: code.audiences[index])
            case .takeTruth: truth = pop().truth
            case .pushTruth: push(.boolean(truth))
            case .loop(let index):
                let loop = code.loops[index]
                run(loop)
                position = loop.body.upperBound
                continue
            case .chain(let index):
                let chain = code.chains[index]
                run(chain)
                position = chain.end
                continue
            case let op: step(op)
            }
            position += 1
        }
    }

    /// Runs one instruction that neither jumps nor loops.
    private mutating func step(_ op: PQLOp) {
        switch op {
        case .constant(let index): push(code.constants[index])
        case .profilePath(let index): push(profileValue(index))
        case .profile: push(.map(profile))
        case .events: push(.array(events))
        case .identities: push(.map(input.identityMap))
        case .memberships: pushMemberships()
        case .eventLeaf(let index): pushAnswer(index)
        case .load(let slot): push(slots[slot])
        case .store(let slot): slots[slot] = pop()
        case .field(let index):
            let value = pop()
            if case .array(let items) = value { spend(items.count) }
            push(value.member(code.names[index]))
        case .makeArray(let count): push(.array(PQLArray(popLast(count))))
        case .makeObject(let index):
            let keys = code.keyLists[index]
            push(.map(PQLMap(Array(zip(keys, popLast(keys.count))))))
        case .compare(let comparison):
            let right = pop()
            truth = PQLLogic.compare(comparison, pop(), right, calendar)
        case .isMember(let isNegated):
            let list = pop()
            if case .array(let items) = list { spend(items.count) }
            truth = PQLLogic.isMember(pop(), of: list, isNegated: isNegated, calendar)
        case .like:
            let pattern = pop()
            truth = PQLLogic.fits(pop(), pattern: pattern)
        case .textTest(let test, let count):
            let arguments = popLast(count)
            truth = test.passes(pop(), arguments, calendar)
        case .arithmetic(let symbol):
            let right = pop()
            push(PQLArithmetic.apply(symbol, pop(), right))
        case .negate: push(PQLArithmetic.negate(pop()))
        case .matches, .matchesDynamic, .regexGroup, .regexGroupDynamic: search(op)
        case .function(let function): apply(function)
        case .now: pushNow()
        case .day(let distance): pushDay(distance)
        case .datePart(let part, let distance): pushPart(part, ofDay: distance)
        case .compareWithClock(let comparison, let time): compare(comparison, with: time)
        case .compareWithPart(let comparison, let part, let distance):
            compare(comparison, with: part, ofDay: distance)
        case .occurs(let index): run(code.timeTests[index])
        case .startCollecting(let slot): collected[slot] = []
        case .collect(let slot): collected[slot].append(pop())
        case .pushCollected(let slot):
            push(.array(PQLArray(collected[slot])))
            collected[slot] = []
        case .leafTest, .setTruth, .not, .jump, .jumpIfFalse, .jumpIfTrue, .isInAudience, .takeTruth, .pushTruth,
            .loop, .chain:
            preconditionFailure("\(op) is run by the main loop")
        }
    }

    mutating func popLast(_ count: Int) -> [PQLValue] {
        precondition(stack.count >= count || isExhausted, "a program pops only what it pushed")
        let values = Array(stack.suffix(count))
        stack.removeLast(values.count)
        return values
    }

    /// Runs an instruction with a regular expression.
    private mutating func search(_ op: PQLOp) {
        var cost = 0
        defer { spend(cost) }
        switch op {
        case .matches(let index): truth = code.patterns[index].matches(pop(), cost: &cost)
        case .matchesDynamic:
            let pattern = pop()
            let text = pop()
            truth =
                PQLMachine.pattern(of: pattern, tellsGroups: false, cost: &cost)?.matches(text, cost: &cost) ?? false
        case .regexGroup(let index):
            let number = pop()
            push(code.patterns[index].group(number, of: pop(), cost: &cost))
        case .regexGroupDynamic:
            let number = pop()
            let pattern = pop()
            let text = pop()
            push(
                PQLMachine.pattern(of: pattern, tellsGroups: true, cost: &cost)?.group(number, of: text, cost: &cost)
                    ?? .null
            )
        default: preconditionFailure("\(op) has no pattern")
        }
    }

    /// A pattern that is no literal: compiled when it is met, null when it is none.
    private static func pattern(of value: PQLValue, tellsGroups: Bool, cost: inout Int) -> PQLPattern? {
        guard case .string(let text) = value, text.utf8.count <= Limits.dynamicPatternBytesMax else { return nil }
        cost += text.utf8.count
        // A pattern out of data may be anything; what is refused matches nothing.
        guard let pattern = try? PQLPattern(text, tellsGroups: tellsGroups) else { return nil }
        cost += pattern.compiledBytes
        return pattern
    }
}
