import ActivationEngine
import ArgumentParser
import AsyncHTTPClient
import TextFiles

/// `headwater ingest`: sends a file of profile records or events to a server.
struct IngestCommand: AsyncParsableCommand {
    /// What the lines are.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case profiles
        case events
    }

    /// How the input is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case ndjson
        case csv
    }

    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Sends a file of profile records or events to a server, and goes on where it stopped.",
        discussion: """
            NDJSON holds one XDM entity per line. CSV (RFC 4180) needs to know what its columns mean, such as
              --map email=identityMap.Email --map first=person.name.firstName --map total=commerce.order.priceTotal:number
            Kinds are text, number, integer, boolean and timestamp; the first identity is the primary one; empty cells are
            left out. Without --map the header itself holds the paths. Events get the digest of the file up to their row as
            _id unless a column is mapped to it. The delimiter is the one in the header: comma, semicolon, tab or pipe.

            Text is UTF-8, or what its byte order mark or --encoding says. Nothing is repaired: a line that cannot be read
            is told with line, column and cure, and the others are sent. Exit codes: 0 all of the file is stored, 65 some
            lines were refused and the others are stored, 66 the file cannot be used, 69 and 75 the server is away or takes
            no more, or a signal stopped the run, 64 the command line is wrong. docs/FILES.md says more.

            After each acknowledgement FILE.headwater-progress says how much of FILE is durable; the same command then goes
            on from there. Standard input cannot be resumed. Credentials come from --data DIR (a server's directory) or from
            HEADWATER_CLIENT_ID and HEADWATER_CLIENT_SECRET.
            """
    )

    @Argument(help: "The file, or - for standard input.")
    var file: String

    @Option(name: .customLong("as"), help: "What the lines are: profiles or events.")
    var kind: Kind = .profiles

    @Option(help: "The dataset the lines belong to.")
    var dataset = "default"

    @Option(help: "ndjson or csv; by default what the file's name says.")
    var format: Format?

    @Option(name: .customLong("map"), help: "What a CSV column means: COLUMN=PATH[:KIND]; may be repeated.")
    var mappings: [String] = []

    @Option(
        name: .customLong("delimiter"),
        help: "What stands between CSV cells: one character, or tab; by default what the header has."
    )
    var delimiterText: String?

    @Option(help: "utf-8, utf-16, windows-1252 or iso-8859-1; by default what a byte order mark says, else utf-8.")
    var encoding: TextEncoding.Name?

    @Flag(help: "The CSV file has no header; columns are named 1, 2, 3 …")
    var noHeader = false

    @Option(help: "The server's base URL; by default the one in DIR/admin.json.")
    var endpoint: String?

    @Option(name: .customLong("data"), help: "The server's data directory, for its credentials.")
    var directory: String?

    @Option(help: "The sandbox; by default HEADWATER_SANDBOX, else the default one.")
    var sandbox: String?

    @Option(
        help: ArgumentHelp(
            "What the command may do of what its credential may, such as headwater:view-profiles, with commas between several; "
                + "by default HEADWATER_SCOPE, else all. headwater credentials scopes lists them.",
            valueName: "scopes"
        )
    )
    var scope: String?

    @Flag(help: "Sends the file from its beginning, whatever was acknowledged before.")
    var restart = false

    @Option(help: "Seconds to keep trying while the server is away or refuses.")
    var patience = 300

    @Option(help: "The trace that the requests are part of, as a traceparent header has it; by default TRACEPARENT.")
    var traceparent: String?

    @Flag(help: "Prints the result as one JSON object.")
    var json = false

    func validate() throws {
        guard let traceparent, TraceContext(traceparent: traceparent) == nil else { return }
        throw ValidationError("--traceparent is 00-TRACE-PARENT-FLAGS in lower case, as W3C Trace Context has it.")
    }

    func run() async throws {
        let credentials = try ServerCredentials(
            directory: directory,
            endpoint: endpoint,
            sandbox: sandbox,
            scope: scope
        )
        var configuration = HTTPClient.Configuration()
        // How long to try is `--patience`'s business.
        configuration.connectionPool.retryConnectionEstablishment = false
        let http = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        do {
            try await ingest(ServerClient(http: http, credentials: credentials, trace: trace))
        } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }

    private func ingest(_ client: ServerClient) async throws(CommandFailure) {
        let path = "/v1/\(kind.rawValue)?dataset=\(try queryValue(dataset))"
        let sender = ChunkSender(client: client, path: path, patience: .seconds(max(patience, 0)))
        // What was refused is behind the mark, and whatever ends the run has to tell it.
        let outcome = IngestOutcome(json: json)
        let signals = StopSignals { outcome.stop($0) }
        defer { signals.cancel() }
        var run = try IngestRun(command: self, target: client.target + path)
        do throws(CommandFailure) {
            try await run.perform(sender, outcome: outcome)
        } catch {
            outcome.finish(run.report, isComplete: false)
            throw error
        }
        outcome.finish(run.report, isComplete: true)
        let refused = run.tally.failed + run.skippedRefusals
        guard refused == 0 else {
            throw CommandFailure(.badInput, "\(Figures.grouped(refused)) lines were refused; the others are stored")
        }
    }

    private var trace: TraceContext? {
        traceparent.map { TraceContext(traceparent: $0) } ?? .ofEnvironment
    }

    private func queryValue(_ text: String) throws(CommandFailure) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (0x30...0x39).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
        }
        guard isPlain, !text.isEmpty else {
            throw CommandFailure(.usage, "--dataset takes letters, digits, '-', '_' and '.'")
        }
        return text
    }

    /// The delimiter that was asked for, or that the file's name says.
    var delimiter: CSVDelimiter? {
        get throws(CommandFailure) {
            guard let delimiterText else {
                return hasName(endingIn: IngestCommand.tabSuffixes) ? .tab : nil
            }
            guard let delimiter = CSVDelimiter(parsing: delimiterText) else {
                throw CommandFailure(.usage, "--delimiter takes one ASCII character that is no quote, or tab")
            }
            return delimiter
        }
    }

    /// What is known of how the input is written.
    var inputOptions: InputOptions {
        get throws(CommandFailure) {
            InputOptions(
                encoding: encoding,
                delimiter: try delimiter,
                hasHeader: !noHeader,
                words: .commandLine
            )
        }
    }

    /// What the rows of a file mean.
    ///
    /// - Throws: When the mappings do not fit the file.
    func rowMapping(_ columns: CSVColumns) throws(CommandFailure) -> RowMapping {
        guard !mappings.isEmpty || noHeader else {
            let mapping = try RowMapping(header: columns.names)
            try mapping.refuseUnread(in: kind, code: .noInput)
            return mapping
        }
        var parsed: [ColumnMapping] = []
        for text in mappings { parsed.append(try ColumnMapping(parsing: text)) }
        let mapping = try RowMapping(parsed, columns: columns)
        try mapping.refuseUnread(in: kind, code: .usage)
        return mapping
    }

    /// Refuses options that mean nothing for the format.
    func checkOptions() throws(CommandFailure) {
        guard inputFormat == .ndjson, !mappings.isEmpty || delimiterText != nil || noHeader else { return }
        throw CommandFailure(
            .usage,
            "--map, --delimiter and --no-header are for CSV, and \(file) is taken for NDJSON; give --format csv"
        )
    }

    /// The format given, or the one the file's name says.
    var inputFormat: Format {
        format ?? (hasName(endingIn: [".csv"] + IngestCommand.tabSuffixes) ? .csv : .ndjson)
    }

    /// How files end whose cells stand between tabs.
    private static let tabSuffixes = [".tsv", ".tab"]

    private func hasName(endingIn suffixes: [String]) -> Bool {
        suffixes.contains { file.lowercased().hasSuffix($0) }
    }
}
