import ActivationCore
import ActivationEngine
import Logging
import Synchronization

extension PrivacyDesk {
    /// Sees to it that what waits is being done.
    func work() {
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
        return try await DiskWork.done { () throws(DiskFailure) in folder.has(copy.id) }
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
        await copying.enter()
        defer { copying.leave() }
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
        await sealing.enter()
        defer { sealing.leave() }
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
}
