import ActivationCore
import ArgumentParser
import AsyncHTTPClient
import Kinesis

/// `headwater tail`: follows a stream.
struct TailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Follows a Kinesis stream, on any endpoint, one line per record.",
        discussion: "Order holds within a shard. Records before --from are left out; the default is all that is kept."
    )

    @OptionGroup var access: KinesisAccess

    @Option(help: "The stream's name.")
    var stream: String

    @Option(help: "Where to begin: beginning, end, or an RFC 3339 instant.")
    var from = "beginning"

    @Option(help: "Ends after so many records.")
    var limit: Int?

    @Flag(help: "Ends when everything that is in the stream now has been read.")
    var once = false

    @Flag(help: "Prints one JSON object per record: shard, sequence, partitionKey, data.")
    var json = false

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is 1 or more.") }
    }

    func run() async throws {
        let start = try start
        try await access.withHTTPClient { http in
            let client = try access.client(over: http)
            do throws(KinesisError) {
                try await follow(StreamTail(client: client, stream: stream), from: start)
            } catch {
                throw CommandFailure(error)
            }
        }
    }

    private var start: StreamTail.Start {
        get throws(CommandFailure) {
            switch from {
            case "beginning": return .beginning
            case "end": return .end
            default:
                guard let instant = Timestamp(rfc3339: from) else {
                    throw CommandFailure(.usage, "--from is beginning, end, or an instant such as 2026-03-02T09:15:04Z")
                }
                return .instant(instant.milliseconds)
            }
        }
    }

    private func follow(_ tail: StreamTail, from start: StreamTail.Start) async throws(KinesisError) {
        var tail = tail
        try await tail.begin(at: start)
        var remaining = limit ?? .max
        while remaining > 0, !Task.isCancelled {
            let records = try await tail.next()
            show(records.prefix(remaining))
            remaining -= min(records.count, remaining)
            if records.isEmpty {
                if once, tail.isAtEnd { return }
                // A shard may be read five times a second. A cancelled sleep ends the loop at its condition.
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    private func show(_ records: ArraySlice<StreamRecord>) {
        var bytes: [UInt8] = []
        for record in records {
            if json {
                record.appendJSONLine(to: &bytes)
            } else {
                bytes += Array("\(record.line)\n".utf8)
            }
        }
        if !bytes.isEmpty { Terminal.print(lines: bytes) }
    }
}
