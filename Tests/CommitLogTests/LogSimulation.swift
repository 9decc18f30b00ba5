import ActivationEngine
import CommitLog
import TestSupport

/// A history of a log on a disk that loses power again and again, checked against what was acknowledged.
struct LogSimulation {
    private var random: SeededGenerator
    private let faults: Set<CommitLog.PlantedFault>
    private var volume = SimulatedVolume()
    /// What was staged, by number; after a loss what was recovered.
    private var entries: [UInt64: [UInt8]] = [:]
    /// Number of the last entry that is kept elsewhere.
    private var applied: UInt64 = 0
    /// Number of the last entry that somebody was told is durable.
    private var acknowledged: UInt64 = 0
    private(set) var losses = 0

    private static let id: UInt64 = 0x1234

    init(seed: UInt64, faults: Set<CommitLog.PlantedFault> = []) {
        random = SeededGenerator(seed: seed)
        self.faults = faults
    }

    /// Lives through some losses.
    ///
    /// - Returns: What went wrong; nil when nothing did.
    mutating func run(lives: Int) -> String? {
        for _ in 0..<lives {
            do throws(StorageError) {
                try live()
            } catch {
                guard volume.isDead else { return "the log failed without a loss: \(error)" }
            }
            if let difference = loseAndRecover() { return difference }
        }
        return nil
    }

    private var options: CommitLog.Options {
        var options = CommitLog.Options()
        (options.segmentBytesMin, options.segmentBytesMax) = (8_192, 32_768)
        options.plantedFaults = faults
        return options
    }

    private mutating func live() throws(StorageError) {
        volume.loseAfter(writes: Int.random(in: 0..<60, using: &random))
        let log = try CommitLog(volume, id: Self.id, next: applied + 1, options: options)
        while !volume.isDead {
            do throws(StorageError) {
                try change(log)
            } catch {
                // There may be room again later, and nothing is done.
                guard error.code == .full else { throw error }
            }
        }
    }

    private mutating func change(_ log: CommitLog) throws(StorageError) {
        switch Int.random(in: 0..<9, using: &random) {
        case 0..<4:
            let bytes = randomBytes()
            let (number, _) = try log.stage(UInt32(bytes.count % 7), bytes)
            entries[number] = bytes
        case 4..<7:
            log.flush()
            // What was told before the power went.
            acknowledged = max(acknowledged, log.durable)
            if let failure = log.failure { throw failure }
        case 7:
            // Seldom for long, of many sizes, so that groups are torn anywhere.
            let isLimited = Int.random(in: 0..<4, using: &random) == 0
            volume.limit(bytes: isLimited ? Int.random(in: 0...30_000, using: &random) : nil)
        default:
            guard log.durable > applied else { return }
            applied = UInt64.random(in: applied...log.durable, using: &random)
            log.release(through: applied)
            if Int.random(in: 0..<10, using: &random) == 0 { _ = try log.wipe() }
        }
    }

    private mutating func randomBytes() -> [UInt8] {
        let most = [0, 5, 100, 4_000, 9_000].randomElement(using: &random) ?? 0
        let first = UInt8.random(in: 0...255, using: &random)
        return (0..<Int.random(in: 0...most, using: &random)).map { first &+ UInt8(truncatingIfNeeded: $0 &* 7) }
    }

    /// Loses power, opens what is left and compares it with what was acknowledged.
    private mutating func loseAndRecover() -> String? {
        losses += 1
        volume = volume.afterPowerLoss(using: &random)
        var recovered: [LogEntry] = []
        do throws(StorageError) {
            let recovery = try LogRecovery(volume, id: Self.id, after: applied, plantedFaults: faults)
            try recovery.forEach { (entry) throws(StorageError) in recovered.append(entry) }
        } catch {
            return "the log cannot be recovered: \(error)"
        }
        for entry in recovered where entry.number > applied {
            guard let staged = entries[entry.number] else { return "entry \(entry.number) was never staged" }
            guard staged == entry.bytes, entry.kind == UInt32(staged.count % 7) else {
                return "entry \(entry.number) is another one"
            }
        }
        let numbers = recovered.map(\.number).filter { $0 > applied }
        let last = numbers.last ?? applied
        guard numbers.elementsEqual(applied + 1..<last + 1) else { return "entries are missing or come twice" }
        guard last >= acknowledged else {
            return "entries \(last + 1) to \(acknowledged) were acknowledged and are lost"
        }
        // Everything is kept elsewhere now, as after an opening.
        (applied, acknowledged, entries) = (last, last, [:])
        return nil
    }
}
