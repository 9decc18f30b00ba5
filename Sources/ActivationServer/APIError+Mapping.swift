import ActivationCore
import ActivationEngine
import Hummingbird
import NIOCore

extension APIError {
    /// What any error of ours or of the server's libraries means to a client.
    init(mapping error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as StorageError: self.init(storage: error)
        case let error as EngineError: self.init(engine: error)
        case let error as DestinationProbeError: self.init(probe: error)
        case let error as HTTPError where error.status == .notFound:
            self.init(.routeUnknown, "no resource has this path and method; /openapi.json lists them")
        case let error as HTTPError where error.status.code < 500:
            self.init(
                APIErrorCode("HTTP_\(error.status.code)", status: error.status.code, title: error.status.reasonPhrase),
                "the request cannot be understood"
            )
        case is NIOTooManyBytesError:
            self.init(.bodyTooLarge, "the body is larger than this resource accepts")
        default:
            self.init(.internalError, "an unexpected error happened; the request id finds it in the log")
        }
    }

    /// A storage failure: nothing was written, but where a database cannot be reached to tell.
    ///
    /// What went on inside the store is for the log.
    init(storage error: StorageError) {
        switch error.code {
        case .full:
            self.init(
                .storageFull,
                APIError.diskFull,
                retryAfterSeconds: APIError.diskFullPause,
                cause: error.description
            )
        case .conflict:
            self.init(.conflict, "the object changed at the same moment; read it again and retry")
        default:
            self.init(
                .unavailable,
                APIError.storeUnusable(error.code.rawValue),
                retryAfterSeconds: 5,
                cause: error.description
            )
        }
    }

    /// When to try again after there was no room; nobody knows how long somebody takes to make some.
    private static let diskFullPause = 10
    private static let diskFull = "the disk is full and nothing was written; make room and retry"

    private static func storeUnusable(_ code: String) -> String {
        // Of a database that is gone nobody knows what it did last; the same again does no harm.
        let isKnown = code != StorageError.Code.unavailable.rawValue
        return
            "the store cannot be used now (\(code)); \(isKnown ? "nothing was written, " : "")retry later. The log says why"
    }

    /// A failure of the engine.
    init(engine error: EngineError) {
        switch error.code {
        case .overloaded:
            self.init(.overloaded, error.message, retryAfterSeconds: error.retryAfterSeconds ?? 1)
        case .invalidCatalog, .audienceUnknown:
            self.init(.fieldInvalid, error.message)
        case .storageFull:
            self.init(
                .storageFull,
                APIError.diskFull,
                retryAfterSeconds: APIError.diskFullPause,
                cause: error.description
            )
        case .incomplete:
            self.init(
                .internalError,
                "a fault of the server; the request id finds it in the log",
                cause: error.description
            )
        case .storage, .corrupt, .writeLost:
            self.init(
                .unavailable,
                APIError.storeUnusable(error.code.rawValue),
                retryAfterSeconds: error.retryAfterSeconds ?? 5,
                cause: error.description
            )
        default:
            self.init(.unavailable, error.message, retryAfterSeconds: error.retryAfterSeconds ?? 5)
        }
    }

    /// A destination that cannot be used as configured: which step failed and what to do (BEHAVIOUR 10.6).
    init(probe error: DestinationProbeError) {
        self.init(
            APIErrorCode(error.code, status: 400, title: "Destination cannot be used as configured"),
            "\(error.step): \(error.message)",
            members: ["step": .string(error.step)]
        )
    }
}
