public import ActivationCore

extension Engine {
    /// How many profiles are members of an audience now.
    public func memberCount(_ audience: Audience.ID) async throws(EngineError) -> Int {
        do throws(StorageError) {
            return Int(try await storage.memberCount(of: audience, scope: scope))
        } catch {
            throw EngineError(error)
        }
    }

    /// How many profiles are members of some audiences now; those that never had one are left out.
    ///
    /// - Parameter audiences: Which.
    /// - Returns: By audience.
    /// - Throws: The storage's error.
    public func memberCounts(of audiences: [Audience.ID]) async throws(EngineError) -> [Audience.ID: Int] {
        do throws(StorageError) {
            return try await storage.memberCounts(of: audiences, scope: scope).mapValues { Int($0) }
        } catch {
            throw EngineError(error)
        }
    }

    /// How many profiles are members of every audience that ever had one, now.
    public func memberCounts() async throws(EngineError) -> [Audience.ID: Int] {
        do throws(StorageError) {
            return try await storage.memberCounts(scope: scope).mapValues { Int($0) }
        } catch {
            throw EngineError(error)
        }
    }

    /// The hours in which anybody entered or exited an audience, oldest first, as far back as they are kept.
    public func memberHours(of audience: Audience.ID) async throws(EngineError) -> [MemberHour] {
        do throws(StorageError) {
            return try await storage.memberHours(of: audience, scope: scope)
        } catch {
            throw EngineError(error)
        }
    }

    /// Who entered and who exited since the beginning of the hour that an instant lies in, for every audience of which
    /// anything was counted since.
    public func memberChanges(since instant: Timestamp) async throws(EngineError) -> [Audience.ID: MemberCounters] {
        do throws(StorageError) {
            return try await storage.memberChanges(since: BookedHour.number(of: instant), scope: scope)
        } catch {
            throw EngineError(error)
        }
    }

    /// How far uploads have come, as far as their rows were decided; durable with what the rows did.
    ///
    /// - Returns: By upload.
    /// - Throws: The storage's error.
    public func uploadProgress() async throws(EngineError) -> [UUIDBytes: CommitPlan.UploadProgress] {
        do throws(StorageError) {
            return try await storage.uploadProgress(scope: scope)
        } catch {
            throw EngineError(error)
        }
    }

    /// Forgets how far uploads have come; those that are not known are left out.
    ///
    /// - Throws: The storage's error.
    public func forgetUploads(_ uploads: [UUIDBytes]) async throws(EngineError) {
        do throws(StorageError) {
            try await storage.forgetUploads(uploads, scope: scope)
        } catch {
            throw EngineError(error)
        }
    }
}
