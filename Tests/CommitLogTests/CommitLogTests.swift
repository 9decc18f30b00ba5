import ActivationEngine
import CommitLog
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Commit log")
struct CommitLogTests {
    private static let id: UInt64 = 99

    @Test("The checksum is XXH64")
    func checksum() {
        func hash(_ text: String, seed: UInt64 = 0) -> UInt64 {
            Array(text.utf8).withUnsafeBytes { XXH64.hash($0, seed: seed) }
        }
        // Computed by the reference implementation.
        #expect(hash("") == 0xEF46_DB37_51D8_E999)
        #expect(hash("a") == 0xD24E_C4F1_A98C_6E5B)
        #expect(hash("abc") == 0x44BC_2CF5_AD77_0999)
        #expect(hash("Nobody inspects the spammish repetition") == 0xFBCE_A83C_8A37_8BF1)
    }

    @Test("What was acknowledged survives losses of power")
    func powerLoss() {
        let seed = TestSeed.next()
        var losses = 0
        for history in 0..<UInt64(histories) {
            var simulation = LogSimulation(seed: seed &+ history)
            #expect(simulation.run(lives: 8) == nil, "HEADWATER_SEED=\(seed &+ history)")
            losses += simulation.losses
        }
        #expect(losses == histories * 8)
    }

    @Test(
        "Planted mistakes are found",
        arguments: [
            CommitLog.PlantedFault.namesNotSynchronized, .acknowledgedBeforeSynchronized, .paddingTakenForEntries,
        ]
    )
    func plantedFaults(fault: CommitLog.PlantedFault) {
        let seed = TestSeed.next()
        let found = (0..<UInt64(300)).contains { history in
            var simulation = LogSimulation(seed: seed &+ history, faults: [fault])
            return simulation.run(lives: 8) != nil
        }
        #expect(found)
    }

    /// A log of three groups of one entry each.
    private func threeGroups() throws -> SimulatedVolume {
        let volume = SimulatedVolume()
        let log = try CommitLog(volume, id: Self.id, next: 1)
        for byte in UInt8(1)...3 {
            _ = try log.stage(7, [UInt8](repeating: byte, count: 100))
            log.flush()
        }
        #expect(log.durable == 3)
        return volume
    }

    private func numbers(in volume: SimulatedVolume, after applied: UInt64 = 0) throws -> [UInt64] {
        var numbers: [UInt64] = []
        try LogRecovery(volume, id: Self.id, after: applied).forEach { numbers.append($0.number) }
        return numbers
    }

    @Test("A changed byte in a group that is not the last one is found")
    func bitRot() throws {
        for offset in [0, 9, 17, 25, 40, 48, 60, 4_096 + 20, 4_096 + 150] {
            let volume = try threeGroups()
            volume.damage("commits-00000001", at: offset)
            let error = #expect(throws: StorageError.self) { try numbers(in: volume) }
            #expect(error?.code == .corrupt, "byte \(offset)")
        }
    }

    @Test("A damaged last group counts as torn, and padding may hold anything")
    func tornEnd() throws {
        let volume = try threeGroups()
        volume.damage("commits-00000001", at: 8_192 + 60)
        #expect(try numbers(in: volume) == [1, 2])
        volume.damage("commits-00000001", at: 4_000)
        #expect(try numbers(in: volume) == [1, 2])
    }

    @Test("What is applied already need not be there")
    func applied() throws {
        let volume = try threeGroups()
        #expect(try numbers(in: volume, after: 2) == [3])
        #expect(try numbers(in: volume, after: 3).isEmpty)
        volume.damage("commits-00000001", at: 60)
        #expect(try numbers(in: volume, after: 1) == [2, 3])
    }

    @Test("A log of another store is none of ours")
    func foreignLog() throws {
        let volume = try threeGroups()
        #expect(try LogRecovery(volume, id: 5, after: 0).last == 0)
    }

