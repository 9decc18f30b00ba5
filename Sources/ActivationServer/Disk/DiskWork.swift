import ActivationCore
import Dispatch
import TextFiles

/// Work that waits for the disk.
enum DiskWork {
    /// Does it on a thread that may wait.
    static func done<Result: Sendable, Failure: Error>(
        _ work: @escaping @Sendable () throws(Failure) -> Result
    ) async throws(APIError) -> Result {
        let result: Swift.Result<Result, Failure> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                do throws(Failure) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        do throws(Failure) {
            return try result.get()
        } catch {
            throw APIError(waiting: error)
        }
    }
}

extension APIError {
    /// What went wrong with a file.
    fileprivate init(waiting error: some Error) {
        switch error {
        case let error as InputFailure: self.init(upload: error)
        case let error as DiskFailure: self.init(keeping: error)
        case let error as ServerStartError: self.init(writing: error)
        case let error as APIError: self = error
        default: self.init(.unavailable, "the file cannot be read now; retry soon", retryAfterSeconds: 5)
        }
    }

    /// One of the server's own files that cannot be written; its path is for the log.
    private init(writing error: ServerStartError) {
        let isFull = error.cause == .noRoom
        self.init(
            isFull ? .storageFull : .unavailable,
            isFull ? "the disk is full; make room and try again" : "the server cannot write its file; its log says why",
            retryAfterSeconds: 60,
            cause: error.description
        )
    }

    /// A file that cannot be kept.
    init(keeping failure: DiskFailure) {
        self.init(
            failure.isFull ? .storageFull : .unavailable,
            failure.isFull
                ? "the disk is full, so the server cannot keep the file; make room and send on from received"
                : "the server cannot keep the file: \(failure.reason)",
            retryAfterSeconds: 30
        )
    }
}
