import ActivationCore
import ActivationEngine

/// The date on which a dataset ends, as it is stored (BEHAVIOUR 6.2).
///
/// What becomes of it when the date has come is the engine's matter: nothing is written then.
struct DatasetExpiration: Sendable {
    /// How an expiration stands, in Adobe's words.
    enum Status: String, CaseIterable, Sendable {
        /// Its date is to come.
        case pending
        /// The dataset has ended, and what it had stated is being taken out of profiles.
        case executing
        /// Nothing of it is left in any profile.
        case completed
        /// It was taken back before its date.
        case cancelled
    }

    /// The expiration as it is stored.
    let entry: ControlEntry
    /// The dataset's id.
    let dataset: String
    /// When the dataset ends.
    let expiry: Timestamp
    /// When the expiration was cancelled; nil = it was not.
    let cancelledAt: Timestamp?

    enum Key {
        static let dataset = "datasetId"
        static let expiry = "expiry"
        static let displayName = "displayName"
        static let description = "description"
        static let cancelledAt = "cancelledAt"
    }

    /// Reads a stored expiration; nil when it is none.
    init?(_ entry: ControlEntry) {
        guard let dataset = entry.string(Key.dataset),
            let expiry = entry.body[Key.expiry]?.int64.map({ Timestamp(milliseconds: $0) }), expiry.isPlausible
        else { return nil }
        self.entry = entry
        self.dataset = dataset
        self.expiry = expiry
        cancelledAt = entry.body[Key.cancelledAt]?.int64.map { Timestamp(milliseconds: $0) }
    }

    /// The name that people gave it; empty when they gave none.
    var displayName: String { entry.string(Key.displayName) ?? "" }
    /// What people said of it.
    var text: String { entry.string(Key.description) ?? "" }

    /// Whether it can still be changed at an instant.
    func isPending(at now: Timestamp) -> Bool { cancelledAt == nil && now < expiry }

    /// Whether it has ended its dataset at an instant.
    func hasEnded(at now: Timestamp) -> Bool { cancelledAt == nil && expiry <= now }

    /// How it stands at an instant.
    ///
    /// - Parameters:
    ///   - now: The instant.
    ///   - removal: How far the engine is in taking out what the dataset had stated.
    /// - Returns: The status.
    func status(at now: Timestamp, _ removal: DatasetRemoval?) -> Status {
        if cancelledAt != nil { return .cancelled }
        if now < expiry { return .pending }
        return removal?.isDone == true ? .completed : .executing
    }
}

extension ControlSnapshot {
    /// All expirations, the oldest first.
    var datasetExpirations: [DatasetExpiration] { entries(.datasetExpiration).compactMap(DatasetExpiration.init) }

    /// When datasets end.
    var datasetEnds: DatasetEnds {
        let active = datasetExpirations.lazy.filter { $0.cancelledAt == nil }
        return DatasetEnds(Dictionary(active.map { ($0.dataset, $0.expiry) }) { min($0, $1) })
    }

    /// The expiration of a dataset that counts: the one that was not cancelled, else the last one.
    func expiration(ofDataset id: String) -> DatasetExpiration? {
        let all = datasetExpirations.filter { $0.dataset.hasSameBytes(as: id) }
        return all.first { $0.cancelledAt == nil } ?? all.last
    }

    /// An expiration by its id, or by the id of its dataset; nil when there is none.
    func expiration(_ id: String) -> DatasetExpiration? {
        entry(.datasetExpiration, id).flatMap(DatasetExpiration.init) ?? expiration(ofDataset: id)
    }

    /// Whether a dataset has ended at an instant.
    func hasEnded(dataset id: String, at now: Timestamp) -> Bool {
        datasetExpirations.contains { $0.hasEnded(at: now) && $0.dataset.hasSameBytes(as: id) }
    }

    /// Refuses a dataset that has ended.
    ///
    /// - Throws: `DATASET_EXPIRED`.
    func refuseEnded(dataset id: String, at now: Timestamp) throws(APIError) {
        guard let expiration = expiration(ofDataset: id), expiration.hasEnded(at: now) else { return }
        throw APIError(
            .datasetExpired,
            "the dataset ended on its expiration date, \(expiration.expiry.rfc3339), and takes nothing any more; name another one"
        )
    }
}

extension APIErrorCode {
    static let datasetExpired = APIErrorCode("DATASET_EXPIRED", status: 404, title: "Dataset has expired")
    static let expirationUnknown = APIErrorCode("EXPIRATION_UNKNOWN", status: 404, title: "Expiration not found")
}
