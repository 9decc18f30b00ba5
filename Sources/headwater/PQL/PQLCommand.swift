import ActivationCore
import ArgumentParser

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
            abstract: "Says whether an expression can be used, or where it cannot."
        )

        @Argument(help: "The expression.")
        var expression: String

        @Flag(help: "Prints the result as one JSON object.")
        var json = false

        func run() throws {
            let parsed = try PQLCommand.reporting(json: json) { () throws(PQLError) in
                let parsed = try PQLExpression(parsing: expression)
                var paths = PathDictionary()
                _ = try PQLProgram(compiling: parsed, paths: &paths, audience: PQLCommand.anyAudience)
                return parsed
            }
            json
                ? Terminal.print(["valid": true, "expression": .string(parsed.description)])
                : Terminal.print(parsed.description)
        }
    }

    /// `headwater pql eval`.
    struct Evaluate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "eval",
            abstract: "Evaluates an expression on one profile.",
            discussion: "The file holds one XDM profile as a JSON object, with its events under xEvent."
        )

        @Option(help: "The file with the profile; - is standard input.")
        var profile: String

        @Option(help: "The instant of the evaluation, RFC 3339; by default now.")
        var now: String?

        @Argument(help: "The expression.")
        var expression: String

        @Flag(help: "Prints the result as one JSON object.")
        var json = false

        func run() throws {
            let instant = try instant
            let document = try document
            let profile: PQLProfile
            do throws(PQLProfileError) {
                profile = try PQLProfile(fromXDM: document, now: instant)
            } catch {
                throw CommandFailure(.badInput, "\(self.profile): \(error)")
            }
            let value = try PQLCommand.reporting(json: json) { () throws(PQLError) in
                var paths = profile.paths
                let program = try PQLProgram(
                    compiling: try PQLExpression(parsing: expression),
                    paths: &paths,
                    clock: .read,
                    audience: profile.audience
                )
                return program.value(profile.input, paths: paths)
            }
            var bytes: [UInt8] = []
            if json { bytes += Array("{\"value\":".utf8) }
            value.write(to: &bytes)
            if json { bytes += Array(",\"qualifies\":\(value.truth)}".utf8) }
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
                let bytes = try InputFile.contents(of: profile, bytesMax: 64 << 20)
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
