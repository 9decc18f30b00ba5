import ArgumentParser
import AsyncHTTPClient

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
            Kinds are text, number, integer, boolean and timestamp; the first identity is the primary one; empty fields are
            left out. Without --map the header itself holds the paths. Events get the file's digest and the row's number as
            _id unless a column is mapped to it.

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

    @Option(help: "What stands between CSV fields: one character, or tab.")
    var separator = ","

    @Flag(help: "The CSV file has no header; columns are named 1, 2, 3 …")
    var noHeader = false

    @Option(help: "The server's base URL; by default the one in DIR/admin.json.")
    var endpoint: String?

    @Option(name: .customLong("data"), help: "The server's data directory, for its credentials.")
    var directory: String?

    @Flag(help: "Sends the file from its beginning, whatever was acknowledged before.")
    var restart = false

    @Option(help: "Seconds to keep trying while the server is away or refuses.")
    var patience = 300

    @Flag(help: "Prints the result as one JSON object.")
    var json = false

    func run() async throws {
        let credentials = try ServerCredentials(directory: directory, endpoint: endpoint)
        let http = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup)
        do {
            try await ingest(ServerClient(http: http, credentials: credentials))
        } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }

    private func ingest(_ client: ServerClient) async throws(CommandFailure) {
        let path = "/v1/\(kind.rawValue)?dataset=\(try queryValue(dataset))"
        let sender = ChunkSender(client: client, path: path, patience: .seconds(max(patience, 0)))
        var run = try IngestRun(command: self, target: client.endpoint + path)
        let tally = try await run.perform(sender)
        let report = IngestReport(tally: tally, elapsed: run.elapsed, skippedLines: run.skippedLines)
        json ? Terminal.print(report.json) : report.print()
        guard tally.failed == 0 else {
            throw CommandFailure(
                .badInput,
                "\(Figures.grouped(tally.failed)) lines were refused; the others are stored"
            )
        }
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

    /// The CSV separator.
    var separatorByte: UInt8 {
        get throws(CommandFailure) {
            if separator == "tab" || separator == "\\t" { return 9 }
            guard let byte = separator.utf8.first, separator.utf8.count == 1, byte != 10, byte != 13, byte != 34 else {
                throw CommandFailure(.usage, "--separator takes one character, or tab")
            }
            return byte
        }
    }

    /// The format given, or the one the file's name says.
    var inputFormat: Format {
        format ?? ([".csv", ".tsv"].contains { file.lowercased().hasSuffix($0) } ? .csv : .ndjson)
    }
}
