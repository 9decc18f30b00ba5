public import ActivationEngine
import Synchronization

/// The sign of life of a process, in its data directory.
///
/// Holds which start of the machine it belongs to and how far a clock that nobody sets had come, so that the next
/// process can tell how long ago that was. What another machine or another start wrote cannot be told, and counts as
/// just now.
public final class FileLifeSign: LifeSign {
    /// The file's name in the data directory.
    static let fileName = "headwater.lifesign"

    /// See ``LifeSign/interval``.
    public let interval = Duration.nanoseconds(Int64(intervalNanoseconds))
    private static let intervalNanoseconds: UInt64 = 1_000_000_000
    /// See ``LifeSign/silence``.
    public let silence: Duration?

    private let file: OverwrittenFile
    private let clock: BootClock
    /// When the sign was given that stands in the file; nil = none by this process.
    private let given = Mutex<UInt64?>(nil)

    /// Reads the last process's sign.
    ///
    /// - Parameters:
    ///   - directory: The data directory.
    ///   - isFirst: Nobody has used the directory before, so that a missing sign means that nothing was sent.
    ///   - clock: The clock that nobody sets.
    /// - Throws: `io` or `full` when the system refuses.
    init(directory: String, isFirst: Bool = true, clock: BootClock = .machine) throws(StorageError) {
        let path = directory + "/" + Self.fileName
        self.clock = clock
        if let sign = try OverwrittenFile.read(path) {
            silence = Self.silence(since: sign, clock)
        } else {
            silence = isFirst ? nil : .zero
        }
        file = try OverwrittenFile(path: path, initial: Self.text(clock, at: 0, atRest: true))
    }

    /// See ``LifeSign/beat()``.
    public func beat() throws(StorageError) {
        let now = clock.now()
        try given.withLock { given throws(StorageError) in
            if let given, now >= given, now - given < Self.intervalNanoseconds { return }
            try file.write(Self.text(clock, at: now, atRest: false))
            given = now
        }
    }

    /// Notes that nothing is on its way and nothing will be sent any more: the next process has nothing to wait for.
    public func rest() throws(StorageError) {
        let now = clock.now()
        try given.withLock { given throws(StorageError) in
            try file.write(Self.text(clock, at: now, atRest: true))
            given = nil
        }
    }

    // MARK: The text

    private static let unknownBoot = "00000000-0000-0000-0000-000000000000"

    private static func text(_ clock: BootClock, at instant: UInt64, atRest: Bool) -> String {
        "\(clock.boot ?? unknownBoot) \(instant.twentyDigits) \(atRest ? "rest" : "busy")\n"
    }

    /// How long ago a sign was given: nil when nothing was on its way any more, zero when that cannot be told.
    private static func silence(since sign: [UInt8], _ clock: BootClock) -> Duration? {
        let now = clock.now()
        guard sign.count == 63, let boot = clock.boot, sign.starts(with: (boot + " ").utf8),
            let instant = UInt64(twentyDigits: sign[37..<57]), now >= instant
        else { return .zero }
        if sign[57...].elementsEqual(" rest\n".utf8) { return nil }
        guard sign[57...].elementsEqual(" busy\n".utf8) else { return .zero }
        return .nanoseconds(Int64(clamping: now - instant))
    }
}
