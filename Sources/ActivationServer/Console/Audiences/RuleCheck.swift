import ActivationCore
import ActivationEngine
import Console

/// What there is to say of a rule while it is written.
struct RuleCheck: Sendable {
    /// The rule; nil when it cannot be used.
    let expression: PQLExpression?
    /// Where a rule that cannot be used is wrong; nil for one that can.
    let place: Place?
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
    }

    /// Checks a rule as saving it would.
    ///
    /// - Parameters:
    ///   - text: The rule.
    ///   - id: The audience that it is for, when there is one already.
    ///   - dependencies: The server's parts.
    ///   - tellsWords: Whether words that profiles have may be told.
    init(_ text: String, for id: Audience.ID?, _ dependencies: ServerDependencies, tellsWords: Bool) async {
        do throws(PQLError) {
            let expression = try PQLExpression(parsing: text)
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
            place = nil
            tone = warnings.isEmpty ? "good" : "warning"
            self.text = (["The rule can be used."] + notes).joined(separator: " ")
        } catch {
            expression = nil
            place = Place(line: error.line, column: error.column, in: text)
            tone = "bad"
            self.text = "Line \(error.line), column \(error.column): \(error.message)."
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
    func check(_ rule: String, for id: Audience.ID?, _ viewer: ConsoleViewer) async -> RuleCheck {
        await RuleCheck(rule, for: id, dependencies, tellsWords: viewer.may(.viewProfiles))
    }
}
