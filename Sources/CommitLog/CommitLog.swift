package import ActivationEngine
import Synchronization

/// A log of numbered entries in a few files that are written over and over: what was staged meanwhile is one group, one write
/// and one synchronisation.
///
/// Files are made with zeros in them before they are used and kept when what is in them is not needed any more: a file that
/// grows costs the system many times what writing over one does. There is room for an entry before it is staged, so what
/// was staged becomes durable or the log is lost. A system that copies what is written over, or that has a limit, may refuse that
/// room all the same: then the group waits, nothing more is staged, and it is tried again with each ``flush()``. Only one group is
/// ever on its way, so what stands behind a damaged group tells whether that was acknowledged.
///
/// Calls may overlap, but of ``stage(_:_:)`` and of ``flush()`` one at a time each.
package final class CommitLog: Sendable {
    /// Sizes of the files.
    package struct Options: Sendable {
        /// Bytes of the first file; the next ones are as large as all before them.
        package var segmentBytesMin = 1 << 20
        /// Bytes of a file at most, unless one group alone is larger.
        package var segmentBytesMax = 16 << 20
        /// Mistakes, to be found by tests.
        package var plantedFaults: Set<PlantedFault> = []

        /// The sizes for a server.
        package init() {}
    }

    /// Mistakes that tests plant.
    package enum PlantedFault: Sendable {
        /// The name of a new file is not made durable.
        case namesNotSynchronized
        /// A group is acknowledged before it is durable.
        case acknowledgedBeforeSynchronized
        /// What fills a group up is read as entries.
        case paddingTakenForEntries
    }

    private struct Waiter {
        var number: UInt64
        var continuation: CheckedContinuation<StorageError?, Never>
        var onRefusal: @Sendable (StorageError) -> Void
        /// What tells it from others; where it is cancelled, it waits as long as there is room.
        var id: UInt64
        var isCancelled: Bool
    }

    private struct State {
        var layout: LogLayout
        var files: [UInt64: any LogFile]
        /// Entries of the next group, behind room for its header.
        var staged: [UInt8] = CommitLog.groupHeader
        var stagedCount: UInt32 = 0
        /// The number of the next entry.
        var next: UInt64
        /// The number of the last durable entry.
        var durable: UInt64
        var waiters: [Waiter] = []
        var waiterLast: UInt64 = 0
        /// Why nothing can be written any more.
        var failure: StorageError?
        /// The file to which a group is on its way.
        var flying: UInt64?
        /// A group for which there was no room, and what the system said.
        var waiting: (flight: Flight, refusal: StorageError)?
        /// A buffer that was written and can be used again.
        var spare: [UInt8] = []

        /// Why nothing more is staged: a group that is not durable elsewhere waits for room.
        var refusal: StorageError? {
            waiting.flatMap { $0.flight.last > durable ? $0.refusal : nil }
        }
    }

    private let volume: any LogVolume
    private let options: Options
    /// No entry is numbered so high.
    package static let numbersEnd = Int64(LogGroup.numbersEnd)
    /// Bytes that the smallest group takes, and of which every group takes a multiple.
    package static let pageBytes = LogGroup.alignment

    /// What tells this log from that of another store.
    private let id: UInt64
    private let state: Mutex<State>
    private static let groupHeader = [UInt8](repeating: 0, count: LogGroup.headerBytes)

    /// Begins to write over what there is, of which nothing is needed any more.
    ///
    /// - Parameters:
    ///   - volume: Where the files are.
    ///   - id: What tells this log from that of another store.
    ///   - next: The number of the next entry: higher than that of any that was ever durable.
    ///   - options: Sizes.
    /// - Throws: When the files cannot be looked at.
    package init(
        _ volume: any LogVolume,
        id: UInt64,
        next: UInt64,
        options: Options = Options()
    ) throws(StorageError) {
        self.volume = volume
        self.options = options
        self.id = id
        var files: [UInt64: any LogFile] = [:]
        var segments: [LogLayout.Segment] = []
        for (number, name) in try NumberedFiles.segments.all(in: volume) {
            let file = try volume.open(name)
            let bytes = try file.size() / LogGroup.alignment * LogGroup.alignment
            segments.append(LogLayout.Segment(number: number, bytes: bytes, usedBytes: bytes))
            files[number] = file
        }
        // Whoever made them may have ended before their names were durable.
        if !files.isEmpty, !options.plantedFaults.contains(.namesNotSynchronized) { try volume.synchronizeNames() }
        state = Mutex(
            State(
                layout: LogLayout(
                    segments,
                    released: next - 1,
                    bytesMin: options.segmentBytesMin,
                    bytesMax: options.segmentBytesMax
                ),
                files: files,
                next: next,
                durable: next - 1
            )
        )
    }

    // MARK: Writing

    /// Adds an entry to the next group; it is durable when ``durable(_:)`` has returned.
    ///
    /// - Parameters:
    ///   - kind: What it is, in the caller's words.
    ///   - bytes: What it says.
    /// - Returns: Its number, and whether it is the first one of its group, for which ``flush()`` has to be called.
    /// - Throws: `full` when there is no room for it or for what was staged before, and nothing is done; `writeLost` when the log
    ///   is lost.
    package func stage(
        _ kind: UInt32,
        _ bytes: [UInt8]
    ) throws(StorageError) -> (number: UInt64, isFirst: Bool) {
        while true {
            let attempt: Result<Attempt, StorageError> = state.withLock { state in
                if let failure = state.failure ?? state.refusal { return .failure(failure) }
                // Looked at and taken in one go: a flush in between would leave the entry alone in a group of its own.
                let needed = LogGroup.padded(state.staged.count + LogGroup.entryHeaderBytes + bytes.count)
                guard state.layout.hasRoom(for: needed) else {
                    return .success(.lacks(state.layout.nextSegment(for: needed)))
                }
                withUnsafeBytes(of: (UInt32(bytes.count).littleEndian, kind.littleEndian)) {
                    state.staged.append(contentsOf: $0)
                }
                state.staged.append(contentsOf: bytes)
                state.stagedCount += 1
                defer { state.next += 1 }
                return .success(.staged(state.next, isFirst: state.stagedCount == 1))
            }
            switch try attempt.get() {
            case .staged(let number, let isFirst): return (number, isFirst)
            case .lacks(let segment): try make(segment)
            }
        }
    }

    private enum Attempt {
        case staged(UInt64, isFirst: Bool)
        /// There is no room; a file that would have it.
        case lacks(LogLayout.Segment)
    }

    private func make(_ segment: LogLayout.Segment) throws(StorageError) {
        let name = NumberedFiles.segments.name(segment.number)
        let file = try volume.create(name)
        do throws(StorageError) {
            try Self.overwrite(file, bytes: segment.bytes)
            try file.synchronize()
            if !options.plantedFaults.contains(.namesNotSynchronized) { try volume.synchronizeNames() }
        } catch {
            // Without a group in it, it is of no use and does no harm.
            try? volume.remove(name)
            throw error
        }
        state.withLock { state in
            state.layout.add(segment)
            state.files[segment.number] = file
        }
    }

    private static func overwrite(_ file: any LogFile, bytes: Int) throws(StorageError) {
        let zeros = [UInt8](repeating: 0, count: max(min(bytes, 1 << 20), 1))
        for offset in stride(from: 0, to: bytes, by: zeros.count) {
            try file.write(bytes - offset < zeros.count ? Array(zeros.prefix(bytes - offset)) : zeros, at: offset)
        }
    }

    /// A group on its way.
    private struct Flight {
        var group: [UInt8]
        var count: UInt32
        var first: UInt64
        var file: any LogFile
        var offset: Int

        var last: UInt64 { first + UInt64(count) - 1 }
    }

    /// Writes what is staged as one group and makes it durable; whoever waits for it is told.
    ///
    /// A group that waits for room goes before it.
    package func flush() {
        if let flight = takeWaiting(), !write(flight) { return }
        if let flight = take() { _ = write(flight) }
    }

    /// Whether a group waits for room, so that ``flush()`` has to be called again.
    package var isWaitingForRoom: Bool { state.withLock { $0.waiting != nil } }

    /// Answers whether there is room for a group; whoever waits for it is told what became of it, or goes on waiting.
    private func write(_ flight: Flight) -> Bool {
        do throws(StorageError) {
            try flight.file.write(flight.group, at: flight.offset)
        } catch {
            guard error.code == .full else {
                end(flight, .mayNotBeDurable(error))
                return true
            }
            // What of it was written is a torn group, which nobody takes for one, or all of it: it is written once more.
            let waiters: [Waiter]? = state.withLock { state in
                guard flight.last > state.durable else {
                    // It is durable elsewhere by now.
                    (state.flying, state.waiting) = (nil, nil)
                    return nil
                }
                state.waiting = (flight, error)
                defer { state.waiters.removeAll(where: \.isCancelled) }
                return state.waiters
            }
            guard let waiters else { return true }
            for waiter in waiters {
                if waiter.isCancelled {
                    waiter.continuation.resume(returning: .mayNotBeDurable(error))
                } else {
                    waiter.onRefusal(error)
                }
            }
            return false
        }
        var failure: StorageError?
        do throws(StorageError) {
            if options.plantedFaults.contains(.acknowledgedBeforeSynchronized) { end(flight, nil) }
            try flight.file.synchronize()
        } catch {
            failure = .mayNotBeDurable(error)
        }
        end(flight, failure)
        return true
    }

    /// The group that waits for room, unless everything in it is durable elsewhere by now.
    private func takeWaiting() -> Flight? {
        state.withLock { state in
            guard state.waiting != nil, state.refusal == nil else { return state.waiting?.flight }
            (state.waiting, state.flying) = (nil, nil)
            return nil
        }
    }

    private func take() -> Flight? {
        state.withLock { state in
            guard state.stagedCount > 0, state.failure == nil else { return nil }
            let (count, first) = (state.stagedCount, state.next - UInt64(state.stagedCount))
            guard let place = state.layout.take(LogGroup.padded(state.staged.count), last: state.next - 1),
                let file = state.files[place.segment]
            else { preconditionFailure("an entry was staged for which there is no room") }
            let group = exchange(&state.staged, with: exchange(&state.spare, with: []))
            state.staged.removeAll(keepingCapacity: true)
            state.staged.append(contentsOf: Self.groupHeader)
            state.stagedCount = 0
            state.flying = place.segment
            var flight = Flight(group: group, count: count, first: first, file: file, offset: place.offset)
            LogGroup.seal(&flight.group, log: id, first: first, count: count)
            return flight
        }
    }

    private func end(_ flight: Flight, _ failure: StorageError?) {
        let told: [Waiter] = state.withLock { state in
            state.spare = flight.group
            (state.flying, state.waiting) = (nil, nil)
            if let failure {
                state.failure = failure
                defer { state.waiters = [] }
                return state.waiters
            }
            state.durable = max(state.durable, flight.last)
            let durable = state.durable
            defer { state.waiters.removeAll { $0.number <= durable } }
            return state.waiters.filter { $0.number <= durable }
        }
        for waiter in told { waiter.continuation.resume(returning: failure) }
    }

    // MARK: Durability

    /// The number of the last durable entry.
    package var durable: UInt64 { state.withLock { $0.durable } }

    /// The number of the last staged entry.
    package var last: UInt64 { state.withLock { $0.next - 1 } }

    /// Why nothing can be written any more.
    package var failure: StorageError? { state.withLock { $0.failure } }

    /// Returns when an entry and all before it survive power loss.
    ///
    /// - Parameters:
    ///   - number: The entry.
    ///   - onRefusal: Told each time that there is no room for a group for which it waits.
    /// - Throws: `writeLost` when nobody knows whether they do; in a cancelled task also while there is no room.
    package func durable(
        _ number: UInt64,
        onRefusal: @escaping @Sendable (StorageError) -> Void = { _ in }
    ) async throws(StorageError) {
        if let refusal = state.withLock({ $0.durable < number ? $0.refusal : nil }) { onRefusal(refusal) }
        let id = state.withLock { state in
            state.waiterLast += 1
            return state.waiterLast
        }
        let failure = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: StorageError?? = state.withLock { state in
                    // Looked at with the lock held: whoever cancels later finds the waiter.
                    let isCancelled = Task.isCancelled
                    if state.durable >= number { return .some(nil) }
                    if let failure = state.failure { return .some(failure) }
                    if isCancelled, let refusal = state.refusal { return .mayNotBeDurable(refusal) }
                    state.waiters.append(
                        Waiter(
                            number: number,
                            continuation: continuation,
                            onRefusal: onRefusal,
                            id: id,
                            isCancelled: isCancelled
                        )
                    )
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            cancel(id)
        }
        if let failure { throw failure }
    }

    private func cancel(_ id: UInt64) {
        let told = state.withLock { state -> (Waiter, StorageError)? in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            state.waiters[index].isCancelled = true
            return state.refusal.map { (state.waiters.remove(at: index), .mayNotBeDurable($0)) }
        }
        if let (waiter, failure) = told { waiter.continuation.resume(returning: failure) }
    }

    /// Notes that everything that was staged is durable elsewhere, and goes on with a later number; what was not written yet
    /// never is.
    ///
    /// - Parameter number: The number before the next entry's; at least that of the last one that was staged.
    package func pass(through number: UInt64) {
        let told: [Waiter] = state.withLock { state in
            guard state.failure == nil, number >= state.next - 1 else { return [] }
            state.staged.removeAll(keepingCapacity: true)
            state.staged.append(contentsOf: Self.groupHeader)
            state.stagedCount = 0
            (state.next, state.durable) = (number + 1, number)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in told { waiter.continuation.resume(returning: nil) }
    }

    /// Tells whoever waits for a group for which there is no room that nobody knows whether it is durable; nothing is staged any
    /// more.
    package func endWaiting() {
        let refused = state.withLock { state in
            state.waiting.map { ($0.flight, StorageError.mayNotBeDurable($0.refusal)) }
        }
        if let (flight, failure) = refused { end(flight, failure) }
    }

    // MARK: Giving up

    /// Gives up durable entries: they are kept elsewhere, durably, and never asked for again.
    package func release(through number: UInt64) {
        state.withLock { $0.layout.release(through: min(number, $0.durable)) }
    }

    /// Overwrites everything that was given up, so that nothing of it can be read any more; nothing may be staged meanwhile.
    ///
    /// - Returns: Whether nothing is left: no group is on its way, and everything was given up.
    /// - Throws: When that cannot be made durable; it may be tried again.
    package func wipe() throws(StorageError) -> Bool {
        let (segments, files, flying) = state.withLock { ($0.layout.givenUp, $0.files, $0.flying) }
        for segment in segments where segment.number != flying {
            guard let file = files[segment.number] else { continue }
            try Self.overwrite(file, bytes: segment.usedBytes)
            try file.synchronize()
            state.withLock { $0.layout.wiped(segment.number) }
        }
        return state.withLock { state in
            state.flying == nil && state.stagedCount == 0 && state.layout.segments.allSatisfy { $0.usedBytes == 0 }
        }
    }

    /// Removes all files of a log of which nothing is needed any more.
    package static func removeAll(in volume: any LogVolume) throws(StorageError) {
        let segments = try NumberedFiles.segments.all(in: volume)
        guard !segments.isEmpty else { return }
        for (_, name) in segments { try volume.remove(name) }
        try volume.synchronizeNames()
    }

    /// Bytes of all files.
    package var bytes: Int { state.withLock { $0.layout.segments.reduce(0) { $0 + $1.bytes } } }
}

extension StorageError {
    fileprivate static func mayNotBeDurable(_ error: StorageError) -> StorageError {
        StorageError(.writeLost, "a group of the commit log may not be durable: \(error.message)")
    }
}
