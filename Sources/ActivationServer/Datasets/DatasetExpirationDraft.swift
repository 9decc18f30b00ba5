import ActivationCore
import ActivationEngine

/// What somebody says of the date on which a dataset ends.
struct DatasetExpirationDraft: Sendable {
    /// The dataset's id; nil when the body does not name one.
    var dataset: String?
    /// The date; nil = as it is.
    var expiry: Timestamp?
    /// The name; nil = as it is.
    var displayName: String?
    /// The description; nil = as it is.
    var text: String?

    /// Characters of a description at most.
    static let descriptionCharactersMax = 1_000

    /// Reads a body.
    ///
    /// - Throws: `FIELD_INVALID` with the pointer of the first member that cannot be right.
    init(_ body: JSONValue) throws(APIError) {
        guard let members = body.object else {
            throw APIError(.fieldInvalid, "an expiration is a JSON object with datasetId and expiry")
        }
        try DocumentedTypes.check(body, as: "DatasetExpirationDraft")
        dataset = members[DatasetExpiration.Key.dataset]?.string
        expiry = try members[DatasetExpiration.Key.expiry]?.string.map(DatasetExpirationDraft.instant)
        displayName = members[DatasetExpiration.Key.displayName]?.string
        text = members[DatasetExpiration.Key.description]?.string
        for (name, value, most) in [
            (DatasetExpiration.Key.displayName, displayName, ServerLimits.nameCharactersMax),
            (DatasetExpiration.Key.description, text, DatasetExpirationDraft.descriptionCharactersMax),
        ] where (value?.unicodeScalars.count ?? 0) > most {
            throw APIError(.fieldInvalid, "/\(name) is a text of at most \(most) characters")
        }
    }

    /// An instant as clients write it: a date, or a date and time; without an offset it is of UTC.
    ///
    /// - Throws: `FIELD_INVALID`.
    static func instant(_ text: String) throws(APIError) -> Timestamp {
        guard let instant = Timestamp(date: text) ?? Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "Z") else {
            throw APIError(
                .fieldInvalid,
                "/expiry is a date or an instant, such as 2027-01-31 or 2027-01-31T12:00:00Z; without an offset it is of UTC"
            )
        }
        // As it is shown.
        return Timestamp(milliseconds: instant.milliseconds / 1_000 * 1_000)
    }
}

extension ControlDraft {
    /// Cancelled expirations of one dataset that are kept.
    private static let cancelledExpirationsMax = 20

    /// Gives a dataset a date on which it ends.
    ///
    /// - Throws: `DATASET_UNKNOWN`, `DATASET_OF_AUDIENCE`, `DATASET_EXPIRED`, `FIELD_INVALID`, or `CONFLICT` when it has a date already.
    mutating func insert(
        _ wanted: DatasetExpirationDraft,
        of dataset: String
    ) throws(APIError) -> DatasetExpiration {
        try snapshot.requireDataset(dataset)
        try snapshot.refuseAudienceDataset(dataset)
        try snapshot.refuseEnded(dataset: dataset, at: instant)
        if let known = snapshot.expiration(ofDataset: dataset), known.cancelledAt == nil {
            throw APIError(
                .conflict,
                "the dataset has an expiration already, \(known.entry.id); change that one, or cancel it first"
            )
        }
        let name = snapshot.entry(.dataset, dataset)?.string("name") ?? dataset
        guard ![dataset, name].contains(DatasetRegistry.defaultName) else {
            throw APIError(
                .conflict,
                "requests that name no dataset go to \(DatasetRegistry.defaultName), so it cannot end; have them name another one, "
                    + "and give that one a date"
            )
        }
        let cancelled = snapshot.datasetExpirations.filter { $0.dataset.hasSameBytes(as: dataset) }
        for old in cancelled.dropLast(ControlDraft.cancelledExpirationsMax - 1) { forget(old.entry) }
        var body: JSONObject = [DatasetExpiration.Key.dataset: .string(dataset)]
        try enter(wanted, in: &body)
        guard body[DatasetExpiration.Key.expiry] != nil else {
            throw APIError(.fieldInvalid, "/expiry is missing: the date on which the dataset ends")
        }
        for member in AuditTrail.keys { body[member] = .string(author.name) }
        let entry = try insert(.datasetExpiration, id: "SD-\(makeID())", body: body)
        return try expiration(entry)
    }

    /// Changes an expiration whose date is to come.
    ///
    /// - Throws: `CONFLICT` when it is not, or `FIELD_INVALID`.
    mutating func change(
        _ known: DatasetExpiration,
        to wanted: DatasetExpirationDraft
    ) throws(APIError) -> DatasetExpiration {
        guard known.isPending(at: instant) else {
            throw APIError(
                .conflict,
                known.cancelledAt != nil
                    ? "the expiration was cancelled; give the dataset a new one"
                    : "the dataset has ended; nothing brings back what it had stated"
            )
        }
        if let dataset = wanted.dataset, !dataset.hasSameBytes(as: known.dataset) {
            throw APIError(.fieldInvalid, "/datasetId is that of another dataset; an expiration stays with its own")
        }
        var body = known.entry.body
        try enter(wanted, in: &body)
        for member in ["updatedBy", "updatedClient"] { body[member] = .string(author.name) }
        guard body != known.entry.body else { return known }
        return try expiration(try replace(known.entry, body: body))
    }

    /// Takes an expiration back whose date is to come.
    ///
    /// - Throws: `EXPIRATION_UNKNOWN` when it is not, as Adobe's.
    mutating func cancel(_ known: DatasetExpiration) throws(APIError) {
        guard known.isPending(at: instant) else {
            throw APIError(
                .expirationUnknown,
                known.cancelledAt != nil
                    ? "the expiration is cancelled already"
                    : "the dataset has ended; what has begun cannot be cancelled"
            )
        }
        var body = known.entry.body
        body[DatasetExpiration.Key.cancelledAt] = .integer(now.milliseconds)
        for member in ["updatedBy", "updatedClient"] { body[member] = .string(author.name) }
        try replace(known.entry, body: body)
    }

    private func enter(_ wanted: DatasetExpirationDraft, in body: inout JSONObject) throws(APIError) {
        if let expiry = wanted.expiry {
            guard expiry > instant else {
                throw APIError(
                    .fieldInvalid,
                    "/expiry is over already; give a date to come, since nothing brings back what goes with a dataset"
                )
            }
            body[DatasetExpiration.Key.expiry] = .integer(expiry.milliseconds)
        }
        if let name = wanted.displayName { body[DatasetExpiration.Key.displayName] = .string(name) }
        if let text = wanted.text { body[DatasetExpiration.Key.description] = .string(text) }
    }

    private func expiration(_ entry: ControlEntry) throws(APIError) -> DatasetExpiration {
        guard let expiration = DatasetExpiration(entry) else {
            throw APIError(.fieldInvalid, "/expiry is in no year that has four digits")
        }
        return expiration
    }
}
