import ActivationCore
import ActivationEngine
import Synchronization

extension PrivacyDesk {
    /// The jobs of which there are files.
    private func files() async -> Set<String> {
        guard let folder else { return [] }
        return (try? await DiskWork.done { () throws(DiskFailure) in folder.jobs() }) ?? []
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
            await copying.enter()
            defer { copying.leave() }
            try? await DiskWork.done { () throws(DiskFailure) in
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
