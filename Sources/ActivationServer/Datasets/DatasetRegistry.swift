import ActivationCore
import ActivationEngine

/// Finds datasets, and registers those that NDJSON requests name for the first time (BEHAVIOUR 6.5).
struct DatasetRegistry: Sendable {
    let control: ControlPlane

    /// The dataset of requests that name none.
    static let defaultName = "default"

    /// The dataset with this id, or nil.
    func find(_ id: String) -> Dataset? {
        control.entry(.dataset, id).map(Dataset.init)
    }

    /// The dataset with this id or name; a new one is registered with the name as its id.
    ///
    /// - Parameters:
    ///   - name: Its id or name.
    ///   - author: Whose name stands in the history of a new one.
    ///   - now: The instant of what it takes in.
    /// - Returns: The dataset.
    /// - Throws: `QUERY_INVALID` when it cannot be a name, `DATASETS_TOO_MANY`, `DATASET_OF_AUDIENCE`, `DATASET_EXPIRED`, or the
    ///   store's refusal.
    func dataset(
        named name: String,
        by author: ConfigurationChange.Author,
        at now: Timestamp
    ) async throws(APIError) -> Dataset {
        if let known = DatasetRegistry.known(name, in: control.snapshot) {
            try control.snapshot.refuseEnded(dataset: known.id, at: now)
            return known
        }
        guard DatasetRegistry.isName(name) else {
            throw APIError(
                .queryInvalid,
                "dataset is a text of 1 to \(IngestionLimits.datasetNameCharactersMax) characters without controls"
            )
        }
        return try await control.write(by: author) { draft throws(APIError) in
            // Another request may have registered it since.
            if let known = DatasetRegistry.known(name, in: draft.snapshot) { return known }
            try draft.snapshot.refuseAudienceDataset(name)
            return Dataset(try DatasetRegistry.insert(["name": .string(name)], id: name, into: &draft))
        }
    }

    /// Adds a dataset while there is room.
    static func insert(
        _ body: JSONObject,
        id: String,
        into draft: inout ControlDraft
    ) throws(APIError) -> ControlEntry {
        guard draft.snapshot.count(.dataset) < Limits.datasetsMax else {
            throw APIError(
                .datasetsTooMany,
                "there are already \(Limits.datasetsMax) datasets, the most there may be; use one of them"
            )
        }
        return try draft.insert(.dataset, id: id, body: body)
    }

    /// Whether a text can name a dataset.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.unicodeScalars.count <= IngestionLimits.datasetNameCharactersMax
            && text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
    }

    private static func known(_ name: String, in snapshot: ControlSnapshot) -> Dataset? {
        let entry =
            snapshot.entry(.dataset, name)
            ?? snapshot.entries(.dataset).first { $0.body["name"] == .string(name) }
        return entry.map(Dataset.init)
    }
}

extension APIErrorCode {
    static let datasetsTooMany = APIErrorCode("DATASETS_TOO_MANY", status: 409, title: "No room for another dataset")
    static let datasetUnknown = APIErrorCode("DATASET_UNKNOWN", status: 404, title: "Dataset not found")
}
