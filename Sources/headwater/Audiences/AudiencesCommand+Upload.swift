import ActivationCore
import ArgumentParser
import NIOHTTP1
import TextFiles

extension AudiencesCommand {
    /// `headwater audiences upload`.
    struct Upload: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "upload",
            abstract:
                "Makes the people of a CSV file the members of an external audience; whoever it does not name exits.",
            discussion: """
                The file has a header of at most 25 columns without spaces and dashes, one of which tells who a member is, and \
                less than 1 GiB. How it is read is shown first; --check ends there. The command goes on where it stopped when it \
                is run again on the same file. A header and one row without data empty the audience. Exit codes are those of \
                headwater ingest: 65 = some rows were refused and the others count, or the file cannot be taken.
                """
        )

        @OptionGroup var options: Options

        @Argument(help: "The file.")
        var file: String

        @Option(help: "The audience, by its id or name.")
        var audience: String

        @Option(help: ArgumentHelp("What tells who a member is.", valueName: "COLUMN=NAMESPACE"))
        var identity: String

        @Option(help: "utf-8, utf-16, windows-1252 or iso-8859-1; by default what a byte order mark says, else utf-8.")
        var encoding: String?

        @Option(help: "What stands between cells: one character, or tab; by default what the header has.")
        var delimiter: String?

        @Flag(help: "Shows how the file is read, and sends nothing.")
        var check = false

        func validate() throws {
            guard identity.split(separator: "=", omittingEmptySubsequences: false).count == 2,
                !identity.hasPrefix("="), !identity.hasSuffix("=")
            else { throw ValidationError("--identity is COLUMN=NAMESPACE, such as email=Email.") }
            guard encoding.map({ TextEncoding.Name(rawValue: $0) != nil }) ?? true else {
                throw ValidationError(
                    "--encoding is \(TextEncoding.Name.allCases.map(\.rawValue).joined(separator: ", "))."
                )
            }
            guard delimiter.map({ CSVDelimiter(parsing: $0) != nil }) ?? true else {
                throw ValidationError("--delimiter is one character, or tab.")
            }
        }

        func run() async throws {
            let parts = identity.split(separator: "=").map(String.init)
            var reading: JSONObject = ["identityColumn": .string(parts[0]), "namespace": .string(parts[1])]
            reading["encoding"] = encoding.map { .string($0) }
            reading["delimiter"] = delimiter.map { .string($0) }
            let file = try MemberFile(
                path: file,
                identityColumn: parts[0],
                options: InputOptions(
                    encoding: encoding.flatMap(TextEncoding.Name.init),
                    delimiter: delimiter.flatMap(CSVDelimiter.init),
                    words: .commandLine
                )
            )
            if !options.json || check { Terminal.error(file.description) }
            guard !check else { return }
            let (name, body) = (audience, JSONValue.object(reading))
            let ended = try await options.withAudiences { (audiences) throws(CommandFailure) in
                try await UploadSender(audiences: audiences, file: file).send(to: name, reading: body)
            }
            if options.json {
                Terminal.print(ended)
            } else {
                Terminal.print(UploadText(upload: ended).line)
            }
            guard ended["state"] == "succeeded", ended["rows"]?["refused"] == 0 else {
                throw CommandFailure(.badInput, UploadText(upload: ended).trouble)
            }
        }
    }

    /// `headwater audiences refresh`.
    struct Refresh: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "refresh",
            abstract: "Lets the members of an external audience stay for its days from now on.",
            discussion: "It can be done in the last seven days before they expire, and 20 minutes after the last time."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var audience: String

        func run() async throws {
            let name = audience
            let refreshed = try await options.withAudiences { (audiences) throws(CommandFailure) in
                let id = try await audiences.audienceID(name)
                return try await audiences.client.call(.POST, "/v1/audiences/\(id)/refresh")
            }
            guard !options.json else { return Terminal.print(refreshed) }
            for line in AudienceText(definition: refreshed).lines { Terminal.print(line) }
        }
    }
}

/// How an upload ended, as people read it.
struct UploadText {
    let upload: JSONValue

    private func rows(_ member: String) -> String { Figures.grouped(upload["rows"]?[member]?.int64 ?? 0) }

    /// What became of it.
    var line: String {
        "upload \(upload["id"]?.string ?? "") \(upload["state"]?.string ?? ""): \(rows("accepted")) rows name a member, "
            + "\(rows("refused")) were refused, \(rows("empty")) are empty"
            + (upload["newProfiles"]?.int64.map { "; \(Figures.grouped($0)) people were not known before" } ?? "")
    }

    /// Why it is not all that was hoped for.
    var trouble: String {
        upload["trouble"]?.string
            ?? "\(rows("refused")) rows were refused and the others count; headwater audiences refusals "
            + "\(upload["id"]?.string ?? "") tells which and why"
    }
}
