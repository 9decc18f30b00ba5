package import ActivationEngine
package import CommitLog
import Synchronization

/// A disk in memory that can lose power: what was not made durable is lost, torn or kept, sector by sector and in any order,
/// and so are the names of files.
package final class SimulatedVolume: LogVolume {
    /// What a disk writes whole.
    package static let sectorBytes = 512

    fileprivate struct Content {
        /// What survives for sure.
        var durable: [UInt8] = []
        /// What a reader sees.
        var current: [UInt8] = []
        /// Sectors that differ.
        var dirty: Set<Int> = []
        var isNameDurable = false
    }

    fileprivate struct State {
        var files: [String: Content] = [:]
        var writesLeft = Int.max
        /// What the next synchronisations answer.
        var synchronizationError: StorageError?
        var isFull = false
        /// Bytes that may still be written over; nil = any.
        var room: Int?
        /// Whether synchronisations do nothing, as on a disk that lies.
        var isLying = false
        var watcher: (@Sendable () -> Void)?
        var writtenBytes = 0
        var synchronizations = 0
    }

    fileprivate let state = Mutex(State())

    /// An empty disk.
    package init() {}

    /// Loses power after so many writes; what comes after them fails.
    package func loseAfter(writes: Int) { state.withLock { $0.writesLeft = writes } }

    /// Whether the power is gone.
    package var isDead: Bool { state.withLock { $0.writesLeft < 0 } }

    /// Makes synchronisations fail.
    package func failSynchronizations(_ error: StorageError?) { state.withLock { $0.synchronizationError = error } }

    /// Refuses new files and growing ones.
    package func setFull(_ isFull: Bool) { state.withLock { $0.isFull = isFull } }

    /// Refuses writing over more than so many bytes, as a system does that copies what changes; nil = it does not.
    package func limit(bytes: Int?) { state.withLock { $0.room = bytes } }

    /// Makes synchronisations of files do nothing, though they say otherwise.
    package func lie() { state.withLock { $0.isLying = true } }

    /// Calls somebody before everything that changes the disk.
    package func watch(by watcher: (@Sendable () -> Void)?) { state.withLock { $0.watcher = watcher } }

    /// Bytes that were written so far.
    package var writtenBytes: Int { state.withLock { $0.writtenBytes } }

    /// The disk after the power came back.
    package func afterPowerLoss(using random: inout SeededGenerator) -> SimulatedVolume {
        let next = SimulatedVolume()
        let files = state.withLock { $0.files }
        for (name, content) in files.sorted(by: { $0.key < $1.key }) {
            guard content.isNameDurable || Bool.random(using: &random) else { continue }
            var bytes = content.durable
            for sector in content.dirty.sorted() where Bool.random(using: &random) {
                let range = sector * Self.sectorBytes..<min((sector + 1) * Self.sectorBytes, content.current.count)
                if bytes.count < range.upperBound {
                    bytes += [UInt8](repeating: 0, count: range.upperBound - bytes.count)
                }
                bytes.replaceSubrange(range, with: content.current[range])
            }
            next.state.withLock {
                $0.files[name] = Content(durable: bytes, current: bytes, isNameDurable: true)
            }
        }
        return next
    }

    /// Changes a byte that was made durable.
    package func damage(_ name: String, at offset: Int) {
        state.withLock { state in
            state.files[name]?.current[offset] ^= 0x40
            state.files[name]?.durable[offset] ^= 0x40
        }
    }

    /// What stands in a file.
    package func bytes(of name: String) -> [UInt8] { state.withLock { $0.files[name]?.current ?? [] } }

    private static let dead = StorageError(.io, "the power is gone")

    fileprivate func change(_ body: (inout State) -> StorageError?) throws(StorageError) {
        state.withLock { $0.watcher }?()
        let error = state.withLock { state -> StorageError? in
            state.writesLeft -= 1
            if state.writesLeft < 0 { return Self.dead }
            return body(&state)
        }
        if let error { throw error }
    }

    package func names() throws(StorageError) -> [String] { state.withLock { Array($0.files.keys) } }

    package func create(_ name: String) throws(StorageError) -> any LogFile {
        try change { state in
            if state.isFull { return StorageError(.full, "the disk is full") }
            if state.files[name] != nil { return StorageError(.io, "there is one") }
            state.files[name] = Content()
            return nil
        }
        return SimulatedFile(volume: self, name: name)
    }

    package func open(_ name: String) throws(StorageError) -> any LogFile {
        guard state.withLock({ $0.files[name] != nil }) else { throw StorageError(.io, "there is none") }
        return SimulatedFile(volume: self, name: name)
    }

    package func remove(_ name: String) throws(StorageError) {
        try change { state in
            state.files[name] = nil
            return nil
        }
    }

    package func synchronizeNames() throws(StorageError) {
        try change { state in
            for name in state.files.keys { state.files[name]?.isNameDurable = true }
            return nil
        }
    }
}

private struct SimulatedFile: LogFile {
    let volume: SimulatedVolume
    let name: String

    func size() throws(StorageError) -> Int { volume.bytes(of: name).count }

    func read(_ count: Int, at offset: Int) throws(StorageError) -> [UInt8] {
        Array(volume.bytes(of: name).dropFirst(offset).prefix(count))
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
        try volume.change { state in
            guard var content = state.files.removeValue(forKey: name) else { return StorageError(.io, "it is gone") }
            defer { state.files[name] = content }
            var (bytes, refusal) = (bytes, StorageError?.none)
            if let room = state.room {
                // What there is room for is written.
                if bytes.count > room { refusal = StorageError(.full, "the disk is full") }
                bytes = Array(bytes.prefix(room))
                state.room = room - bytes.count
            }
            let end = offset + bytes.count
            if end > content.current.count {
                if state.isFull { return StorageError(.full, "the disk is full") }
                content.current += [UInt8](repeating: 0, count: end - content.current.count)
            }
            content.current.replaceSubrange(offset..<end, with: bytes)
            state.writtenBytes += bytes.count
            let sectors =
                offset / SimulatedVolume.sectorBytes..<(end + SimulatedVolume.sectorBytes - 1)
                / SimulatedVolume.sectorBytes
            content.dirty.formUnion(sectors)
            return refusal
        }
    }

    func synchronize() throws(StorageError) {
        try volume.change { state in
            if let error = state.synchronizationError { return error }
            state.synchronizations += 1
            if state.isLying { return nil }
            guard var content = state.files.removeValue(forKey: name) else { return StorageError(.io, "it is gone") }
            content.durable = content.current
            content.dirty = []
            state.files[name] = content
            return nil
        }
    }
}