    @Test("A full disk refuses an entry and loses nothing")
    func fullDisk() throws {
        let volume = SimulatedVolume()
        let log = try CommitLog(volume, id: Self.id, next: 1)
        _ = try log.stage(1, [1])
        volume.setFull(true)
        let large = [UInt8](repeating: 9, count: 2 << 20)
        let error = #expect(throws: StorageError.self) { try log.stage(1, large) }
        #expect(error?.code == .full)
        _ = try log.stage(1, [2])
        log.flush()
        #expect(log.durable == 2)
        volume.setFull(false)
        #expect(try log.stage(1, large).number == 3)
        log.flush()
        #expect(try numbers(in: volume) == [1, 2, 3])
    }

    @Test("A group for which there is no room waits, what comes after it is refused, and both go on when there is some")
    func noRoomToWriteOver() async throws {
        let volume = SimulatedVolume()
        let log = try CommitLog(volume, id: Self.id, next: 1)
        _ = try log.stage(1, [1])
        log.flush()
        let (second, _) = try log.stage(1, [UInt8](repeating: 2, count: 9_000))
        volume.limit(bytes: 5_000)
        log.flush()
        #expect(log.isWaitingForRoom)
        #expect(log.durable == 1)
        let (refusals, teller) = AsyncStream.makeStream(of: StorageError.self)
        let waiting = Task { try await log.durable(second) { teller.yield($0) } }
        var told = refusals.makeAsyncIterator()
        #expect(await told.next()?.code == .full)
        var error = #expect(throws: StorageError.self) { try log.stage(1, [3]) }
        #expect(error?.code == .full)
        // What of it was written is torn.
        #expect(try numbers(in: volume) == [1])
        log.flush()
        error = #expect(throws: StorageError.self) { try log.stage(1, [3]) }
        #expect(error?.code == .full)
        #expect(try !log.wipe())

        volume.limit(bytes: nil)
        log.flush()
        #expect(await told.next()?.code == .full)
        try await waiting.value
        #expect(!log.isWaitingForRoom)
        #expect(try log.stage(1, [3]).number == 3)
        log.flush()
        #expect(try numbers(in: volume) == [1, 2, 3])
    }

    /// A log whose first group waits for room on a disk that has so many bytes.
    private func waitingForRoom(bytes: Int) throws -> (volume: SimulatedVolume, log: CommitLog, first: UInt64) {
        let volume = SimulatedVolume()
        let log = try CommitLog(volume, id: Self.id, next: 1)
        let (first, _) = try log.stage(1, [1])
        volume.limit(bytes: bytes)
        log.flush()
        return (volume, log, first)
    }

    @Test("A group that waits for room is not needed any more when it is durable elsewhere")
    func durableElsewhereMeanwhile() async throws {
        let (volume, log, first) = try waitingForRoom(bytes: 0)
        log.pass(through: 4)
        try await log.durable(first)
        log.release(through: 4)
        #expect(try log.stage(1, [5]).number == 5)
        volume.limit(bytes: nil)
        log.flush()
        #expect(!log.isWaitingForRoom)
        #expect(log.durable == 5)
        #expect(try numbers(in: volume, after: 4) == [5])
    }

    @Test("A cancelled task waits for the disk, but not for room on it", arguments: [false, true])
    func cancelledWithoutRoom(isEarly: Bool) async throws {
        let volume = SimulatedVolume()
        let log = try CommitLog(volume, id: Self.id, next: 1)
        let (first, _) = try log.stage(1, [1])
        let waiting = Task { try await log.durable(first) }
        if isEarly { waiting.cancel() }
        volume.limit(bytes: 0)
        log.flush()
        waiting.cancel()
        await #expect(throws: StorageError.self) { try await waiting.value }
        #expect(log.failure == nil)
        volume.limit(bytes: nil)
        log.flush()
        try await log.durable(first)
        let (second, _) = try log.stage(1, [2])
        let last = Task { try await log.durable(second) }
        last.cancel()
        log.flush()
        try await last.value
    }

    @Test("A task that is cancelled while it begins to wait does not wait for room", .timeLimit(.minutes(5)))
    func cancelledWhileItBeginsToWait() async throws {
        let (_, log, first) = try waitingForRoom(bytes: 0)
        for round in 0..<20_000 {
            let task = Task.detached { try? await log.durable(first) }
            for _ in 0..<round % 400 { _ = log.bytes }
            task.cancel()
            _ = await task.value
        }
        #expect(log.durable == 0)
    }

