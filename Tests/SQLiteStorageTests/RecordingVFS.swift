import CSQLite
import Foundation
import Synchronization

/// A virtual file system over SQLite's own that remembers which writes were made durable, and fails when told to.
///
/// What a disk holds after power loss is the content at the last sync plus any part of the writes since: this object
/// knows both, so a test can lose power at every point of a run.
final class RecordingVFS: Sendable {
    /// What happens inside a file.
    enum Operation: Hashable {
        case write
        case sync
    }

    private enum Change {
        case write(offset: Int, bytes: [UInt8])
        case truncate(size: Int)
    }

    private struct File {
        var durable: [UInt8] = []
        var changes: [Change] = []
        /// Whether the directory does not have the name for good yet; the first sync sees to that.
        var isNew = true
        /// Removed, but the directory may still have the name after power loss.
        var isRemoved = false
    }

    private struct State {
        var files: [String: File] = [:]
        var counts: [Operation: Int] = [:]
        var failures: [Operation: Int32] = [:]
        var watchers: [Operation: @Sendable () -> Void] = [:]
        var killAfter: Int?
    }

    /// The name to open databases with.
    let name: String
    private let state = Mutex(State())

    /// Registers the file system; it stays registered until the process ends, as SQLite wants it.
    init(name: String) {
        self.name = name
        guard let original = sqlite3_vfs_find(nil) else { preconditionFailure("SQLite has no default file system") }
        let copy = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        copy.initialize(to: original.pointee)
        var characters = Array(name.utf8CString)
        let cName = UnsafeMutablePointer<CChar>.allocate(capacity: characters.count)
        cName.initialize(from: &characters, count: characters.count)
        copy.pointee.zName = UnsafePointer(cName)
        copy.pointee.pNext = nil
        copy.pointee.xOpen = recordingOpen
        copy.pointee.xDelete = recordingDelete
        Self.registered.withLock { $0[name] = self }
        sqlite3_vfs_register(copy, 0)
    }

    /// How often an operation was performed.
    func count(_ operation: Operation) -> Int {
        state.withLock { $0.counts[operation] ?? 0 }
    }

    /// Makes every following operation of a kind fail with an SQLite result code; nil = succeed again.
    func fail(_ operation: Operation, with code: Int32?) {
        state.withLock { $0.failures[operation] = code }
    }

    /// Calls somebody before every following operation of a kind; nil = nobody.
    func watch(_ operation: Operation, by watcher: (@Sendable () -> Void)?) {
        state.withLock { $0.watchers[operation] = watcher }
    }

    /// Ends the process, as `kill -9` does, instead of performing the operation with this number.
    func killProcess(before operation: Int) {
        state.withLock { $0.killAfter = operation }
    }

    /// Forgets all files, of which none may be open.
    func forget() { state.withLock { $0.files = [:] } }

    /// The files as a disk may hold them after power loss now: what was synced, and some of the rest.
    func filesAfterPowerLoss(using random: inout some RandomNumberGenerator) -> [String: [UInt8]] {
        let files = state.withLock { $0.files }
        var result: [String: [UInt8]] = [:]
        for (path, file) in files.sorted(by: { $0.key < $1.key }) {
            if file.isRemoved, Bool.random(using: &random) { continue }
            var bytes = file.durable
            for change in file.changes where Bool.random(using: &random) {
                switch change {
                case .write(let offset, let written):
                    // A sector is the smallest part that a disk writes; it may lose the rest.
                    let kept = Bool.random(using: &random) ? written.count : written.count / 1024 * 512
                    Self.write(written.prefix(kept), at: offset, to: &bytes)
                case .truncate(let size):
                    bytes.removeLast(max(bytes.count - size, 0))
                }
            }
            result[path] = bytes
        }
        return result
    }

    private static func write(_ bytes: ArraySlice<UInt8>, at offset: Int, to file: inout [UInt8]) {
        if file.count < offset + bytes.count {
            file += [UInt8](repeating: 0, count: offset + bytes.count - file.count)
        }
        file.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    }

    // MARK: What SQLite calls

    fileprivate static let registered = Mutex<[String: RecordingVFS]>([:])
    fileprivate static let opened = Mutex<[UInt: OpenFile]>([:])

    /// An open file: whose it is and the methods that do the work.
    ///
    /// The pointers live as long as the file is open.
    fileprivate struct OpenFile: @unchecked Sendable {
        var vfs: RecordingVFS
        var path: String
        var original: UnsafePointer<sqlite3_io_methods>
        var replacement: UnsafeMutablePointer<sqlite3_io_methods>
    }

    /// Counts an operation and says whether it must fail.
    fileprivate func begin(_ operation: Operation) -> Int32 {
        state.withLock { $0.watchers[operation] }?()
        return state.withLock { state in
            state.counts[operation, default: 0] += 1
            let total = state.counts.values.reduce(0, +)
            if let killAfter = state.killAfter, total >= killAfter { killThisProcess() }
            return state.failures[operation] ?? SQLITE_OK
        }
    }

    fileprivate func didOpen(_ path: String) {
        state.withLock { state in
            guard state.files[path]?.isRemoved != false else { return }
            // What stands there already has survived something.
            let present = FileManager.default.contents(atPath: path) ?? Data()
            state.files[path] = File(durable: Array(present), isNew: present.isEmpty)
        }
    }

