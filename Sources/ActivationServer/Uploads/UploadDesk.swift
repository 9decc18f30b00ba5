import ActivationCore
import ActivationEngine
import Logging
import NIOCore
import Synchronization
import TextFiles

/// Keeps the uploads, takes their bytes, and brings their rows into audiences behind the calls.
///
/// Calls may overlap. What is kept outlives the server: what was under way goes on after a restart.
public final class UploadDesk: Sendable {
    private struct Desk {
        var uploads: [String: Upload] = [:]
        var tasks: [String: Task<Void, Never>] = [:]
        /// Those whose bytes come just now.
        var receiving: Set<String> = []
        var isStopped = false
    }

    /// Where files are; nil for a server that keeps none.
    let folder: UploadFolder?
    let engine: any ServerEngine
    let control: ControlPlane
    let time: any TimeSource
    private let ids: any IDSource
    private let logger: Logger
    private let desk = Mutex(Desk())

    /// Uploads whose bytes come, at most; each may take a gibibyte of disk.
    static let receivingMax = 16
    /// Ended uploads that are kept of an audience.
    static let keptMax = 20
    /// How long an upload may wait for its next bytes.
    static let abandonedAfter = Duration.seconds(86_400)
    /// Bytes that are written together while they come.
    static let writtenBytes = 1 << 20
    /// Bytes that are made durable together while they come.
    static let durableBytes = 16 << 20

    init(
        folder: UploadFolder?,
        engine: any ServerEngine,
        control: ControlPlane,
        time: any TimeSource,
        ids: any IDSource,
        logger: Logger
    ) {
        self.folder = folder
        self.engine = engine
        self.control = control
        self.time = time
        self.ids = ids
        self.logger = logger
    }

    // MARK: Life

    /// Reads what is kept and goes on with what was under way.
    func open() async {
        guard let folder else { return }
        let known = Set(control.snapshot.entries(.segmentDefinition).map(\.id))
        guard let kept = try? await UploadWork.done({ () throws(UploadFolder.Failure) in folder.load() }) else {
            return
        }
        for name in kept.damaged {
            logger.warning(
                "Upload cannot be read; upload the file again, and remove it",
                metadata: ["upload.id": "\(name)"]
            )
        }
        for upload in kept.uploads {
            // Its audience was deleted while nobody looked.
            guard known.contains(upload.audience.uuid.description) else {
                await forget(upload.id)
                continue
            }
            desk.withLock { $0.uploads[upload.id] = upload }
            if upload.isUnderWay { run(upload.id) }
        }
        await forgetOld()
    }

    /// Ends what is under way; it goes on after the next start.
    func stop() {
        let tasks = desk.withLock { desk in
            desk.isStopped = true
            defer { desk.tasks = [:] }
            return desk.tasks
        }
        for task in tasks.values { task.cancel() }
    }

    // MARK: Reading

    /// The upload with this id.
    ///
    /// - Throws: `UPLOAD_UNKNOWN`.
    func upload(_ id: String) throws(APIError) -> Upload {
        let id = UUIDBytes(id)?.description ?? ""
        guard let upload = desk.withLock({ $0.uploads[id] }) else {
            throw APIError(.uploadUnknown, "no upload has this id; those of an audience are at its uploads")
        }
        return upload
    }

