import ActivationCore
import Crypto
import Glibc
import Synchronization

/// The keys that are in use, and those before them as long as something is left that only those open.
///
/// A new key is durable before anything is done with it, and the one before is durable under its other name before that: a
/// process that is killed in between finds both, or has changed nothing (docs/decisions/0056).
final class KeyRing: Sendable {
    /// One key.
    struct Slot: Sendable {
        var current: SymmetricKey
        var previous: PreviousKey?
        /// One whose file is gone; what was read before is still opened with it for a while.
        var fading: PreviousKey?
        /// Whether the key stands in a file of ours; else it came from outside.
        var isInFile: Bool

        /// All that may open something, the one that seals first.
        var all: [SymmetricKey] { [current] + [previous?.key, fading?.key].compactMap(\.self) }
    }

    private let slots: Mutex<[ServerKey: Slot]>
    /// Where the files are; nil for keys in memory.
    let directory: String?

    init(_ slots: [ServerKey: Slot], directory: String?) {
        self.slots = Mutex(slots)
        self.directory = directory
    }

    subscript(key: ServerKey) -> Slot {
        slots.withLock { slots in
            guard let slot = slots[key] else { preconditionFailure("a ring has every key") }
            return slot
        }
    }

    private func set(_ key: ServerKey, _ change: (inout Slot) -> Void) {
        slots.withLock { slots in
            guard var slot = slots[key] else { return }
            change(&slot)
            slots[key] = slot
        }
    }

    /// Makes a new key and uses it from then on; it waits for the disk.
    ///
    /// - Parameters:
    ///   - key: Which.
    ///   - now: When.
    ///   - keepsPrevious: Whether what the key before sealed or signed is still good.
    /// - Throws: ``ServerStartError`` when the files cannot be written; the key before is in use then.
    func rotate(_ key: ServerKey, at now: Timestamp, keepsPrevious: Bool = true) throws(ServerStartError) {
        let slot = self[key]
        let fresh: [UInt8]
        if let directory {
            let previous = "\(directory)/\(key.previousFile)"
            if keepsPrevious {
                let bytes = slot.current.withUnsafeBytes { Array($0) }
                try PrivateFile.write(PreviousKey.file(bytes, replacedAt: now), to: previous)
            } else {
                try PrivateFile.remove(previous)
            }
            fresh = try KeyFile.make("\(directory)/\(key.file)")
        } else {
            fresh = ClientSecret.random(KeyFile.bytes)
        }
        set(key) { slot in
            slot.previous =
                keepsPrevious ? PreviousKey(key: slot.current, replacedAt: now, isInFile: true) : nil
            slot.fading = nil
            slot.current = SymmetricKey(data: fresh)
        }
    }

    /// Destroys the key before: nothing is left that needs it.
    ///
    /// - Parameters:
    ///   - key: Which.
    ///   - fades: Whether what is under way may still open what it has read.
    /// - Throws: ``ServerStartError`` when the file cannot be removed; then it is kept.
    func release(_ key: ServerKey, fades: Bool) throws(ServerStartError) {
        guard let previous = self[key].previous else { return }
        if previous.isInFile, let directory { try PrivateFile.remove("\(directory)/\(key.previousFile)") }
        set(key) { slot in
            slot.fading = fades ? previous : nil
            slot.previous = nil
        }
    }

    /// Forgets a key whose file is gone.
    func fade(_ key: ServerKey) { set(key) { $0.fading = nil } }
}

extension KeyRing {
    /// The keys of a data directory.
    ///
    /// - Parameters:
    ///   - directory: The data directory; it exists.
    ///   - dataKey: Takes the place of `data.key`.
    ///   - previousDataKey: The data key before, when that comes from outside too.
    ///   - makes: Whether a key that is missing is made.
    /// - Throws: ``ServerStartError`` naming the file and what is wrong with it.
    convenience init(
        directory: String,
        dataKey: SymmetricKey?,
        previousDataKey: SymmetricKey?,
        makes: Bool
    ) throws(ServerStartError) {
        var slots: [ServerKey: Slot] = [:]
        for key in [ServerKey.token, .data] {
            let path = "\(directory)/\(key.file)"
            let given = key == .data ? dataKey : nil
            let current: SymmetricKey
            if let given {
                current = given
            } else if let bytes = makes ? try KeyFile.readOrMake(path) : try KeyFile.read(path) {
                current = SymmetricKey(data: bytes)
            } else {
                throw ServerStartError("\(path) is missing; restore the file from a backup")
            }
            var previous = try PreviousKey.read("\(directory)/\(key.previousFile)")
            if key == .data, let previousDataKey {
                previous = PreviousKey(key: previousDataKey, replacedAt: Timestamp(milliseconds: 0), isInFile: false)
            }
            if let found = previous, found.key == current {
                // The new one was not made yet, or both that were given are one.
                if found.isInFile, makes { try PrivateFile.remove("\(directory)/\(key.previousFile)") }
                previous = nil
            }
            slots[key] = Slot(current: current, previous: previous, isInFile: given == nil)
        }
        self.init(slots, directory: directory)
    }
}
