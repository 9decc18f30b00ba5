import ActivationCore

/// What a torture sends: every profile's mark rises by one with each update, and each is one export.
///
/// The mark stands where the endpoint's ledger looks for it: `~k=<profile>;s=<1, 2, 3 …>~`.
struct TortureLoad {
    static let namespace = "TORTURE"
    static let attribute = "mark"
    static let dataset = "torture"

    var profiles: Int
    var rounds: Int
    var lanes: Int
    var linesPerRequest = 500

    /// Exports that its rounds call for.
    var exports: Int64 { Int64(profiles) * Int64(rounds) }

    /// Sends a lane's profiles, round after round, one request at a time.
    ///
    /// - Parameters:
    ///   - lane: Which; the profiles are dealt out among the lanes.
    ///   - client: The server, which may be away for a while.
    ///   - isNeeded: Asked after the last round whether another one is called for.
    ///   - sent: Told how many were taken.
    /// - Throws: When the server stays away for two minutes, or refuses an update.
    func send(
        lane: Int,
        to client: ServerClient,
        while isNeeded: () -> Bool,
        sent: (Int64) -> Void
    ) async throws(CommandFailure) {
        let sender = ChunkSender(client: client, path: "/v1/profiles?dataset=\(Self.dataset)", patience: .seconds(120))
        let mine = Array(stride(from: lane, to: profiles, by: lanes))
        var round = 0
        while round < rounds || isNeeded() {
            round += 1
            for start in stride(from: 0, to: mine.count, by: linesPerRequest) {
                var chunk = IngestChunk()
                for profile in mine[start..<min(start + linesPerRequest, mine.count)] {
                    chunk.append(Self.line(profile, round), line: Int64(profile))
                }
                var tally = IngestTally()
                try await sender.send(chunk, tally: &tally)
                guard tally.failed == 0 else {
                    throw CommandFailure(.software, "the server refused \(tally.failed) updates")
                }
                sent(Int64(chunk.lines.count))
            }
        }
    }

    private static func line(_ profile: Int, _ round: Int) -> [UInt8] {
        Array(
            #"{"identityMap":{"\#(namespace)":[{"id":"p\#(profile)"}]},"mark":"~k=\#(profile);s=\#(round)~"}"#.utf8
        )
    }
}