    @Test("Whoever waits for a group for which there is no room is told when the log ends")
    func endWithoutRoom() async throws {
        let (_, log, first) = try waitingForRoom(bytes: 100)
        let waiting = Task { try await log.durable(first) }
        log.endWaiting()
        await #expect(throws: StorageError.self) { try await waiting.value }
        #expect(log.failure?.code == .writeLost)
    }

    @Test("After a failed synchronisation nothing is acknowledged and nothing taken")
    func failedSynchronization() async throws {
        let volume = SimulatedVolume()
        let log = try CommitLog(volume, id: Self.id, next: 1)
        let (first, _) = try log.stage(1, [1])
        log.flush()
        try await log.durable(first)
        let (second, _) = try log.stage(1, [2])
        volume.failSynchronizations(StorageError(.io, "the disk is gone"))
        let waiting = Task { try await log.durable(second) }
        log.flush()
        volume.failSynchronizations(nil)
        await #expect(throws: StorageError.self) { try await waiting.value }
        let error = #expect(throws: StorageError.self) { try log.stage(1, [3]) }
        #expect(error?.code == .writeLost)
        log.flush()
        #expect(log.durable == 1)
    }

    @Test("Files are written over, and what was given up can be wiped")
    func reuse() throws {
        let volume = SimulatedVolume()
        var options = CommitLog.Options()
        (options.segmentBytesMin, options.segmentBytesMax) = (16_384, 32_768)
        let log = try CommitLog(volume, id: Self.id, next: 1, options: options)
        for round in 0..<200 {
            let (number, _) = try log.stage(1, [UInt8](repeating: UInt8(round), count: 3_000))
            log.flush()
            log.release(through: number)
        }
        #expect(log.bytes <= 3 * 32_768)
        #expect(try log.wipe())
        for name in try volume.names() { #expect(volume.bytes(of: name).allSatisfy { $0 == 0 }) }
        #expect(try numbers(in: volume).isEmpty)
    }

    /// Files of one group each.
    private var smallFiles: CommitLog.Options {
        var options = CommitLog.Options()
        (options.segmentBytesMin, options.segmentBytesMax) = (4_096, 4_096)
        return options
    }

    @Test("A group that was written over since it was looked at is not handed out")
    func overwrittenMeanwhile() throws {
        let volume = SimulatedVolume()
        let log = try CommitLog(volume, id: Self.id, next: 1, options: smallFiles)
        _ = try log.stage(7, [1])
        log.flush()
        let recovery = try LogRecovery(volume, id: Self.id, after: 0)
        log.release(through: 1)
        _ = try log.stage(7, [2])
        log.flush()
        let error = #expect(throws: StorageError.self) { try recovery.forEach { _ in } }
        #expect(error?.code == .corrupt)
    }

    @Test("A file whose maker was killed before its name was durable can be relied upon")
    func nameOfBefore() throws {
        var random = TestSeed.generator()
        for _ in 0..<50 {
            let volume = SimulatedVolume()
            let file = try volume.create("commits-00000001")
            try file.write([UInt8](repeating: 0, count: 4_096), at: 0)
            try file.synchronize()
            let log = try CommitLog(volume, id: Self.id, next: 1, options: smallFiles)
            _ = try log.stage(7, [1])
            log.flush()
            #expect(try numbers(in: volume.afterPowerLoss(using: &random)) == [1])
        }
    }

    @Test("What is durable elsewhere is written no more, and leaves a gap that is no loss")
    func passing() async throws {
        let volume = SimulatedVolume()
        let log = try CommitLog(volume, id: Self.id, next: 1)
        let (first, _) = try log.stage(7, [1])
        #expect(try !log.wipe(), "an entry is still to be written")
        log.pass(through: 5)
        try await log.durable(first)
        log.flush()
        #expect(try numbers(in: volume).isEmpty)
        #expect(try log.stage(7, [2]).number == 6)
        log.flush()
        #expect(try numbers(in: volume, after: 5) == [6])
        let error = #expect(throws: StorageError.self) { try numbers(in: volume) }
        #expect(error?.code == .corrupt)
    }

    /// `HEADWATER_LOG_HISTORIES`, else as many as a test may take.
    private var histories: Int { getenv("HEADWATER_LOG_HISTORIES").flatMap { Int(String(cString: $0)) } ?? 300 }
}
