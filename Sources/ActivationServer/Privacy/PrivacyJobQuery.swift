import ActivationCore

/// Which jobs `GET /data/core/privacy/jobs` asks for.
struct PrivacyJobQuery: Sendable {
    /// From which page on; the first is 0, as Adobe's.
    var page: Int
    /// Jobs of a page.
    var size: Int
    private var regulation: PrivacyRegulation?
    private var state: PrivacyJob.State?
    /// Headwater's own: those of one request, whenever it came.
    private var request: String?
    private var days: Range<Timestamp>

    static let sizeDefault = 100
    static let sizeMax = 1_000
    static let pageMax = 1_000_000
    /// Days that are shown when the query names none.
    private static let daysDefault: Int64 = 7

    /// A page of all of them.
    init(page: Int, size: Int) {
        (self.page, self.size) = (page, size)
        days = Timestamp(milliseconds: .min)..<Timestamp(milliseconds: .max)
    }

    /// Reads the query.
    ///
    /// - Throws: `QUERY_INVALID`.
    init(_ query: QueryItems, now: Timestamp) throws(APIError) {
        page = try query.integer("page", in: 0...PrivacyJobQuery.pageMax) ?? 0
        size = try query.integer("size", in: 1...PrivacyJobQuery.sizeMax) ?? PrivacyJobQuery.sizeDefault
        regulation = try PrivacyJobQuery.word(query, "regulation")
        state = try PrivacyJobQuery.word(query, "status")
        request = query["requestId"]
        days = try PrivacyJobQuery.days(query, now)
    }

    private static func word<Word: RawRepresentable<String> & CaseIterable>(
        _ query: QueryItems,
        _ name: String
    ) throws(APIError) -> Word? {
        guard let text = query[name] else { return nil }
        guard let word = Word(rawValue: text) else {
            throw APIError(.queryInvalid, "\(name) is one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    private static func day(_ query: QueryItems, _ name: String) throws(APIError) -> Timestamp? {
        guard let text = query[name] else { return nil }
        guard let day = Timestamp(date: text) else {
            throw APIError(.queryInvalid, "\(name) is a day of UTC, such as 2026-03-02")
        }
        return day
    }

    private static func days(_ query: QueryItems, _ now: Timestamp) throws(APIError) -> Range<Timestamp> {
        let (from, to) = (try day(query, "fromDate"), try day(query, "toDate"))
        let only = try day(query, "filterDate")
        let length: Int64 = 86_400_000
        if let only {
            guard from == nil, to == nil else {
                throw APIError(.queryInvalid, "filterDate is one day; leave it out, or fromDate and toDate")
            }
            return only..<Timestamp(milliseconds: only.milliseconds + length)
        }
        guard (from == nil) == (to == nil) else {
            throw APIError(.queryInvalid, "fromDate and toDate come together")
        }
        guard let from, let to else {
            // A request is shown whole.
            if query["requestId"] != nil { return Timestamp(milliseconds: .min)..<Timestamp(milliseconds: .max) }
            return Timestamp(milliseconds: now.milliseconds - daysDefault * length)..<Timestamp(milliseconds: .max)
        }
        guard from <= to else { throw APIError(.queryInvalid, "fromDate is not after toDate") }
        return from..<Timestamp(milliseconds: to.milliseconds + length)
    }

    /// Whether a job is one of them.
    func admits(_ job: PrivacyJob) -> Bool {
        (regulation.map { $0 == job.regulation } ?? true) && (state.map { $0 == job.state } ?? true)
            && (request.map { $0.hasSameBytes(as: job.request) } ?? true) && days.contains(job.createdAt)
    }
}
