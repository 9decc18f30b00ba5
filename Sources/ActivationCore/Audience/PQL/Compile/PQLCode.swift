/// One instruction; conditions live in a truth register, other values on a stack.
enum PQLOp: Sendable {
    // MARK: Truth register

    /// Runs a test of one profile attribute.
    case leafTest(Int)
    case setTruth(Bool)
    case not
    case jump(Int)
    case jumpIfFalse(Int)
    case jumpIfTrue(Int)
    /// Whether the profile is a member of an audience.
    case isInAudience(Int)
    /// Pops a value and keeps its truth.
    case takeTruth
    case pushTruth

    // MARK: Values

    case constant(Int)
    case profilePath(Int)
    case profile
    case events
    case identities
    case memberships
    /// The answer of a leaf.
    case eventLeaf(Int)
    case load(Int)
    case store(Int)
    case field(Int)
    case makeArray(Int)
    case makeObject(Int)
    case compare(PQLComparison)
    case isMember(isNegated: Bool)
    case like
    case textTest(PQLTextTest, argumentCount: Int)
    case arithmetic(PQLOperator)
    case negate
    /// Pops the arguments of a function, computes it.
    case function(PQLFunction)
    /// Pops a text; the pattern is one of the compiled ones.
    case matches(Int)
    /// Pops a pattern and a text.
    case matchesDynamic
    /// Pops a group number and a text.
    case regexGroup(Int)
    /// Pops a group number, a pattern and a text.
    case regexGroupDynamic

    // MARK: Time

    case now
    /// The day so many days from today.
    case day(Int)
    /// A part of the day so many days from today.
    case datePart(PQLDatePart, ofDay: Int)
    /// Pops a value and compares it with a time.
    case compareWithClock(PQLComparison, PQLClockTime)
    /// Pops a value and compares it with a part of the day so many days from today.
    case compareWithPart(PQLComparison, PQLDatePart, ofDay: Int)
    /// Pops the times of a test, the last one first, then the tested value.
    case occurs(Int)
    /// Runs a chain over the array on the stack.
    case chain(Int)

    // MARK: Loops

    case loop(Int)
    case startCollecting(Int)
    case collect(Int)
    case pushCollected(Int)
}

/// A body that runs for every item of the array on the stack.
struct PQLLoop: Sendable {
    enum Kind: Sendable {
        case filter, map, groupBy
        case topN, bottomN
        case sum, average, min, max
        case exists, forall
        /// Runs the body for its effects.
        case each
    }

    var kind: Kind
    /// Where the item goes.
    var slot: Int
    /// Where the key goes, in a map over a map.
    var keySlot: Int?
    var body: Range<Int>
}

/// A compiled expression: instructions and the tables they point into.
final class PQLCode: Sendable {
    let ops: [PQLOp]
    let calendar: PQLCalendar
    /// The instructions that leave the definition's truth.
    let truth: Range<Int>
    /// The instructions that leave its value on the stack; nil when the value is the truth.
    let value: Range<Int>?
    /// Whether the truth needs the truth register alone.
    let isSimple: Bool
    let leafTests: [PQLLeafTest]
    let profilePaths: [PQLProfilePath]
    let constants: [PQLValue]
    let names: [String]
    let keyLists: [[String]]
    let loops: [PQLLoop]
    let timeTests: [PQLTimeTest]
    let chains: [PQLChainCode]
    let patterns: [PQLPattern]
    let audiences: [Audience.ID]
    let eventLeaves: [EventLeaf]
    let slotCount: Int
    /// Whether it counts days or longer units, or can meet a day among the data.
    let readsCalendar: Bool

    init(_ draft: PQLDraft, _ calendar: PQLCalendar, truth: Range<Int>, value: Range<Int>?) {
        ops = draft.ops
        self.calendar = calendar
        self.truth = truth
        self.value = value
        isSimple = draft.ops[truth].allSatisfy { op in
            switch op {
            case .leafTest, .setTruth, .not, .jump, .jumpIfFalse, .jumpIfTrue, .isInAudience: true
            default: false
            }
        }
        leafTests = draft.leafTests
        profilePaths = draft.profilePaths
        constants = draft.constants
        names = draft.names
        keyLists = draft.keyLists
        loops = draft.loops
        timeTests = draft.timeTests
        chains = draft.chains
        patterns = draft.patterns
        audiences = draft.audiences
        eventLeaves = draft.eventLeaves
        slotCount = draft.slotCount
        readsCalendar = draft.readsCalendar
    }
}

extension PQLCode {
    /// Of a program that has no expression.
    static let nothing = PQLCode(PQLDraft(), PQLCalendar(zone: .utc), truth: 0..<0, value: nil)
}

/// Code in the making.
struct PQLDraft {
    var ops: [PQLOp] = []
    var leafTests: [PQLLeafTest] = []
    var profilePaths: [PQLProfilePath] = []
    var constants: [PQLValue] = []
    var names: [String] = []
    var keyLists: [[String]] = []
    var loops: [PQLLoop] = []
    var timeTests: [PQLTimeTest] = []
    var chains: [PQLChainCode] = []
    var patterns: [PQLPattern] = []
    var audiences: [Audience.ID] = []
    var eventLeaves: [EventLeaf] = []
    var eventReads: [PQLEventRead] = []
    /// Where paths stand, tests of an attribute against literals, and windows on events; some more than once.
    var pathMentions: [(path: PathID, offset: Int)] = []
    var testMentions: [(path: PathID, kind: PQLLeafTest.Kind, offset: Int)] = []
    var windowMentions: [EventWindow] = []
    var slotCount = 0

    var readsEvents = false
    var readsIdentities = false
    var readsMemberships = false
    var readsProfile = false
    var readsClock = false
    var readsCalendar = false

    /// Appends a jump whose target is set later by ``land(_:)``.
    mutating func appendJump(_ op: PQLOp) -> Int {
        ops.append(op)
        return ops.count - 1
    }

    /// Lets an earlier jump arrive here.
    mutating func land(_ index: Int) {
        switch ops[index] {
        case .jump: ops[index] = .jump(ops.count)
        case .jumpIfFalse: ops[index] = .jumpIfFalse(ops.count)
        case .jumpIfTrue: ops[index] = .jumpIfTrue(ops.count)
        default: preconditionFailure("only jumps can be landed, found \(ops[index])")
        }
    }

    mutating func appendConstant(_ value: PQLValue) {
        constants.append(value)
        ops.append(.constant(constants.count - 1))
    }

    mutating func newSlot() -> Int {
        slotCount += 1
        return slotCount - 1
    }
}
