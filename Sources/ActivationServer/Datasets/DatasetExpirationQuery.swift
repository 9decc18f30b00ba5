import ActivationCore

/// Which expirations a list asks for, in which order (BEHAVIOUR 6.2).
struct DatasetExpirationQuery: Sendable {
    /// What a list can be ordered by.
    enum Order: String, CaseIterable, Sendable {
        case id, datasetId, datasetName, displayName, description, status, expiry, createdAt, updatedAt, updatedBy
    }

    /// From which page on; the first is 0, as Adobe's.
    let page: Int
    /// Expirations of a page.
    let limit: Int
    private let order: Order
    private let isDescending: Bool
    private let statuses: Set<DatasetExpiration.Status>
    private let texts: [(name: String, value: String)]
    private let stretches: [(name: String, range: ClosedRange<Timestamp>)]

    static let limitDefault = 25
    /// Filters by a part of a text, or by the whole of one.
    static let contained = ["datasetName", "displayName", "description"]
    static let exact = ["datasetId", "ttlId", "author", "sandboxName", "search"]
    /// Filters by an instant: each as a day (`Date`), from (`FromDate`) and to (`ToDate`).
    static let dated = ["created", "updated", "cancelled", "completed", "expiry"]

    /// Reads the query.
    ///
    /// - Throws: `QUERY_INVALID`.
    init(_ query: QueryItems) throws(APIError) {
        page = try query.integer("page", in: 0...ServerLimits.objectsMax) ?? 0
        limit =
            try query.integer("limit", in: 1...ServerLimits.pageItemsMax) ?? DatasetExpirationQuery.limitDefault
        let by = query["orderBy"] ?? "-updatedAt"
        isDescending = by.hasPrefix("-")
        guard let order = Order(rawValue: String(by.hasPrefix("-") || by.hasPrefix("+") ? by.dropFirst() : by[...]))
        else {
            let names = Order.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIError(.queryInvalid, "orderBy is one of \(names), with - in front for the last first")
        }
        self.order = order
        var statuses: Set<DatasetExpiration.Status> = []
        for word in query["status"]?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
            guard let status = DatasetExpiration.Status(rawValue: String(word)) else {
                let words = DatasetExpiration.Status.allCases.map(\.rawValue).joined(separator: ", ")
                throw APIError(.queryInvalid, "status is a list, by commas, of \(words)")
            }
            statuses.insert(status)
        }
        self.statuses = statuses
        texts = (DatasetExpirationQuery.contained + DatasetExpirationQuery.exact)
            .compactMap { name in query[name].map { (name, $0) } }
        var stretches: [(name: String, range: ClosedRange<Timestamp>)] = []
        for name in DatasetExpirationQuery.dated {
            if let range = try DatasetExpirationQuery.range(query, name) { stretches.append((name, range)) }
        }
        self.stretches = stretches
    }

    private static func range(_ query: QueryItems, _ name: String) throws(APIError) -> ClosedRange<Timestamp>? {
        func instant(_ suffix: String) throws(APIError) -> Timestamp? {
            guard let text = query[name + suffix] else { return nil }
            guard let instant = Timestamp(date: text) ?? Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "Z")
            else {
                throw APIError(.queryInvalid, "\(name + suffix) is a date or an instant, such as 2027-01-31")
            }
            return instant
        }
        let (day, from, to) = (try instant("Date"), try instant("FromDate"), try instant("ToDate"))
        if let day {
            guard from == nil, to == nil else {
                throw APIError(.queryInvalid, "\(name)Date is 24 hours; leave it out, or \(name)FromDate and ToDate")
            }
            return day...Timestamp(milliseconds: day.milliseconds + 86_399_999)
        }
        guard from != nil || to != nil else { return nil }
        let (first, last) = (from ?? Timestamp(milliseconds: .min), to ?? Timestamp(milliseconds: .max))
        guard first <= last else { throw APIError(.queryInvalid, "\(name)FromDate is not after \(name)ToDate") }
        return first...last
    }

    /// Those that are asked for, in the order that is asked for.
    func selected(of all: [ShownExpiration]) -> [ShownExpiration] {
        all.filter(admits).sorted { one, other in
            let (left, right) = isDescending ? (other, one) : (one, other)
            if let (first, second) = instants(left, right) {
                return first != second ? first < second : left.id.comesBefore(right.id)
            }
            let (first, second) = (text(of: left), text(of: right))
            return first.hasSameBytes(as: second) ? left.id.comesBefore(right.id) : first.comesBefore(second)
        }
    }

    private func instants(_ left: ShownExpiration, _ right: ShownExpiration) -> (Timestamp, Timestamp)? {
        switch order {
        case .expiry: (left.expiration.expiry, right.expiration.expiry)
        case .createdAt: (left.expiration.entry.createdAt, right.expiration.entry.createdAt)
        case .updatedAt: (left.expiration.entry.updatedAt, right.expiration.entry.updatedAt)
        default: nil
        }
    }

    private func text(of shown: ShownExpiration) -> String {
        switch order {
        case .datasetId: shown.expiration.dataset
        case .datasetName: shown.datasetName
        case .displayName: shown.expiration.displayName
        case .description: shown.expiration.text
        case .status: shown.status.rawValue
        case .updatedBy: shown.expiration.entry.string("updatedBy") ?? ""
        case .id, .expiry, .createdAt, .updatedAt: shown.id
        }
    }

    private func admits(_ shown: ShownExpiration) -> Bool {
        guard statuses.isEmpty || statuses.contains(shown.status) else { return false }
        return texts.allSatisfy { shown.holds($0.value, in: $0.name) }
            && stretches.allSatisfy { name, range in shown.instant(of: name).map(range.contains) ?? false }
    }
}
