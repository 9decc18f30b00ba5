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
        /// Those that are being removed.
        var removing: Set<String> = []
        var housekeeping: Task<Void, Never>?
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
    /// How often what is over is looked for.
    private static let housekeepingPause = Duration.seconds(600)

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
        let known = Set(control.whole.entries(.segmentDefinition).map(\.id))
        guard let kept = try? await DiskWork.done({ () throws(DiskFailure) in folder.load() }) else {
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
            guard upload.audience.map({ known.contains($0.uuid.description) }) ?? true else {
                await forget(upload.id)
                continue
            }
            desk.withLock { $0.uploads[upload.id] = upload }
            await examine(upload, in: folder)
        }
        await forgetOld()
        for upload in uploadsUnderWay { run(upload.id) }
        desk.withLock { desk in
            guard !desk.isStopped else { return }
            desk.housekeeping = Task {
                while !Task.isCancelled {
                    try? await Task.sleep(for: UploadDesk.housekeepingPause)
                    if !Task.isCancelled { await forgetOld() }
                }
            }
        }
    }

    /// Sees to it that the file of an upload has just the bytes that were received.
    private func examine(_ upload: Upload, in folder: UploadFolder) async {
        guard upload.state == .receiving || upload.isUnderWay else {
            // The server ended before it had removed what nobody reads any more.
            folder.removeContent(of: upload.id)
            return
        }
        do throws(APIError) {
            let isWhole = try await DiskWork.done { () throws(DiskFailure) in
                try folder.cut(upload.id, to: upload.received)
            }
            if !isWhole {
                try await change(upload.id) { upload in
                    upload.state = .failed
                    upload.trouble = "the file has lost bytes that were received; upload it again"
                }
            }
        } catch {
            // It is looked at again before anybody reads it.
            logger.warning(
                "Upload's file cannot be looked at",
                metadata: ["upload.id": "\(upload.id)", "error.code": "\(error.code.rawValue)"]
            )
        }
    }

    private var uploadsUnderWay: [Upload] { desk.withLock { $0.uploads.values.filter(\.isUnderWay) } }

    /// Ends what is under way; it goes on after the next start.
    func stop() {
        let tasks = desk.withLock { desk in
            desk.isStopped = true
            defer { (desk.tasks, desk.housekeeping) = ([:], nil) }
            return Array(desk.tasks.values) + [desk.housekeeping].compactMap { $0 }
        }
        for task in tasks { task.cancel() }
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

    /// The uploads that somebody has begun at the console and not started yet, the newest first.
    func unfinished(of author: ConfigurationChange.Author) -> [Upload] {
        desk.withLock { $0.uploads.values.filter { $0.state == .receiving && UploadDesk.isSame($0.author, author) } }
            .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    private static func isSame(_ one: ConfigurationChange.Author, _ other: ConfigurationChange.Author) -> Bool {
        one.way == other.way && one.name.hasSameBytes(as: other.name)
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
        return try await DiskWork.done { () throws(InputFailure) in
            try CSVPreview(of: try InputFile(path: path, name: "the file"), options: options)
        }
    }

    // MARK: Receiving

    /// Begins an upload.
    ///
    /// - Parameters:
    ///   - audience: The audience; nil when it is to be said later.
    ///   - fileName: What its sender calls the file.
    ///   - stamp: What its sender knows it by.
    ///   - size: How many bytes it has.
    ///   - author: Who uploads.
    ///   - goesOn: Whether the upload of the same file by the same author is taken that is on its way, if there is one.
    /// - Returns: The upload.
    /// - Throws: `UPLOAD_TOO_LARGE`, `UPLOADS_TOO_MANY`, or why it cannot be kept.
    func begin(
        _ audience: SegmentDefinition?,
        fileName: String?,
        stamp: String?,
        size: Int64?,
        by author: ConfigurationChange.Author,
        goesOn: Bool = false
    ) async throws(APIError) -> Upload {
        let folder = try present()
        try audience?.refuseInactive()
        if let fault = size.flatMap(AudienceFile.fault(ofLength:)) { throw APIError(.uploadTooLarge, fault.message) }
        await forgetOld()
        let now = time.now()
        let upload = Upload(
            id: ids.next().description,
            audience: audience?.id,
            author: author,
            fileName: fileName,
            stamp: stamp,
            size: size,
            createdAt: now,
            updatedAt: now
        )
        let isSameFile = { (other: Upload) in
            other.state == .receiving && UploadDesk.isSame(other.author, author) && other.size == size
                && (audience == nil || other.audience == audience?.id)
                && stamp.map { other.stamp?.hasSameBytes(as: $0) ?? false } ?? false
        }
        let (hasRoom, known) = desk.withLock { desk -> (Bool, Upload?) in
            if goesOn, let known = desk.uploads.values.first(where: isSameFile) { return (true, known) }
            guard desk.uploads.values.count(where: { $0.state == .receiving }) < UploadDesk.receivingMax else {
                return (false, nil)
            }
            desk.uploads[upload.id] = upload
            return (true, nil)
        }
        if let known { return known }
        guard hasRoom else {
            throw APIError(
                .uploadsTooMany,
                "\(UploadDesk.receivingMax) files are on their way, the most there may be; start or delete one first",
                retryAfterSeconds: 60
            )
        }
        do throws(APIError) {
            try await DiskWork.done { () throws(DiskFailure) in try folder.make(upload) }
        } catch {
            desk.withLock { $0.uploads[upload.id] = nil }
            await forget(upload.id)
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
            desk.uploads[id]?.state == .receiving && !desk.removing.contains(id) && desk.receiving.insert(id).inserted
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
        // An earlier call may have left bytes there of which nobody was told.
        let isWhole = try await DiskWork.done { () throws(DiskFailure) in
            try folder.cut(id, to: before.received)
        }
        guard isWhole else {
            throw APIError(
                .uploadInvalid,
                "the file has lost bytes that were received; delete the upload and begin another"
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
            try await DiskWork.done { () throws(DiskFailure) in
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

    // MARK: Deciding

    /// Enters what is decided of an upload before it is started: for which audience it is, how it is read.
    ///
    /// - Throws: `UPLOAD_STATE` when it was started before.
    func decide(_ id: String, _ edit: (inout Upload) -> Void) async throws(APIError) {
        let id = try upload(id).id
        var isOpen = true
        try await change(id) { upload in
            isOpen = upload.state == .receiving
            guard isOpen else { return }
            edit(&upload)
            upload.updatedAt = self.time.now()
        }
        guard isOpen else { throw APIError(.uploadState, "the upload was started before") }
    }

    /// Looks whether a file that is whole can be read in a way.
    ///
    /// - Throws: `UPLOAD_STATE`, `UPLOAD_INVALID` or `FIELD_INVALID`.
    func examine(_ upload: Upload, _ reading: Upload.Reading) async throws(APIError) {
        let folder = try present()
        _ = try control.snapshot.namespaces.identity(namespace: reading.namespace, value: "x", "the upload")
        guard upload.state == .receiving else { throw APIError(.uploadState, "the upload was started before") }
        guard upload.isWhole else {
            throw APIError(
                .uploadState,
                "the file is not whole: \(upload.received) of \(upload.size.map { "\($0)" } ?? "its") bytes are there"
            )
        }
        let isFree = desk.withLock { $0.uploads[upload.id]?.state == .receiving && !$0.receiving.contains(upload.id) }
        guard isFree else {
            throw APIError(.uploadState, "bytes of the file are on their way; start it when they are there")
        }
        let path = folder.path(.content, of: upload.id)
        try await DiskWork.done { () throws(DiskFailure) in
            _ = try folder.cut(upload.id, to: upload.received)
        }
        try await DiskWork.done { () throws(APIError) in
            _ = try UploadReader(path, length: upload.received, reading)
        }
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
        let before = try upload(id)
        guard let audienceID = before.audience else {
            throw APIError(.uploadState, "nobody has said for which audience the upload is; say it at the console")
        }
        let audience = try control.snapshot.externalAudience(audienceID.uuid.description)
        try audience.refuseInactive()
        try await examine(before, reading)
        let obstacle: String? = desk.withLock { desk in
            guard desk.uploads[before.id]?.state == .receiving, desk.uploads[before.id]?.received == before.received,
                !desk.receiving.contains(before.id), !desk.removing.contains(before.id)
            else {
                return "the upload was started before, or bytes of it are on their way"
            }
            guard !desk.uploads.values.contains(where: { $0.audience == audienceID && $0.isUnderWay }) else {
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
    ///
    /// Where it cannot be done, the upload goes on as if nobody had asked.
    func remove(_ id: String, by author: ConfigurationChange.Author) async throws(APIError) {
        let folder = try present()
        let id = try upload(id).id
        let task = desk.withLock { desk -> Task<Void, Never>? in
            desk.removing.insert(id)
            return desk.tasks.removeValue(forKey: id)
        }
        defer { _ = desk.withLock { $0.removing.remove(id) } }
        task?.cancel()
        await task?.value
        let upload = try upload(id)
        do throws(APIError) {
            if upload.isUnderWay, let audience = upload.audience {
                try await UploadEdition(audience: audience, author: author, control: control).abandon()
            }
            try await DiskWork.done { () throws(DiskFailure) in try folder.remove(id) }
        } catch {
            if upload.isUnderWay { run(id) }
            throw error
        }
        desk.withLock { $0.uploads[id] = nil }
        await forget(id)
    }

    /// Reads a file behind the call, as part of the trace of the request that asks for it.
    private func run(_ id: String) {
        desk.withLock { desk in
            guard !desk.isStopped else { return }
            let before = desk.tasks[id]
            desk.tasks[id] = Task { [logger] in
                await before?.value
                await UploadRun(desk: self, id: id, logger: logger).perform()
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
        try await DiskWork.done { () throws(DiskFailure) in try folder.save(changed) }
        // Whoever removed it meanwhile may have done so before this was kept.
        guard desk.withLock({ $0.uploads[id] != nil }) else {
            await forget(id)
            throw APIError(.uploadUnknown, "the upload was deleted meanwhile")
        }
    }

    /// Changes what is known of an upload in memory alone.
    func note(_ id: String, _ edit: (inout Upload) -> Void) {
        desk.withLock { desk in
            guard var upload = desk.uploads[id] else { return }
            edit(&upload)
            desk.uploads[id] = upload
        }
    }

    /// Forgets what is over: files that do not come any more, old uploads, those of audiences that were deleted; and gives audiences
    /// an end of which an upload has ended without one, such as one that is in no backup.
    func forgetOld() async {
        let now = time.now()
        // All of them, whoever asks: what somebody may not see is not gone.
        let audiences = control.whole.entries(.segmentDefinition).filter(\.isExternalAudience)
        let known = Set(audiences.map(\.id))
        let gone = desk.withLock { desk in
            var gone = desk.uploads.values.filter {
                guard !desk.receiving.contains($0.id), !desk.removing.contains($0.id) else { return false }
                if let audience = $0.audience, !known.contains(audience.uuid.description) { return !$0.isUnderWay }
                return $0.state == .receiving && $0.updatedAt.duration(to: now) > UploadDesk.abandonedAfter
            }
            let ended = desk.uploads.values.filter { $0.state == .succeeded || $0.state == .failed }
            for uploads in Dictionary(grouping: ended, by: \.audience).values {
                gone += uploads.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }.dropFirst(UploadDesk.keptMax)
            }
            for upload in gone { (desk.uploads[upload.id], desk.tasks[upload.id]) = (nil, nil) }
            return gone
        }
        for upload in gone { await forget(upload.id) }
        let busy = Set(uploadsUnderWay.compactMap { $0.audience?.uuid.description })
        for audience in audiences where !busy.contains(audience.id) && audience.body["expireTime"]?.int64 == nil {
            guard audience.body["lastEdition"]?.int64 ?? 0 > 0, let uuid = UUIDBytes(audience.id) else { continue }
            // What cannot be written now is written the next time.
            try? await UploadEdition(audience: Audience.ID(uuid: uuid), author: .server, control: control).abandon()
        }
        await forgetProgress()
    }

    /// Forgets how far uploads came that are not under way any more.
    private func forgetProgress() async {
        guard let progress = try? await engine.uploadProgress() else { return }
        let busy = Set(uploadsUnderWay.map(\.id))
        let over = progress.keys.filter { !busy.contains($0.description) }
        if !over.isEmpty { try? await engine.forgetUploads(over) }
    }

    private func forget(_ id: String) async {
        guard let folder else { return }
        // What cannot be removed is found again at the next start.
        try? await DiskWork.done { () throws(DiskFailure) in try folder.remove(id) }
    }

    private func present() throws(APIError) -> UploadFolder {
        guard let folder else { throw APIError(.unavailable, "this server keeps no files") }
        return folder
    }
}
