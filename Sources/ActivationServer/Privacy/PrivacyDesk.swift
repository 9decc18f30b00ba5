import ActivationCore
import ActivationEngine
import Logging
import Synchronization

/// Keeps what people have asked for, and does it behind the calls, one job after the other (docs/decisions/0053).
///
/// A request that was accepted is stored; what was under way goes on after a restart.
public final class PrivacyDesk: Sendable {
    struct Desk {
        var jobs: [String: PrivacyJob] = [:]
        /// All of them, the oldest first.
        var order: [String] = []
        /// Those to be done, by priority.
        var waiting = PrivacyQueue()
        /// Those that are being stored and will wait.
        var entering = 0
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
    let store: (any ControlStore)?
    let box: SecretBox
    let hash: IdentityHash?
    let audit: AuditDesk
    private let ids: any IDSource
    let logger: Logger
    let desk = Mutex(Desk())
    /// Between the sealing of a job and its being stored no other seals it anew.
    let sealing = ControlGate()
    /// A copy is written by one at a time.
    let copying = ControlGate()

    /// Jobs that wait, at most: ten requests of a thousand people who want to see and to erase.
    static let openMax = 20_000
    /// How long what is in the way is given to go away.
    static let retryPause = Duration.seconds(2)
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
        box = SecretBox(keys)
        folder = directory.map { PrivacyFolder(path: $0, box: SecretBox(keys)) }
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
        let count = jobs.count
        let isRoom = desk.withLock { desk in
            guard desk.waiting.count + desk.entering + count <= PrivacyDesk.openMax else { return false }
            desk.entering += count
            return true
        }
        guard isRoom else {
            throw APIError(
                .privacyJobsTooMany,
                "more than \(PrivacyDesk.openMax) privacy jobs would wait; ask again when some are done",
                retryAfterSeconds: 60
            )
        }
        defer { desk.withLock { $0.entering -= count } }
        await sealing.enter()
        defer { sealing.leave() }
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
}

extension PrivacyJob {
    /// Whether it is done before another one of its priority.
    fileprivate func comesBefore(_ other: PrivacyJob) -> Bool {
        createdAt != other.createdAt
            ? createdAt < other.createdAt
            : request == other.request ? ordinal < other.ordinal : request < other.request
    }
}
