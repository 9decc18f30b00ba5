import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater pql`: tries audience expressions without a server.
struct PQLCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pql",
        abstract: "Checks and evaluates audience expressions.",
        subcommands: [Check.self, Evaluate.self]
    )
}

extension PQLCommand {
    /// `headwater pql check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Says whether an expression can be used, and at what cost, or where it cannot.",
            discussion: """
                With --data DIR (a server's directory) or --endpoint URL a running server is asked too, which holds it against \
                what profiles have. An expression that begins with a minus stands behind --.
                """
        )

        @OptionGroup var options: ServerOptions

        @Option(help: ArgumentHelp("The time zone of its days, by its name in the tz database.", valueName: "name"))
        var timeZone = "UTC"

        @Argument(help: "The expression.")
        var expression: String

        func run() async throws {
            let json = options.json
            let zone = try TimeZoneFile.rules(of: timeZone)
            let (parsed, program) = try PQLCommand.reporting(json: json) { () throws(PQLError) in
                let parsed = try PQLExpression(parsing: expression)
                var paths = PathDictionary()
                let program = try PQLProgram(
                    compiling: parsed,
                    paths: &paths,
                    zone: zone,
                    audience: PQLCommand.anyAudience
                )
                return (parsed, program)
            }
            let eligibility = StreamingEligibility(of: parsed) { _ in false }
            let warnings = try await warnings
            guard json else {
                Terminal.print(parsed.description)
                Terminal.print("plan: \(program.plan)")
                if let obstacle = eligibility.obstacle {
                    Terminal.print(
                        "Adobe evaluates it in batches only: line \(obstacle.line), column \(obstacle.column): \(obstacle.reason)"
                    )
                }
                for warning in warnings ?? [] { Terminal.print(Check.line(of: warning)) }
                return
            }
            var result: JSONObject = [
                "valid": true, "expression": .string(parsed.description), "readsClock": .bool(program.readsClock),
                "evaluationPlan": program.plan.json, "evaluation": Check.evaluation(eligibility),
            ]
            result["warnings"] = warnings.map { .array($0) }
            Terminal.print(.object(result))
        }

        /// What the server says beside; nil when none is asked.
        private var warnings: [JSONValue]? {
            get async throws {
                guard options.directory != nil || options.endpoint != nil else { return nil }
                let body: JSONValue = [
                    "expression": ["type": "PQL", "format": "pql/text", "value": .string(expression)]
                ]
                return try await options.withServer { (server) throws(CommandFailure) in
                    try await server.call(.POST, "/v1/audiences/check", body)["warnings"]?.array ?? []
                }
            }
        }

        private static func line(of warning: JSONValue) -> String {
            "warning: line \(warning["line"]?.int64 ?? 0), column \(warning["column"]?.int64 ?? 0): "
                + "\(warning["message"]?.string ?? "")"
        }

        /// What can be had of Adobe's modes; audiences that `inSegment` names count as evaluated in batches.
        private static func evaluation(_ eligibility: StreamingEligibility) -> JSONValue {
            .array(
                EvaluationMode.allCases.map { mode in
                    var item: JSONObject = [
                        "type": .string(mode.rawValue), "eligible": .bool(eligibility.allows(mode)),
                    ]
                    if let obstacle = eligibility.obstacle, !eligibility.allows(mode) {
                        item["reason"] = .string(obstacle.reason)
                        item["line"] = .integer(Int64(obstacle.line))
                        item["column"] = .integer(Int64(obstacle.column))
                    }
                    return .object(item)
                }
            )
        }
    }

    /// `headwater pql eval`.
    struct Evaluate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "eval",
            abstract: "Evaluates an expression on one profile.",
            discussion: """
                The file holds one XDM profile as a JSON object, with its events under xEvent. An expression that begins with a \
                minus stands behind --.
                """
        )

        @Option(help: "The file with the profile; - is standard input.")
        var profile: String

        @Option(help: "The instant of the evaluation, RFC 3339; by default now.")
        var now: String?

        @Option(help: ArgumentHelp("The time zone of its days, by its name in the tz database.", valueName: "name"))
        var timeZone = "UTC"

        @Argument(help: "The expression.")
        var expression: String

        @Flag(help: "Prints the result as one JSON object.")
        var json = false

        func run() throws {
            let instant = try instant
            let zone = try TimeZoneFile.rules(of: timeZone)
            let document = try document
            let profile: PQLProfile
            do throws(PQLProfileError) {
                profile = try PQLProfile(fromXDM: document, now: instant)
            } catch {
                throw CommandFailure(.badInput, "\(self.profile): \(error)")
            }
            let (value, outcome) = try PQLCommand.reporting(json: json) { () throws(PQLError) in
                var paths = profile.paths
                let program = try PQLProgram(
                    compiling: try PQLExpression(parsing: expression),
                    paths: &paths,
                    clock: .read,
                    zone: zone,
                    audience: profile.audience
                )
                let input = profile.input
                return (program.value(input, paths: paths), program.evaluate(input, paths: paths))
            }
            print(value, outcome)
        }

        /// Prints the value and, when the clock alone can change it, when it does so next.
        private func print(_ value: PQLValue, _ outcome: PQLOutcome) {
            var bytes: [UInt8] = []
            if json { bytes += Array("{\"value\":".utf8) }
            value.write(to: &bytes)
            if json { bytes += Array(",\"qualifies\":\(outcome.qualifies)".utf8) }
            if let change = outcome.changesAt {
                bytes += Array((json ? ",\"changesAt\":\"" : "\nchanges at ").utf8)
                change.appendRFC3339Milliseconds(to: &bytes)
                if json { bytes.append(UInt8(ascii: "\"")) }
            }
            if json { bytes.append(UInt8(ascii: "}")) }
            Terminal.print(lines: bytes + [UInt8(ascii: "\n")])
        }

        private var instant: Timestamp {
            get throws(CommandFailure) {
                guard let now else { return SystemTime().now() }
                guard let instant = Timestamp(rfc3339: now) else {
                    throw CommandFailure(.usage, "--now is an RFC 3339 instant, such as 2026-03-02T09:15:04Z")
                }
                return instant
            }
        }

        private var document: JSONDocument {
            get throws(CommandFailure) {
                let bytes = try SmallFile.contents(of: profile, bytesMax: 64 << 20)
                do throws(JSONError) {
                    return try JSONDocument(parsing: bytes)
                } catch {
                    throw CommandFailure(
                        .badInput,
                        "\(profile) is not JSON: at byte \(error.offset) \(error.found) where \(error.expected) is expected"
                    )
                }
            }
        }
    }

    /// Runs a piece of work; a mistake in the expression is printed with its place and ends with exit code 65.
    private static func reporting<Value>(json: Bool, _ work: () throws(PQLError) -> Value) throws(CommandFailure)
        -> Value
    {
        do throws(PQLError) {
            return try work()
        } catch {
            if json {
                Terminal.print([
                    "error": [
                        "code": .string(error.code.description),
                        "line": .integer(Int64(error.line)),
                        "column": .integer(Int64(error.column)),
                        "message": .string(error.message),
                    ]
                ])
            }
            throw CommandFailure(.badInput, "\(error)")
        }
    }

    /// Without a server any text may name an audience.
    private static func anyAudience(_ text: String) -> Audience.ID? {
        Audience.ID(uuid: UUIDBytes(text) ?? UUIDBytes(high: .max, low: .max))
    }
}
