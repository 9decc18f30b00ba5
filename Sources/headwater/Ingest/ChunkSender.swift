import ActivationCore
import NIOHTTP1

/// Sends chunks, one at a time so that the lines of one profile stay in order, until the server has them.
struct ChunkSender {
    let client: ServerClient
    /// The path with its query.
    let path: String
    /// How long a server may refuse or be away before the run ends.
    let patience: Duration

    /// Sends a chunk.
    ///
    /// - Throws: When the server refuses the whole request, or stays away longer than `patience`.
    func send(_ chunk: IngestChunk, tally: inout IngestTally) async throws(CommandFailure) {
        var body = chunk.body[...]
        var lines = chunk.lines[...]
        var givenUpAt = ContinuousClock.now + patience
        var pause = Duration.milliseconds(250)
        while !lines.isEmpty {
            let problem: CommandFailure
            var wait = pause
            do throws(CommandFailure) {
                let answer = try await client.send(
                    .POST,
                    path,
                    body: Array(body),
                    contentType: "application/x-ndjson"
                )
                if answer.status == 200 {
                    tally.add(report: answer.body, lines: Array(lines))
                    return
                }
                guard answer.status == 429 || answer.status == 503 || answer.status == 507 else {
                    throw CommandFailure(.badInput, "the server refuses the request: \(answer.reason)")
                }
                let settled = ChunkSender.takeSettled(of: answer.body, &body, &lines, &tally)
                if settled { givenUpAt = ContinuousClock.now + patience }
                wait = answer.retryAfter ?? pause
                problem = CommandFailure(.retryLater, "the server takes no more for now: \(answer.reason)")
            } catch {
                guard error.code == .unavailable else { throw error }
                problem = error
            }
            guard ContinuousClock.now + wait < givenUpAt, !Task.isCancelled else { throw problem }
            tally.retries += 1
            pause = min(pause * 2, .seconds(10))
            // A cancelled sleep ends the loop at the next check.
            try? await Task.sleep(for: wait)
        }
    }

    /// Takes the lines that an interrupted request did settle out of what has to be sent again.
    private static func takeSettled(
        of report: JSONValue,
        _ body: inout ArraySlice<UInt8>,
        _ lines: inout ArraySlice<Int64>,
        _ tally: inout IngestTally
    ) -> Bool {
        let settled = Int(report["settledThroughLine"]?.int64 ?? 0)
        guard settled > 0, settled <= lines.count else { return false }
        tally.add(report: report, lines: Array(lines))
        for _ in 0..<settled {
            guard let end = body.firstIndex(of: UInt8(ascii: "\n")) else { break }
            body = body[(end + 1)...]
        }
        lines = lines.dropFirst(settled)
        return true
    }
}
