import ActivationCore
import ActivationEngine

/// Holds what a rule names against a sample of the profiles, and against how long events are kept (BEHAVIOUR 5.3).
struct RuleWarnings: Sendable {
    /// The sample.
    private let sample: PathSample
    /// Its paths by their dotted texts.
    private var figures: [ByteKey: PathSample.Figures] = [:]
    /// Some paths below each path that holds an object.
    private var fields: [ByteKey: [String]] = [:]
    /// The days that events of datasets are kept, by the datasets' names; those that are not in it are kept for good.
    private let retention: [String: Int]
    /// Whether words of lists may be told.
    private let tellsWords: Bool

    /// Fields of an object that a warning offers.
    private static let fieldsMax = 3
    /// Warnings of a kind; a rule may have thousands of conditions, and the first ones say enough.
    static let warningsMax = 50

    /// Makes a sample ready.
    ///
    /// - Parameters:
    ///   - sample: The sample.
    ///   - retention: The days that events of datasets are kept, by the datasets' names, without those that are kept for good.
    ///   - tellsWords: Whether words of lists may be told.
    init(sample: PathSample, retention: [String: Int], tellsWords: Bool) {
        self.sample = sample
        self.retention = retention
        self.tellsWords = tellsWords
        for path in sample.paths {
            figures[ByteKey(path.dotted)] = path
            for count in 1..<max(path.keys.count, 1) {
                let above = ByteKey(path.keys.prefix(count).joined(separator: "."))
                if fields[above, default: []].count < RuleWarnings.fieldsMax {
                    fields[above, default: []].append(path.dotted)
                }
            }
        }
    }

    /// The warnings about a rule, in the order of their places.
    func about(_ mentions: PQLMentions) -> [RuleWarning] {
        let warnings =
            mentions.paths.lazy.compactMap(unknownPath).prefix(RuleWarnings.warningsMax)
            + mentions.comparisons.lazy.compactMap(comparison).prefix(RuleWarnings.warningsMax)
            + mentions.windows.lazy.compactMap(window).prefix(RuleWarnings.warningsMax)
        return warnings.sorted { ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column) }
    }

    // MARK: Paths

    private func unknownPath(_ path: PQLMentions.Path) -> RuleWarning? {
        guard !path.isKnown, !isWithinArray(path.keys) else { return nil }
        let dotted = path.keys.joined(separator: ".")
        let near = PathSpelling.nearest(to: dotted, among: sample.paths.lazy.map(\.dotted))
        let advice = near.map { "did you mean \($0)?" } ?? "check its spelling and case"
        return RuleWarning(
            code: .pathUnknown,
            message: "no profile has had a value at \(dotted) yet; \(advice)",
            path: dotted,
            place: path.place,
            suggestion: near
        )
    }

    /// Whether a path leads through an array, of whose items the paths are not known.
    private func isWithinArray(_ keys: [String]) -> Bool {
        keys.indices.contains { count in
            figures[ByteKey(keys.prefix(count).joined(separator: "."))]?.kinds.contains(.array) ?? false
        }
    }

    // MARK: Comparisons

    private func comparison(_ comparison: PQLMentions.Comparison) -> RuleWarning? {
        let dotted = comparison.keys.joined(separator: ".")
        func warning(_ code: RuleWarning.Code, _ message: String, _ suggestion: String?) -> RuleWarning {
            RuleWarning(
                code: code,
                message: suggestion.map { "\(message); did you mean \($0)?" } ?? message,
                path: dotted,
                place: comparison.place,
                suggestion: suggestion
            )
        }
        guard let figures = figures[ByteKey(dotted)] else {
            guard let fields = fields[ByteKey(dotted)], let first = fields.first else { return nil }
            return warning(
                .mapCompared,
                "\(dotted) holds an object, which no value equals; compare a field of it, such as "
                    + fields.joined(separator: ", "),
                first
            )
        }
        for literal in comparison.literals {
            if let kind = kind(of: figures), kind != literal.kind {
                return warning(
                    .typeMismatch,
                    "\(dotted) holds \(kind.rawValue) in all \(figures.profiles) profiles of a sample that have it, and is "
                        + "compared with a \(literal.kind.noun), which none of them equals",
                    comparison.question == .part ? nil : literal.turned(into: kind)
                )
            }
            if comparison.question == .equality || comparison.question == .difference, case .text(let text) = literal,
                let words = figures.words, !words.contains(where: { $0.text.hasSameBytes(as: text) })
            {
                let told = words.filter { $0.profiles >= PathSample.profilesPerWord }.map(\.text)
                let near = PathSpelling.nearest(to: text, among: told)
                // That nobody is something is asked for good reason; it is a slip if it is like a word that is there.
                guard comparison.question == .equality || near != nil else { continue }
                return warning(
                    .valueUnknown,
                    "none of the \(figures.profiles) profiles of a sample that have \(dotted) has \(text.quoted) there; "
                        + "case counts",
                    tellsWords ? near.map(\.quoted) : nil
                )
            }
        }
        return nil
    }

    /// Kinds of values that never equal one another.
    fileprivate enum Kind: String {
        case text = "texts"
        case number = "numbers"
        case boolean = "booleans"

        var noun: String { String(rawValue.dropLast()) }
    }

    /// The kind of all values of a path; nil when they are of several kinds, or lists and the like.
    private func kind(of figures: PathSample.Figures) -> Kind? {
        let kinds = Set(
            figures.kinds.map { kind -> Kind? in
                switch kind {
                case .text: .text
                case .integer, .number: .number
                case .boolean: .boolean
                case .array, .object: nil
                }
            }
        )
        return kinds.count == 1 ? kinds.first ?? nil : nil
    }

    // MARK: Windows

    private func window(_ window: PQLMentions.Window) -> RuleWarning? {
        let days = sample.eventDatasets.map { retention[$0] }
        let kept = days.compactMap(\.self)
        guard kept.count == days.count, let longest = kept.max(), window.length > Int64(longest) * 86_400_000 else {
            return nil
        }
        return RuleWarning(
            code: .windowBeyondRetention,
            message:
                "the window (\(window.text)) looks further back than events are kept: \(longest) days at most; shorten it, "
                + "or let the dataset keep its events for longer",
            path: nil,
            place: window.place,
            suggestion: "\(longest) days"
        )
    }
}

