import ActivationCore
import ActivationEngine

extension PrivacyDesk {
    /// Seals anew what another key than the one in use has sealed: who asked, and the copies of people's data.
    ///
    /// - Parameter note: Told of how many that are done with, and of how many that no key opens.
    /// - Throws: The store's error, or the disk's.
    func resealSecrets(_ note: (_ done: Int, _ unreadable: Int) -> Void) async throws {
        guard let store, box.isChanging else { return }
        for object in try await store.objects(kind: PrivacyJob.kind, scope: .production) {
            note(1, try await reseal(object.id, in: store) ? 0 : 1)
        }
        guard let folder else { return }
        for job in try await DiskWork.done({ () throws(DiskFailure) in folder.jobs() }).sorted() {
            await copying.enter()
            defer { copying.leave() }
            note(1, try await DiskWork.done { try folder.reseal(job) } ? 0 : 1)
        }
    }

    /// - Returns: Whether it can be read.
    private func reseal(_ job: String, in store: any ControlStore) async throws -> Bool {
        await sealing.enter()
        defer { sealing.leave() }
        // As it is now: nobody seals it at this moment.
        guard var object = try await store.object(kind: PrivacyJob.kind, id: job, scope: .production),
            var body = (try? JSONValue(parsing: object.body))?.object, let sealed = body["subject"]?.string
        else { return true }
        switch try box.resealed(sealed, owner: job) {
        case .current: return true
        case .unreadable: return false
        case .sealed(let text):
            body["subject"] = .string(text)
            object.body = Array(JSONValue.object(body).text.utf8)
            // Its version stays: who holds the job holds what it is about in clear.
            try await store.apply([.update(object, expectedEtag: object.etag)], scope: .production)
            return true
        }
    }
}
