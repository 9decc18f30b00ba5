import ActivationCore
import ActivationEngine
import Logging
import Synchronization

/// Keeps what people have asked for, and does it behind the calls, one job after the other (docs/decisions/0053).
///
/// A request that was accepted is stored; what was under way goes on after a restart.
public final class PrivacyDesk: Sendable {
    private struct Desk {
        var jobs: [String: PrivacyJob] = [:]
        /// All of them, the oldest first.
        var order: [String] = []
        /// Those to be done, by priority.
        var waiting = PrivacyQueue()
        var worker: Task<Void, Never>?
        var housekeeping: Task<Void, Never>?
        var isOpen = false
        var isStopped = false
    }

    let engine: any ServerEngine
    let control: ControlPlane
    let time: any TimeSource
    /// Where copies are; nil for a server that keeps no files.
    let folder: PrivacyFolder?
    private let store: (any ControlStore)?
    private let box: SecretBox
    private let hash: IdentityHash?
    private let audit: AuditDesk
    private let ids: any IDSource
    private let logger: Logger
    private let desk = Mutex(Desk())

    /// Jobs that wait, at most: ten requests of a thousand people who want to see and to erase.
    static let openMax = 20_000
    /// How long what is in the way is given to go away.
    private static let retryPause = Duration.seconds(2)
    private static let housekeepingPause = Duration.seconds(3_600)

    init(
        store: (any ControlStore)?,
        directory: String?,
        engine: any ServerEngine,
        control: ControlPlane,
        keys: ServerKeys,
        hash: IdentityHash?,
        audit: AuditDesk,
        time: any TimeSource,
        ids: any IDSource,
        logger: Logger
    ) {
        self.store = store
        self.engine = engine
        self.control = control
        self.hash = hash
        self.audit = audit
        self.time = time
        self.ids = ids
        self.logger = logger
        box = SecretBox(key: keys.dataKey)
        folder = directory.map { PrivacyFolder(path: $0, box: SecretBox(key: keys.dataKey)) }
    }

    // MARK: Life

    /// Reads what is kept and goes on with what was under way.
    ///
    /// - Throws: The store's error.
    func open() async throws(StorageError) {
        guard let store else { return }
        let objects = try await store.objects(kind: PrivacyJob.kind, scope: .production)
        var jobs: [PrivacyJob] = []
        for object in objects {
            guard let job = PrivacyJob(object, openedBy: box) else {
                logger.warning("Privacy job cannot be read; ask again", metadata: ["job.id": "\(object.id)"])
                jobs.append(PrivacyJob(damaged: object))
                continue
            }
            jobs.append(job)
        }
        jobs.sort { $0.comesBefore($1) }
        desk.withLock { desk in
            for job in jobs {
                desk.jobs[job.id] = job
                if !job.hasEnded { desk.waiting.enter(job) }
            }
            desk.order = jobs.map(\.id)
            desk.isOpen = true
        }
        await forgetOld()
        work()
        desk.withLock { desk in
            guard !desk.isStopped else { return }
            desk.housekeeping = Task.detached {
                while !Task.isCancelled {
                    try? await Task.sleep(for: PrivacyDesk.housekeepingPause)
                    if !Task.isCancelled { await self.forgetOld() }
                }
            }
        }
    }

    /// Ends what is under way; it goes on after the next start.
    func stop() {
        let tasks = desk.withLock { desk in
            desk.isStopped = true
            defer { (desk.worker, desk.housekeeping) = (nil, nil) }
            return [desk.worker, desk.housekeeping].compactMap { $0 }
        }
        for task in tasks { task.cancel() }
    }

    /// Returns when nothing is left to do now.
    func settle() async {
        while let worker = desk.withLock({ $0.worker }) { await worker.value }
    }

    // MARK: Reading

    /// The job with this id.
    ///
    /// - Throws: `PRIVACY_JOB_UNKNOWN`.
    func job(_ id: String) throws(APIError) -> PrivacyJob {
        let id = UUIDBytes(id)?.description ?? ""
        guard let job = desk.withLock({ $0.jobs[id] }) else {
            throw APIError(.privacyJobUnknown, "no privacy job has this id; GET the list to see them")
        }
        return job
    }

    /// The jobs that a query asks for, the newest first, and how many there are.
    func jobs(_ query: PrivacyJobQuery) -> (page: [PrivacyJob], count: Int) {
        desk.withLock { desk in
            let shown = query.page * query.size..<(query.page + 1) * query.size
            var (page, count): ([PrivacyJob], Int) = ([], 0)
            for id in desk.order.reversed() {
                guard let job = desk.jobs[id], query.admits(job) else { continue }
                if shown ~= count { page.append(job) }
                count += 1
            }
            return (page, count)
        }
    }