extension PQLMentions.Literal {
    fileprivate var kind: RuleWarnings.Kind {
        switch self {
        case .text: .text
        case .number: .number
        case .boolean: .boolean
        }
    }

    /// The same value as one of another kind, as it stands in a rule; nil when it is none.
    fileprivate func turned(into kind: RuleWarnings.Kind) -> String? {
        switch (self, kind) {
        case (.text(let text), .number): (try? JSONValue(parsing: text))?.double == nil ? nil : text
        case (.text(let text), .boolean): ["true", "false"].first { $0.hasSameBytes(as: text.lowercased()) }
        case (.number(let text), .text): text.quoted
        case (.boolean(let truth), .text): String(truth).quoted
        default: nil
        }
    }
}

extension String {
    /// As a text of a rule.
    fileprivate var quoted: String { JSONValue.string(self).text }
}

extension ServerDependencies {
    /// Compiles a rule as saving it would, over what whoever asks may see.
    ///
    /// - Parameters:
    ///   - expression: The rule.
    ///   - text: Its text form, when it is not the one that the client sent.
    ///   - id: The audience that it is for, when there is one already.
    /// - Returns: What the rule names.
    /// - Throws: `PQL_INVALID` with line and column, and what ``ControlSnapshot/requireVisible(_:in:)`` refuses.
    @discardableResult
    func check(
        _ expression: PQLExpression,
        in text: String? = nil,
        for id: Audience.ID?
    ) throws(APIError) -> PQLMentions {
        try control.whole.requireVisible(expression, in: text)
        do throws(PQLError) {
            return try engine.check(expression, for: id)
        } catch {
            throw APIError(expression: error, in: text)
        }
    }

    /// What a rule's maker should look at; compiles it as saving it would.
    ///
    /// - Parameters:
    ///   - expression: The rule.
    ///   - text: Its text form, when it is not the one that the client sent.
    ///   - id: The audience that it is for, when there is one already.
    ///   - tellsWords: Whether words of lists may be told, as to everybody who may see profiles.
    /// - Returns: The warnings.
    /// - Throws: What ``check(_:in:for:)`` throws.
    func warnings(
        about expression: PQLExpression,
        in text: String? = nil,
        for id: Audience.ID?,
        tellsWords: Bool
    ) async throws(APIError) -> [RuleWarning] {
        let mentions = try check(expression, in: text, for: id)
        guard !mentions.isEmpty else { return [] }
        // A rule that can be saved is not refused because there is no sample to hold it against.
        let sample = try? await paths.recent().sample
        let expirations = control.snapshot.entries(.dataset).compactMap { entry in
            EventExpiration(of: entry.body).map { (entry.id, $0.days) }
        }
        let warnings = RuleWarnings(
            sample: sample ?? .empty,
            retention: Dictionary(expirations) { first, _ in first },
            tellsWords: tellsWords
        )
        return warnings.about(mentions)
    }
}
