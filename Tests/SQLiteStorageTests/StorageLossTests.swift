import Foundation
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// Power is lost at any write of log, value files or database.
@Suite struct StorageLossTests {
    private static let lives = 4
    /// More with `HEADWATER_STORAGE_HISTORIES`.
    private static let histories =
        ProcessInfo.processInfo.environment["HEADWATER_STORAGE_HISTORIES"].flatMap { Int($0) } ?? 75

    @Test func `whatever was acknowledged is there after power loss, and nothing by half`() throws {
        let seed = TestSeed.next()
        let vfs = RecordingVFS(name: "losses")
        var losses = 0
        for history in 0..<UInt64(Self.histories) {
            let simulation = StorageLossSimulation(seed: seed &+ history, in: try TemporaryDirectory(), on: vfs)
            let difference = try simulation.run(lives: Self.lives)
            try #require(difference == nil, "history \(history) of seed \(seed)")
            losses += simulation.losses
        }
        #expect(losses == Self.histories * Self.lives)
    }

    @Test func `values that only seem to be durable are found missing`() throws {
        let seed = TestSeed.next()
        let vfs = RecordingVFS(name: "lying")
        for history in 0..<200 {
            let directory = try TemporaryDirectory()
            let simulation = StorageLossSimulation(seed: seed &+ UInt64(history), in: directory, on: vfs, isLying: true)
            if try simulation.run(lives: Self.lives) != nil { return }
        }
        Issue.record("nothing was found, seed \(seed)")
    }
}
