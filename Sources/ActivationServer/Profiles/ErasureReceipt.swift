import ActivationCore
import ActivationEngine

/// That a profile was deleted, and what was ever sent of it as far as the ledger goes back (BEHAVIOUR 3.11).
struct ErasureReceipt: Sendable {
    let erasure: Erasure
    /// In the order in which they were delivered.
    let deliveries: [Delivery]

    /// The receipt as programs get it.
    var json: JSONValue {
        var object = erasure.members
        object["deliveries"] = .array(deliveries.map(\.json))
        return .object(object)
    }
}

extension Erasure {
    /// The deletion as programs get it.
    var members: JSONObject {
        [
            "id": .string(profile.uuid.description), "revision": .integer(revision),
            "deletedAt": .string(deletedAt.rfc3339), "scrubbed": .bool(isScrubbed),
        ]
    }
}

extension ServerDependencies {
    /// The receipt of a deleted profile.
    ///
    /// - Parameter id: The profile's id.
    /// - Returns: The receipt.
    /// - Throws: `ERASURE_UNKNOWN`.
    func erasureReceipt(_ id: String) async throws(APIError) -> ErasureReceipt {
        let engine = engine
        guard let uuid = UUIDBytes(id),
            let (erasure, deliveries) = try await APIError.mapping({ () throws(EngineError) in
                try await engine.erasure(of: Profile.ID(uuid: uuid))
            })
        else { throw APIError(.erasureUnknown, "no profile of this id was deleted; GET the list to see them") }
        return ErasureReceipt(erasure: erasure, deliveries: deliveries)
    }
}

extension APIErrorCode {
    static let erasureUnknown = APIErrorCode("ERASURE_UNKNOWN", status: 404, title: "Erasure not found")
}
