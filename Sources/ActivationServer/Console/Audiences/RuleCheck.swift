import ActivationCore
import ActivationEngine
import Console

/// What there is to say of a rule while it is written.
struct RuleCheck: Sendable {
    /// The rule; nil when it cannot be used.
    let expression: PQLExpression?
    /// Where a rule that cannot be used is wrong; nil for one that can, and where no single place is.
    let place: Place?
    /// What is said against a rule that cannot be used.
    let refusal: APIError?
    let tone: String
    let text: String

    /// A place in a text: its line, with the character that is wrong apart.
    struct Place: Sendable, Equatable {
        let line: Int
        let column: Int
        let before: String
        let wrong: String
        let after: String

        init(line: Int, column: Int, in text: String) {
            self.line = line
            self.column = column
            let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            let shown = 1...max(lines.count, 1) ~= line && !lines.isEmpty ? lines[line - 1] : ""
            let head = shown.prefix(max(column - 1, 0))
            let tail = shown.dropFirst(max(column - 1, 0))
            before = String(head.suffix(60))
            // Behind the last character stands a blank, so that there is something to mark.
            wrong = tail.first.map { String($0) } ?? " "
            after = String(tail.dropFirst().prefix(60))
        }

        /// The place that an error names; nil when it names none.
        init?(of error: APIError, in text: String) {
            guard let line = error.members["line"]?.int64, let column = error.members["column"]?.int64 else {
                return nil
            }
            self.init(line: Int(clamping: line), column: Int(clamping: column), in: text)
        }
    }

    /// Checks a rule as saving it would.
    ///
    /// - Parameters:
    ///   - text: The rule.
    ///   - id: The audience that it is for, when there is one already.
    ///   - dependencies: The server's parts.
    ///   - tellsWords: Whether words that profiles have may be told.
    init(_ text: String, for id: Audience.ID?, _ dependencies: ServerDependencies, tellsWords: Bool) async {
        do throws(APIError) {
            let expression = try SegmentExpression(format: .text, value: text).parsed()
            let warnings = try await dependencies.warnings(about: expression, for: id, tellsWords: tellsWords)
            let snapshot = dependencies.control.snapshot
            let eligibility = StreamingEligibility(of: expression) { name in
                snapshot.definition(named: name).map { snapshot.evaluation(of: $0).isStreamingEvents } ?? false
            }
            var notes = warnings.map(RuleCheck.sentence)
            if let obstacle = eligibility.obstacle {
                notes.append(
                    "Adobe would evaluate it in batches: \(obstacle.reason). Headwater does so as data arrives."
                )
            }
            self.expression = expression
            (place, refusal) = (nil, nil)
            tone = warnings.isEmpty ? "good" : "warning"
            self.text = (["The rule can be used."] + notes).joined(separator: " ")
        } catch {
            expression = nil
            (place, refusal) = (Place(of: error, in: text), error)
            tone = "bad"
            self.text = error.sentence
        }
    }

    private static func sentence(_ warning: RuleWarning) -> String {
        let place = "Line \(warning.place.line), column \(warning.place.column)"
        return "\(place): \(warning.message)\(warning.message.hasSuffix("?") ? "" : ".")"
    }

    /// The same for the page's script.
    var json: JSONValue {
        var object: JSONObject = ["tone": .string(tone), "text": .string(text)]
        if let place {
            object["before"] = .string(place.before)
            object["wrong"] = .string(place.wrong)
            object["after"] = .string(place.after)
        }
        return .object(object)
    }
}

extension ConsoleDesk {
    /// Checks a rule; words that profiles have are told to whoever may see profiles.
    ///
    /// - Throws: That nobody is signed in.
    func check(_ rule: String, for id: Audience.ID?, of request: ConsoleRequest) async throws -> RuleCheck {
        let tellsWords = try request.signedIn().may(.viewProfiles)
        let check = await RuleCheck(rule, for: id, dependencies, tellsWords: tellsWords)
        if let refusal = check.refusal { await noteRefusal(refusal, of: request) }
        return check
    }
}
