import ActivationCore
import Hummingbird

/// Who may send to an inlet (BEHAVIOUR 6.1).
struct InletGate: Sendable {
    private let dependencies: ServerDependencies

    init(_ dependencies: ServerDependencies) {
        self.dependencies = dependencies
    }

    /// The inlet of a path, for a sender that may use it.
    ///
    /// - Throws: `INLET_UNKNOWN`; for an authenticated inlet `INLET_AUTHORIZATION` (401) without a token,
    ///   `INLET_TOKEN` (403) with one that is not valid.
    func inlet(_ id: String, for request: Request) throws(APIError) -> Inlet {
        guard let inlet = dependencies.control.snapshot.inlets[ByteKey(id)] else {
            throw APIError(
                .inletUnknown,
                "no inlet has this id; make one with POST /data/foundation/flowservice/connections"
            )
        }
        guard inlet.isAuthenticationRequired else { return inlet }
        guard request.headers[.authorization] != nil else {
            throw APIError(
                .inletAuthorization,
                "this inlet needs the header Authorization: Bearer <token>; get a token from POST /ims/token/v3"
            )
        }
        let gateway = Gateway(control: dependencies.control, time: dependencies.time, keys: dependencies.keys)
        do throws(APIError) {
            _ = try gateway.client(of: request)
        } catch {
            throw APIError(.inletToken, error.detail)
        }
        if let stated = request.headers[.orgID], !stated.hasSameBytes(as: dependencies.control.orgID) {
            throw APIError(.inletToken, "x-gw-ims-org-id is not the organisation of this inlet")
        }
        return inlet
    }
}

extension APIErrorCode {
    static let inletUnknown = APIErrorCode("INLET_UNKNOWN", status: 404, title: "Inlet not found")
    static let inletAuthorization = APIErrorCode("INLET_AUTHORIZATION", status: 401, title: "Authorization is missing")
    static let inletToken = APIErrorCode("INLET_TOKEN", status: 403, title: "Token does not open this inlet")
}
