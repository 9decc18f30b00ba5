/// What an expression names, with the places: what there is to hold against what profiles have.
public struct PQLMentions: Sendable {
    /// A place in the text, from 1.
    public struct Place: Sendable, Hashable {
        /// The line.
        public var line: Int
        /// The column in characters.
        public var column: Int

        /// Creates a place.
        public init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }

    /// An attribute path, at the first place where it stands.
    public struct Path: Sendable, Hashable {
        /// The keys from the top.
        public var keys: [String]
        /// Whether any profile, audience or mapping has ever named it.
        public var isKnown: Bool
        /// Where it stands.
        public var place: Place
    }

    /// A literal that an attribute is compared with.
    public enum Literal: Sendable, Hashable {
        /// A text.
        case text(String)
        /// A number, as the plain spelling has it.
        case number(String)
        /// `true` or `false`.
        case boolean(Bool)
    }

    /// What a comparison asks of an attribute.
    public enum Question: Sendable, Hashable {
        /// Whether it is one of the literals.
        case equality
        /// Whether it is none of the literals.
        case difference
        /// Whether it comes before or after the literal.
        case order
        /// Whether the literal is a part of it, or is not.
        case part
    }

    /// A comparison of an attribute with literals.
    public struct Comparison: Sendable, Hashable {
        /// The keys from the top.
        public var keys: [String]
        /// The literals.
        public var literals: [Literal]
        /// What is asked.
        public var question: Question
        /// Where the attribute stands.
        public var place: Place
    }

    /// A test of events' times that looks back from now.
    public struct Window: Sendable, Hashable {
        /// How far back the events lie that it is about, in milliseconds.
        public var length: Int64
        /// The window in words, such as `90 days`.
        public var text: String
        /// Where it stands.
        public var place: Place
    }

    /// The paths, each once, in the order in which they stand.
    public var paths: [Path] = []
    /// The comparisons, in the order in which they stand.
    public var comparisons: [Comparison] = []
    /// The windows, in the order in which they stand.
    public var windows: [Window] = []

    /// Mentions of nothing.
    public init() {}

    /// Whether nothing is named.
    public var isEmpty: Bool { paths.isEmpty && comparisons.isEmpty && windows.isEmpty }
}

extension PQLExpression {
    /// What the expression names; finds everything that is wrong with it without looking at data.
    ///
    /// - Parameters:
    ///   - known: The dictionary of the paths that are known.
    ///   - zone: The time zone whose calendar days and longer units follow.
    ///   - now: The instant from which windows look back.
    ///   - audience: The audience of an `inSegment` argument, by id, else by unique name; nil = there is none.
    /// - Returns: The mentions.
    /// - Throws: What is wrong with the expression, with line and column.
    public func mentions(
        known: PathDictionary,
        zone: TimeZoneRules = .utc,
        now: Timestamp,
        audience: @escaping (String) -> Audience.ID?
    ) throws(PQLError) -> PQLMentions {
        var compiler = PQLCompiler(
            source: source,
            paths: known,
            clock: .followed,
            zone: zone,
            usesLeafTests: true,
            usesEventLeaves: true,
            audience: audience
        )
        _ = try compiler.compile(root)
        let (draft, paths) = (compiler.draft, compiler.paths)
        let places = PQLPlaces(source)
        var mentions = PQLMentions()
        var seen: Set<PathID> = []
        for mention in draft.pathMentions.sorted(by: { $0.offset < $1.offset }) where seen.insert(mention.path).inserted
        {
            mentions.paths.append(
                PQLMentions.Path(
                    keys: paths.keys(of: mention.path),
                    isKnown: Int(mention.path.rawValue) <= known.count,
                    place: PQLMentions.Place(mention.offset, in: places)
                )
            )
        }
        var offsets: Set<Int> = []
        for test in draft.testMentions.sorted(by: { $0.offset < $1.offset }) {
            guard let (literals, question) = test.kind.asked, offsets.insert(test.offset).inserted else {
                continue
            }
            mentions.comparisons.append(
                PQLMentions.Comparison(
                    keys: paths.keys(of: test.path),
                    literals: literals,
                    question: question,
                    place: PQLMentions.Place(test.offset, in: places)
                )
            )
        }
        offsets = []
        for window in draft.windowMentions.sorted(by: { $0.offset < $1.offset }) where window.moves {
            guard let length = window.reach(at: now.milliseconds), offsets.insert(window.offset).inserted else {
                continue
            }
            let place = PQLMentions.Place(window.offset, in: places)
            mentions.windows.append(PQLMentions.Window(length: length, text: window.span, place: place))
        }
        return mentions
    }
}

extension PQLMentions.Place {
    fileprivate init(_ offset: Int, in places: PQLPlaces) {
        (line, column) = places.place(at: offset)
    }
}

extension PQLLeafTest.Kind {
    /// The literals of a comparison and what it asks; nil for a test of another kind.
    fileprivate var asked: (literals: [PQLMentions.Literal], question: PQLMentions.Question)? {
        switch self {
        case .truth, .isNull: nil
        case .compare(let comparison, let literal): ([literal.mention], comparison.question)
        case .anyOf(let literals, let isNegated): (literals.map(\.mention), isNegated ? .difference : .equality)
        case .text(_, let literal): ([literal.mention], .part)
        }
    }
}

extension PQLComparison {
    fileprivate var question: PQLMentions.Question {
        switch self {
        case .equal: .equality
        case .notEqual: .difference
        case .less, .lessOrEqual, .greater, .greaterOrEqual: .order
        }
    }
}

extension PQLLeafTest.Literal {
    fileprivate var mention: PQLMentions.Literal {
        switch self {
        case .text(let bytes): .text(String(decoding: bytes, as: UTF8.self))
        case .integer(let value): .number(String(value))
        case .double(let value): .number(PQLPrinter.text(of: value))
        case .boolean(let value): .boolean(value)
        }
    }
}

extension EventWindow {
    /// How long ago the events are that the window is about: the oldest of them, or, where it has no end, the newest.
    fileprivate func reach(at now: Int64) -> Int64? {
        let first = firstTimestamp(from: now)
        let edge = first > .min ? first : entry.map { $0.lastTimestamp(through: now) }
        guard let edge else { return nil }
        let (length, overflows) = now.subtractingReportingOverflow(edge)
        return overflows || length <= 0 ? nil : length
    }
}