    fileprivate func didRemove(_ path: String) {
        state.withLock { $0.files[path]?.isRemoved = true }
    }

    fileprivate func didWrite(_ bytes: [UInt8], at offset: Int, in path: String) {
        state.withLock { $0.files[path]?.changes.append(.write(offset: offset, bytes: bytes)) }
    }

    fileprivate func didTruncate(to size: Int, path: String) {
        state.withLock { $0.files[path]?.changes.append(.truncate(size: size)) }
    }

    fileprivate func didSync(_ path: String) {
        state.withLock { state in
            guard var file = state.files.removeValue(forKey: path) else { return }
            for change in file.changes {
                switch change {
                case .write(let offset, let bytes): Self.write(bytes[...], at: offset, to: &file.durable)
                case .truncate(let size): file.durable.removeLast(max(file.durable.count - size, 0))
                }
            }
            file.changes = []
            // SQLite syncs the directory together with a new file, and with it the removal of others.
            if file.isNew { state.files = state.files.filter { !$0.value.isRemoved } }
            file.isNew = false
            state.files[path] = file
        }
    }
}

private func file(_ pointer: UnsafeMutablePointer<sqlite3_file>?) -> RecordingVFS.OpenFile? {
    RecordingVFS.opened.withLock { $0[UInt(bitPattern: pointer)] }
}

private func recordingOpen(
    _ vfs: UnsafeMutablePointer<sqlite3_vfs>?,
    _ name: sqlite3_filename?,
    _ opening: UnsafeMutablePointer<sqlite3_file>?,
    _ flags: Int32,
    _ outFlags: UnsafeMutablePointer<Int32>?
) -> Int32 {
    guard let original = sqlite3_vfs_find(nil), let open = original.pointee.xOpen else { return SQLITE_CANTOPEN }
    let code = open(original, name, opening, flags, outFlags)
    guard code == SQLITE_OK, let opening, let methods = opening.pointee.pMethods, let name, let vfs,
        let recording = RecordingVFS.registered.withLock({ $0[String(cString: vfs.pointee.zName)] })
    else { return code }
    let replacement = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    replacement.initialize(to: methods.pointee)
    replacement.pointee.xWrite = recordingWrite
    replacement.pointee.xTruncate = recordingTruncate
    replacement.pointee.xSync = recordingSync
    replacement.pointee.xClose = recordingClose
    let path = String(cString: name)
    recording.didOpen(path)
    RecordingVFS.opened.withLock {
        $0[UInt(bitPattern: opening)] = RecordingVFS.OpenFile(
            vfs: recording,
            path: path,
            original: methods,
            replacement: replacement
        )
    }
    opening.pointee.pMethods = UnsafePointer(replacement)
    return code
}

private func recordingDelete(
    _ vfs: UnsafeMutablePointer<sqlite3_vfs>?,
    _ name: UnsafePointer<CChar>?,
    _ syncDirectory: Int32
) -> Int32 {
    guard let original = sqlite3_vfs_find(nil), let delete = original.pointee.xDelete, let vfs, let name else {
        return SQLITE_IOERR
    }
    let code = delete(original, name, syncDirectory)
    let recording = RecordingVFS.registered.withLock { $0[String(cString: vfs.pointee.zName)] }
    if code == SQLITE_OK { recording?.didRemove(String(cString: name)) }
    return code
}

private func recordingWrite(
    _ pointer: UnsafeMutablePointer<sqlite3_file>?,
    _ bytes: UnsafeRawPointer?,
    _ count: Int32,
    _ offset: sqlite3_int64
) -> Int32 {
    guard let file = file(pointer), let write = file.original.pointee.xWrite else { return SQLITE_IOERR }
    let failure = file.vfs.begin(.write)
    if failure != SQLITE_OK { return failure }
    let code = write(pointer, bytes, count, offset)
    if code == SQLITE_OK {
        let written = Array(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
        file.vfs.didWrite(written, at: Int(offset), in: file.path)
    }
    return code
}

private func recordingTruncate(_ pointer: UnsafeMutablePointer<sqlite3_file>?, _ size: sqlite3_int64) -> Int32 {
    guard let file = file(pointer), let truncate = file.original.pointee.xTruncate else { return SQLITE_IOERR }
    let code = truncate(pointer, size)
    if code == SQLITE_OK { file.vfs.didTruncate(to: Int(size), path: file.path) }
    return code
}

private func recordingSync(_ pointer: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32) -> Int32 {
    guard let file = file(pointer), let sync = file.original.pointee.xSync else { return SQLITE_IOERR }
    let failure = file.vfs.begin(.sync)
    if failure != SQLITE_OK { return failure }
    let code = sync(pointer, flags)
    if code == SQLITE_OK { file.vfs.didSync(file.path) }
    return code
}

private func recordingClose(_ pointer: UnsafeMutablePointer<sqlite3_file>?) -> Int32 {
    guard let file = file(pointer), let close = file.original.pointee.xClose else { return SQLITE_IOERR }
    RecordingVFS.opened.withLock { $0[UInt(bitPattern: pointer)] = nil }
    pointer?.pointee.pMethods = file.original
    let code = close(pointer)
    file.replacement.deallocate()
    return code
}