    /// The uploads of an audience, the newest first.
    func uploads(of audience: Audience.ID) -> [Upload] {
        desk.withLock { $0.uploads.values.filter { $0.audience == audience } }
            .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    /// What the beginning of an upload's file shows, read one way.
    ///
    /// - Throws: `UPLOAD_UNKNOWN`, `UPLOAD_STATE` when its bytes are gone, `UPLOAD_INVALID` when it cannot be read.
    func preview(_ id: String, _ options: InputOptions) async throws(APIError) -> CSVPreview {
        let upload = try upload(id)
        let folder = try present()
        guard upload.received > 0, upload.state == .receiving || upload.isUnderWay else {
            throw APIError(.uploadState, "the upload has no bytes to look at, or not any more")
        }
        let path = folder.path(.content, of: upload.id)
        return try await UploadWork.done { () throws(InputFailure) in
            try CSVPreview(of: try InputFile(path: path, name: "the file"), options: options)
        }
    }

    // MARK: Receiving

    /// Begins an upload.
    ///
    /// - Parameters:
    ///   - audience: The audience.
    ///   - fileName: What its sender calls the file.
    ///   - stamp: What its sender knows it by.
    ///   - size: How many bytes it has.
    ///   - author: Who uploads.
    /// - Returns: The upload.
    /// - Throws: `UPLOAD_TOO_LARGE`, `UPLOADS_TOO_MANY`, or why it cannot be kept.
    func begin(
        _ audience: SegmentDefinition,
        fileName: String?,
        stamp: String?,
        size: Int64?,
        by author: ConfigurationChange.Author
    ) async throws(APIError) -> Upload {
        let folder = try present()
        try audience.refuseInactive()
        if let fault = size.flatMap(AudienceFile.fault(ofLength:)) { throw APIError(.uploadTooLarge, fault.message) }
        await forgetOld()
        let now = time.now()
        let upload = Upload(
            id: ids.next().description,
            audience: audience.id,
            author: author,
            fileName: fileName,
            stamp: stamp,
            size: size,
            createdAt: now,
            updatedAt: now
        )
        let hasRoom = desk.withLock { desk in
            guard desk.uploads.values.count(where: { $0.state == .receiving }) < UploadDesk.receivingMax else {
                return false
            }
            desk.uploads[upload.id] = upload
            return true
        }
        guard hasRoom else {
            throw APIError(
                .uploadsTooMany,
                "\(UploadDesk.receivingMax) files are on their way, the most there may be; start or delete one first",
                retryAfterSeconds: 60
            )
        }
        do throws(APIError) {
            try await UploadWork.done { () throws(UploadFolder.Failure) in try folder.make(upload) }
        } catch {
            desk.withLock { $0.uploads[upload.id] = nil }
            throw error
        }
        return upload
    }

    /// Takes bytes that follow on those that are there.
    ///
    /// - Parameters:
    ///   - id: The upload.
    ///   - offset: Where the bytes stand in the file.
    ///   - next: Gives them piece by piece, nil at the end.
    /// - Returns: The upload, all bytes durable.
    /// - Throws: `UPLOAD_OFFSET` when they do not follow, `UPLOAD_STATE` when no bytes are taken any more, `UPLOAD_TOO_LARGE`,
    ///   or why they stopped coming; what came before is kept.
    func receive(
        _ id: String,
        at offset: Int64,
        _ next: () async throws -> ByteBuffer?
    ) async throws(APIError) -> Upload {
        let folder = try present()
        let id = try upload(id).id
        let isFree = desk.withLock { desk in
            desk.uploads[id]?.state == .receiving && desk.receiving.insert(id).inserted
        }
        guard isFree else {
            throw APIError(
                .uploadState,
                "the upload takes no bytes now: others are on their way, or it has been started"
            )
        }
        defer { _ = desk.withLock { $0.receiving.remove(id) } }
        let before = try upload(id)
        guard offset == before.received else {
            throw APIError(
                .uploadOffset,
                "\(before.received) bytes are there; send on from there",
                members: ["received": .integer(before.received)]
            )
        }
        // In the file; what is behind `received` may be lost with the power.
        var written = before.received
        var durable = before.received
        var waiting: [UInt8] = []
        func flush(isLast: Bool) async throws(APIError) {
            let (bytes, start) = (waiting, written)
            let end = start + Int64(bytes.count)
            let isLasting = isLast || end - durable >= Int64(UploadDesk.durableBytes)
            try await UploadWork.done { () throws(UploadFolder.Failure) in
                try folder.write(bytes, at: start, to: .content, of: id, durably: isLasting)
            }
            // Only now: what could not be written has not been received.
            (waiting, written) = ([], end)
            guard isLasting else { return }
            durable = end
            try await change(id) { upload in
                upload.received = end
                upload.updatedAt = self.time.now()
            }
        }
        var broken: APIError?
        do {
            while let piece = try await next() {
                let end = written + Int64(waiting.count) + Int64(piece.readableBytes)
                guard end <= min(before.size ?? .max, AudienceFile.bytesMax) else {
                    throw APIError(
                        .uploadTooLarge,
                        before.size.map { "the file was said to have \($0) bytes, and more came; begin another upload" }
                            ?? AudienceFile.fault(ofLength: AudienceFile.bytesMax + 1)?.message ?? ""
                    )
                }
                waiting.append(contentsOf: piece.readableBytesView)
                if waiting.count >= UploadDesk.writtenBytes { try await flush(isLast: false) }
            }
        } catch {
            broken = error as? APIError ?? APIError(reading: error)
        }
        do throws(APIError) {
            try await flush(isLast: true)
        } catch {
            broken = broken ?? error
        }
        let after = try self.upload(id)
        if var broken {
            broken.members["received"] = .integer(after.received)
            throw broken
        }
        return after
    }

    // MARK: Running

    /// Has a file that is whole read into its audience, behind the call.
    ///
    /// - Returns: The upload, being checked.
    /// - Throws: `UPLOAD_STATE`, `UPLOAD_INVALID`, `FIELD_INVALID`, or why its audience takes no members.
    func start(
        _ id: String,
        _ reading: Upload.Reading,
        by author: ConfigurationChange.Author
    ) async throws(APIError) -> Upload {
        let folder = try present()
        let before = try upload(id)
        let audience = try control.snapshot.externalAudience(before.audience.uuid.description)
        try audience.refuseInactive()
        _ = try control.snapshot.namespaces.identity(namespace: reading.namespace, value: "x", "the upload")
        guard before.state == .receiving else { throw APIError(.uploadState, "the upload was started before") }
        guard before.received > 0, before.size == nil || before.size == before.received else {
            throw APIError(
                .uploadState,
                "the file is not whole: \(before.received) of \(before.size.map { "\($0)" } ?? "its") bytes are there"
            )
        }
        let path = folder.path(.content, of: before.id)
        try await UploadWork.done { () throws(APIError) in _ = try UploadReader(path, reading) }
        let obstacle: String? = desk.withLock { desk in
            guard desk.uploads[before.id]?.state == .receiving, !desk.receiving.contains(before.id) else {
                return "the upload was started before, or bytes of it are on their way"
            }
            guard !desk.uploads.values.contains(where: { $0.audience == before.audience && $0.isUnderWay }) else {
                return "another upload of this audience is under way; wait for its end, or delete it"
            }
            desk.uploads[before.id]?.state = .checking
            desk.uploads[before.id]?.reading = reading
            desk.uploads[before.id]?.author = author
            return nil
        }
        if let obstacle { throw APIError(.uploadState, obstacle) }
        do throws(APIError) {
            try await change(before.id) { $0.updatedAt = self.time.now() }
        } catch {
            desk.withLock { $0.uploads[before.id]?.state = .receiving }
            throw error
        }
        run(before.id)
        return try upload(before.id)
    }

    /// Ends an upload, whatever it is at, and forgets it; whom its rows have named so far stays a member.
    ///
    /// - Throws: `UPLOAD_UNKNOWN`.
    func remove(_ id: String, by author: ConfigurationChange.Author) async throws(APIError) {
        let upload = try upload(id)
        let task = desk.withLock { desk in
            desk.uploads[upload.id] = nil
            return desk.tasks.removeValue(forKey: upload.id)
        }
        task?.cancel()
        await task?.value
        if upload.isUnderWay { try await UploadEdition(upload, control).abandon(by: author) }
        await forget(upload.id)
    }

    private func run(_ id: String) {
        desk.withLock { desk in
            guard !desk.isStopped else { return }
            desk.tasks[id] = Task { [logger] in
                await UploadRun(desk: self, id: id, logger: logger).perform()
                self.desk.withLock { $0.tasks[id] = nil }
            }
        }
    }

    /// Changes what is known of an upload, and keeps it.
    ///
    /// - Throws: `UPLOAD_UNKNOWN` when it was removed, or why it cannot be kept; in memory it has changed.
    func change(_ id: String, _ edit: (inout Upload) -> Void) async throws(APIError) {
        let changed = desk.withLock { desk -> Upload? in
            guard var upload = desk.uploads[id] else { return nil }
            edit(&upload)
            desk.uploads[id] = upload
            return upload
        }
        guard let changed, let folder else { throw APIError(.uploadUnknown, "the upload was deleted meanwhile") }
        try await UploadWork.done { () throws(UploadFolder.Failure) in try folder.save(changed) }
    }

    /// Changes what is known of an upload in memory alone.
    func note(_ id: String, _ edit: (inout Upload) -> Void) {
        desk.withLock { desk in
            guard var upload = desk.uploads[id] else { return }
            edit(&upload)
            desk.uploads[id] = upload
        }
    }

    private func forgetOld() async {
        let now = time.now()
        let gone = desk.withLock { desk in
            var gone = desk.uploads.values.filter {
                $0.state == .receiving && !desk.receiving.contains($0.id)
                    && $0.updatedAt.duration(to: now) > UploadDesk.abandonedAfter
            }
            let ended = desk.uploads.values.filter { $0.state == .succeeded || $0.state == .failed }
            for uploads in Dictionary(grouping: ended, by: \.audience).values {
                gone += uploads.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }.dropFirst(UploadDesk.keptMax)
            }
            for upload in gone { desk.uploads[upload.id] = nil }
            return gone
        }
        for upload in gone { await forget(upload.id) }
    }

    private func forget(_ id: String) async {
        guard let folder else { return }
        // What cannot be removed is found again at the next start.
        try? await UploadWork.done { () throws(UploadFolder.Failure) in folder.remove(id) }
    }

    private func present() throws(APIError) -> UploadFolder {
        guard let folder else { throw APIError(.unavailable, "this server keeps no files") }
        return folder
    }
}