    // MARK: Asking

    /// Takes a request: when this returns its jobs are stored.
    ///
    /// - Returns: The jobs.
    /// - Throws: `PRIVACY_JOBS_TOO_MANY`, or why they cannot be stored.
    func take(_ request: PrivacyRequest, by author: ConfigurationChange.Author) async throws(APIError) -> [PrivacyJob] {
        guard let store, folder != nil, desk.withLock({ $0.isOpen }) else {
            throw APIError(.unavailable, "this server takes no privacy jobs now", retryAfterSeconds: 5)
        }
        var jobs = request.jobs(request: ids.next().description, author: author.name, at: time.now(), ids: ids)
        let isRoom = desk.withLock { $0.waiting.count + jobs.count <= PrivacyDesk.openMax }
        guard isRoom else {
            throw APIError(
                .privacyJobsTooMany,
                "more than \(PrivacyDesk.openMax) privacy jobs would wait; ask again when some are done",
                retryAfterSeconds: 60
            )
        }
        var changes: [ControlChange] = []
        for place in jobs.indices {
            jobs[place].etag = "1"
            changes.append(.insert(try jobs[place].stored(sealedIn: box, etag: "1")))
        }
        do throws(StorageError) {
            let now = time.now()
            try await store.apply(changes, history: jobs.map { $0.recorded(by: author, at: now) }, scope: .production)
        } catch {
            throw APIError(storage: error)
        }
        desk.withLock { [jobs] desk in
            for job in jobs {
                desk.jobs[job.id] = job
                desk.order.append(job.id)
                desk.waiting.enter(job)
            }
        }
        work()
        return jobs
    }

    // MARK: Working

    /// Sees to it that what waits is being done.
    private func work() {
        desk.withLock { desk in
            guard !desk.isStopped, desk.worker == nil, desk.waiting.count > 0 else { return }
            // What a request may see is no matter of its jobs.
            desk.worker = Task.detached { await self.workOff() }
        }
    }

    private func workOff() async {
        while !Task.isCancelled {
            let (next, isDone) = desk.withLock { desk -> (PrivacyJob?, Bool) in
                if let id = desk.waiting.next() { return (desk.jobs[id], false) }
                guard desk.waiting.count == 0 else { return (nil, false) }
                desk.worker = nil
                return (nil, true)
            }
            if isDone { return }
            guard let next else {
                // All that is left was tried in vain; a sleep that is cancelled ends the loop.
                try? await Task.sleep(for: PrivacyDesk.retryPause)
                desk.withLock { $0.waiting.tryAgain() }
                continue
            }
            if await !perform(next) {
                // The next one would hardly fare better.
                try? await Task.sleep(for: PrivacyDesk.retryPause)
            }
        }
    }

    /// Does a job, or notes that it has to be tried again.
    ///
    /// - Returns: Whether it has ended.
    private func perform(_ job: PrivacyJob) async -> Bool {
        if job.hasEnded {
            desk.withLock { $0.waiting.leave(job) }
            return true
        }
        do throws(APIError) {
            let ended = try await end(of: job)
            try await save(ended)
            if ended.state == .error { await audit.failed(ended) }
            desk.withLock { $0.waiting.leave(ended) }
            return true
        } catch {
            guard !Task.isCancelled else { return false }
            if job.retries == 0 {
                logger.warning(
                    "Privacy job waits",
                    metadata: ["job.id": "\(job.id)", "error.code": "\(error.code.rawValue)"]
                )
            }
            desk.withLock { desk in
                desk.jobs[job.id]?.retries += 1
                desk.waiting.putOff(job)
            }
            return false
        }
    }

    /// The job as it is when it was done, or when it cannot be.
    ///
    /// - Throws: What goes away by itself.
    private func end(of job: PrivacyJob) async throws(APIError) -> PrivacyJob {
        var job = job
        if job.subject.values.count != job.userIDs.count {
            return failed(
                job,
                .keyLost,
                "data.key is another one than at the request, so nobody knows who asked; ask again."
            )
        }
        if try await !isShown(before: job) {
            return failed(
                job,
                .jobFailed,
                "The copy could not be made or is not there any more, so nothing more was erased; ask again."
            )
        }
        do throws(APIError) {
            switch job.action {
            case .delete: return try await erased(job)
            case .access:
                if job.state == .submitted {
                    job.state = .processing
                    job = try await save(job)
                }
                return try await shown(job)
            }
        } catch {
            if error.isRetriable { throw error }
            return failed(job, .dataUnreadable, "\(error.detail).")
        }
    }

