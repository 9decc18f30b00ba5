import ActivationCore

/// The order of a list of definitions, such as `updateTime:desc` (BEHAVIOUR 5.1).
struct DefinitionSort {
    /// What is compared; ties are broken by id.
    enum Field: String {
        case creationTime
        case updateTime
        case name
    }

    var field = Field.creationTime
    var isAscending = false

    /// The default: the newest first.
    init() {}

    /// Reads `field`, `field:asc` or `field:desc`.
    init(parsing text: String) throws(APIError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let field = Field(rawValue: String(parts[0])) else {
            throw APIError(.queryInvalid, "sort is creationTime, updateTime or name, then :asc or :desc")
        }
        self.field = field
        switch parts.count > 1 ? parts[1] : "asc" {
        case "asc": isAscending = true
        case "desc": isAscending = false
        default: throw APIError(.queryInvalid, "sort ends with :asc or :desc")
        }
    }

    /// As it is written in a query.
    var text: String { "\(field.rawValue):\(isAscending ? "asc" : "desc")" }

    /// The objects in this order.
    func sorted(_ definitions: [SegmentDefinition]) -> [SegmentDefinition] {
        let ascending = definitions.sorted { left, right in
            switch field {
            case .creationTime: (left.createdAt, left.id.uuid) < (right.createdAt, right.id.uuid)
            case .updateTime: (left.updatedAt, left.id.uuid) < (right.updatedAt, right.id.uuid)
            case .name:
                left.name.hasSameBytes(as: right.name)
                    ? left.id.uuid < right.id.uuid : left.name.comesBefore(right.name)
            }
        }
        return isAscending ? ascending : ascending.reversed()
    }
}
