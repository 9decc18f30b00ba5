import ActivationCore

/// The dataset of an external audience: what its files have brought, under the audience's name (BEHAVIOUR 5.7).
///
/// It is what the audience is, told as a dataset; so it is stored nowhere, comes and goes with the audience, and is none of those that
/// attributes and events belong to.
struct AudienceDataset: Sendable {
    /// The audience as it is stored.
    let audience: ControlEntry

    /// The dataset of an audience; nil for one that is made of a rule.
    init?(of audience: ControlEntry) {
        guard audience.isExternalAudience else { return nil }
        self.audience = audience
    }

    /// The id: the audience's digits.
    var id: String { AudienceDataset.id(of: audience.id) }

    /// The id of the dataset of an audience.
    static func id(of audience: String) -> String { audience.filter { $0 != "-" } }

    /// The members that it shows of itself, beside those that every dataset has.
    var members: JSONObject {
        ["name": .string(audience.string("name") ?? audience.id), "audienceId": .string(audience.id)]
    }
}

extension ControlSnapshot {
    /// The datasets of external audiences, in the order in which they were made.
    var audienceDatasets: [AudienceDataset] { entries(.segmentDefinition).compactMap { AudienceDataset(of: $0) } }

    /// The dataset of an external audience that has this id; nil when none has.
    func audienceDataset(_ id: String) -> AudienceDataset? {
        let digits = Array(id.utf8)
        guard digits.count == 32 else { return nil }
        let parts = [digits[..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20...]]
        let audience = parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-")
        return entry(.segmentDefinition, audience).flatMap { AudienceDataset(of: $0) }
    }

    /// Refuses what would change the dataset of an external audience.
    ///
    /// - Throws: `DATASET_OF_AUDIENCE`.
    func refuseAudienceDataset(_ id: String) throws(APIError) {
        guard let dataset = audienceDataset(id) else { return }
        throw APIError(
            .datasetOfAudience,
            "this dataset is the members of audience \(dataset.audience.id); change the audience, or upload a file of members"
        )
    }
}

extension APIErrorCode {
    static let datasetOfAudience = APIErrorCode("DATASET_OF_AUDIENCE", status: 409, title: "Dataset of an audience")
}
