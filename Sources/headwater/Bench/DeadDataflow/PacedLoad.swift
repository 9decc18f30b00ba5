import ActivationCore
import KinesisLocal
import Synchronization

/// Updates at a steady rate, each with its number and the instant at which it was sent.
final class PacedLoad: Sendable {
    static let namespace = "BENCH"
    static let attribute = "mark"
    /// How often a request goes.
    private static let interval = Duration.milliseconds(20)

    private struct State {
        var sent: Int64 = 0
        var isOver = false
    }

    private let profiles: Int64
    private let rate: Double
    private let state = Mutex(State())

    /// Creates a load that sends nothing before ``run(_:)``.
    init(profiles: Int, rate: Double) {
        self.profiles = Int64(profiles)
        self.rate = rate
    }

    /// How many updates the server took.
    var sent: Int64 { state.withLock(\.sent) }

    /// Ends it after the request under way.
    func stop() {
        state.withLock { $0.isOver = true }
    }

    /// Sends until stopped; while the server is away it waits, and goes on as if no time had passed.
    ///
    /// - Throws: When the server stays away for a minute, or refuses an update.
    func run(_ client: ServerClient) async throws {
        let sender = ChunkSender(client: client, path: "/v1/profiles?dataset=bench", patience: .seconds(60))
        var dueAt = ContinuousClock.now
        var owed = 0.0
        while !state.withLock(\.isOver) {
            owed += rate * Self.interval.inSeconds
            let first = sent
            var chunk = IngestChunk()
            let now = WallClock.milliseconds()
            for number in first..<first + Int64(owed) { chunk.append(line(number, at: now), line: number) }
            owed -= owed.rounded(.down)
            if !chunk.lines.isEmpty {
                var tally = IngestTally()
                try await sender.send(chunk, tally: &tally)
                guard tally.failed == 0 else {
                    throw CommandFailure(.software, "the server refused \(tally.failed) updates")
                }
                let count = Int64(chunk.lines.count)
                state.withLock { $0.sent += count }
            }
            dueAt = max(dueAt + Self.interval, .now)
            try await Task.sleep(until: dueAt)
        }
    }

    private func line(_ number: Int64, at now: Int64) -> [UInt8] {
        let (profile, round) = (number % profiles, number / profiles + 1)
        let mark = "~k=\(profile);s=\(round)~t=\(now)~"
        return Array(#"{"identityMap":{"\#(Self.namespace)":[{"id":"p\#(profile)"}]},"mark":"\#(mark)"}"#.utf8)
    }

    /// The instant at which the update in a record was sent, in epoch milliseconds; nil without one.
    static func sentAt(_ data: [UInt8]) -> Int64? {
        let sign = Array("~t=".utf8)
        guard let start = data.firstRange(of: sign)?.upperBound else { return nil }
        return Int64(String(decoding: data[start...].prefix { $0 != UInt8(ascii: "~") }, as: UTF8.self))
    }
}