    private func failed(_ job: PrivacyJob, _ code: PrivacyOutcomeCode, _ detail: String) -> PrivacyJob {
        var job = job
        job.end(.error, PrivacyJob.Outcome(code: code, detail: detail), at: time.now(), hash: hash)
        return job
    }

    /// Whether there is, or was for its time, the copy that whoever is to be erased has asked for too.
    private func isShown(before job: PrivacyJob) async throws(APIError) -> Bool {
        guard let predecessor = job.predecessor else { return true }
        guard let folder, let copy = try? self.job(predecessor), copy.state == .complete, let until = copy.documentUntil
        else { return false }
        if until <= time.now() { return true }
        return try await UploadWork.done { () throws(UploadFolder.Failure) in folder.has(copy.id) }
    }

    private func erased(_ job: PrivacyJob) async throws(APIError) -> PrivacyJob {
        var erasure = PrivacyErasure(job, engine: engine, audit: audit) { [self] job throws(APIError) in
            try await save(job)
        }
        let outcome = try await erasure.perform()
        var job = erasure.job
        job.end(.complete, outcome, at: time.now(), hash: hash)
        return job
    }

    private func shown(_ job: PrivacyJob) async throws(APIError) -> PrivacyJob {
        guard let folder else { throw APIError(.unavailable, "this server keeps no files", retryAfterSeconds: 60) }
        var job = job
        let access = PrivacyAccess(job: job, folder: folder, engine: engine, control: control, time: time)
        let (document, outcome) = try await access.perform()
        job.document = document
        job.end(.complete, outcome, at: time.now(), hash: hash)
        return job
    }

    /// Stores a new version of a job, then shows it.
    @discardableResult
    private func save(_ job: PrivacyJob) async throws(APIError) -> PrivacyJob {
        guard let store, let before = job.etag else {
            throw APIError(.unavailable, "this server keeps no privacy jobs")
        }
        var job = job
        job.updatedAt = time.now()
        let etag = String((UInt64(before) ?? 0) &+ 1)
        let object = try job.stored(sealedIn: box, etag: etag)
        do throws(StorageError) {
            try await store.apply([.update(object, expectedEtag: before)], scope: .production)
        } catch {
            guard error.code == .conflict else { throw APIError(storage: error) }
            await readAgain(job.id)
            throw APIError(
                .unavailable,
                "the job is stored in another version; it was read again",
                retryAfterSeconds: 1
            )
        }
        job.etag = etag
        desk.withLock { [job] in $0.jobs[job.id] = job }
        return job
    }

    /// Shows a job as it is stored, whatever was known of it.
    private func readAgain(_ id: String) async {
        guard let object = try? await store?.object(kind: PrivacyJob.kind, id: id, scope: .production) else { return }
        let job = PrivacyJob(object, openedBy: box) ?? PrivacyJob(damaged: object)
        desk.withLock { $0.jobs[id] = job }
    }

    // MARK: Forgetting

    /// The jobs of which there are files.
    private func files() async -> Set<String> {
        guard let folder else { return [] }
        return (try? await UploadWork.done { () throws(UploadFolder.Failure) in folder.jobs() }) ?? []
    }

    /// Forgets copies and jobs whose time is over, and copies that belong to no job.
    func forgetOld() async {
        guard let store else { return }
        let now = time.now()
        // Before the jobs are looked at: whatever gets a file after that may keep it.
        let files = await files()
        let (over, kept) = desk.withLock { desk -> ([PrivacyJob], Set<String>) in
            let over = desk.jobs.values.filter { job in
                job.endedAt.map { $0.milliseconds + PrivacyJob.keptDays * 86_400_000 <= now.milliseconds } ?? false
            }
            let kept = desk.jobs.values.filter { $0.documentUntil.map { now < $0 } ?? !$0.hasEnded }
            return (over, Set(kept.map(\.id)))
        }
        if let folder {
            try? await UploadWork.done { () throws(UploadFolder.Failure) in
                for job in files.subtracting(kept) { folder.remove(job) }
            }
        }
        for job in over {
            let change = ControlChange.delete(kind: PrivacyJob.kind, id: job.id, expectedEtag: job.etag ?? "")
            do throws(StorageError) {
                try await store.apply([change], scope: .production)
            } catch {
                // What cannot be forgotten now is forgotten the next time.
                return
            }
            desk.withLock { desk in
                desk.jobs[job.id] = nil
                desk.order.removeAll { $0 == job.id }
            }
        }
    }
}

extension PrivacyJob {
    /// Whether it is done before another one of its priority.
    fileprivate func comesBefore(_ other: PrivacyJob) -> Bool {
        createdAt != other.createdAt
            ? createdAt < other.createdAt
            : request == other.request ? ordinal < other.ordinal : request < other.request
    }
}
