import ActivationCore
import ActivationEngine

/// Which jobs a list asks for, and in which order (BEHAVIOUR 5.5).
struct SegmentJobQuery {
    private let status: String?
    private let filters: [PropertyFilter]
    private let isByUpdate: Bool
    private let isAscending: Bool

    /// Reads the query.
    ///
    /// - Throws: `QUERY_INVALID` naming the parameter.
    init(_ query: QueryItems) throws(APIError) {
        status = query["status"]
        guard status.map({ SegmentJob.statuses.contains($0) }) ?? true else {
            throw APIError(.queryInvalid, "status is one of \(SegmentJob.statuses.joined(separator: ", "))")
        }
        var filters: [PropertyFilter] = []
        for text in query.values("property") { filters.append(try SegmentJobQuery.filter(text)) }
        self.filters = filters
        switch query["sort"] {
        case nil, "creationTime:desc": (isByUpdate, isAscending) = (false, false)
        case "creationTime", "creationTime:asc": (isByUpdate, isAscending) = (false, true)
        case "updateTime:desc": (isByUpdate, isAscending) = (true, false)
        case "updateTime", "updateTime:asc": (isByUpdate, isAscending) = (true, true)
        default: throw APIError(.queryInvalid, "sort is creationTime or updateTime, then :asc or :desc")
        }
    }

    /// Adobe writes `segments~segmentId==x` where Flow Service has `segments[].segmentId==x`.
    private static func filter(_ text: String) throws(APIError) -> PropertyFilter {
        let end = text.firstIndex(of: "=") ?? text.endIndex
        let path = text[..<end].split(separator: "~", omittingEmptySubsequences: false).joined(separator: "[].")
        guard text[end...].utf8.starts(with: "==".utf8) else {
            throw APIError(.queryInvalid, "property is <path>==<value> or <list>~<key>==<value>")
        }
        do throws(APIError) {
            let filter = try PropertyFilter(parsing: path + text[end...])
            try filter.check("SegmentJob")
            return filter
        } catch {
            throw APIError(.queryInvalid, "property: \(error.detail)")
        }
    }

    /// The jobs that pass by what is cheap to know, in order.
    func sorted(_ jobs: [SegmentJob]) -> [SegmentJob] {
        let passing = jobs.filter { status == nil || $0.status == status }
        let ascending = passing.sorted { left, right in
            let (one, other) =
                isByUpdate ? (left.updatedAt, right.updatedAt) : (left.pass.createdAt, right.pass.createdAt)
            return (one, left.pass.id.uuid) < (other, right.pass.id.uuid)
        }
        return isAscending ? ascending : ascending.reversed()
    }

    /// Whether a job's object passes the property filters.
    func matches(_ object: JSONObject) -> Bool { filters.allSatisfy { $0.matches(object) } }
}
