/// The functions of the language (PQL 7); names are case-sensitive.
enum PQLFunction: String, CaseIterable, Sendable {
    case equals, notEqualTo
    case startsWith, doesNotStartWith, endsWith, doesNotEndWith, contains, doesNotContain
    case matches, regexGroup
    case intersects, subsetOf, supersetOf, intersection, includes, distinct
    case groupBy, filter, map, mapEntry, topN, bottomN, head
    case count, sum, average, min, max, exists, forall
    case get, keys, values
    case isNull, isNotNull
    case getMonth, getDayOfMonth, getYear
    case currentMonth, currentDayOfMonth, currentYear
    case inSegment, date

    /// Whether the first argument may stand before a dot.
    var hasReceiver: Bool {
        switch self {
        case .mapEntry, .currentMonth, .currentDayOfMonth, .currentYear, .inSegment, .date: false
        default: true
        }
    }

    /// How many arguments it takes beside a receiver.
    var argumentCounts: ClosedRange<Int> {
        switch self {
        case .equals, .notEqualTo: 1...Int.max
        case .startsWith, .doesNotStartWith, .endsWith, .doesNotEndWith, .contains, .doesNotContain: 1...2
        case .regexGroup: 1...2
        case .matches, .intersects, .subsetOf, .supersetOf, .intersection, .includes, .get, .inSegment: 1...1
        case .groupBy, .filter, .map: 1...1
        case .mapEntry, .topN, .bottomN: 2...2
        case .sum, .average, .min, .max, .exists, .forall: 0...1
        case .date: 3...3
        case .distinct, .head, .count, .keys, .values, .isNull, .isNotNull, .getMonth, .getDayOfMonth, .getYear,
            .currentMonth, .currentDayOfMonth, .currentYear:
            0...0
        }
    }

    /// How a use of the function looks, for error messages.
    var example: String {
        switch self {
        case .equals, .notEqualTo: "tier.\(rawValue)(\"gold\")"
        case .startsWith, .doesNotStartWith, .endsWith, .doesNotEndWith, .contains, .doesNotContain:
            "mail.\(rawValue)(\"post\") or mail.\(rawValue)(\"post\", false)"
        case .matches: "mail.matches(\"^rosa\")"
        case .regexGroup: "mail.regexGroup(\"@(\\\\w+)\", 1)"
        case .intersects, .subsetOf, .supersetOf, .intersection: "tags.\(rawValue)([\"red\", \"teal\"])"
        case .includes: "tags.includes(\"red\")"
        case .groupBy: "orders.groupBy(shop)"
        case .filter: "orders.filter(amount > 50)"
        case .map: "orders.map((O) => O.amount)"
        case .mapEntry: "mapEntry(K, V)"
        case .topN, .bottomN: "orders.\(rawValue)(amount, 3)"
        case .sum, .average, .min, .max: "orders.\(rawValue)(amount)"
        case .exists, .forall: "orders.\(rawValue)(amount > 50)"
        case .get: "identityMap.get(\"Email\")"
        case .inSegment: "inSegment(\"id or name of an audience\")"
        case .date: "date(2026, 4, 1)"
        case .currentMonth, .currentDayOfMonth, .currentYear: "\(rawValue)()"
        case .distinct, .head, .count, .keys, .values, .isNull, .isNotNull, .getMonth, .getDayOfMonth, .getYear:
            "value.\(rawValue)()"
        }
    }

    /// The functions whose names resemble a mistaken one, best first; at most three.
    static func similar(to name: String) -> [String] {
        let wanted = Array(name.lowercased().utf8)
        guard wanted.count <= 40 else { return [] }
        return allCases.compactMap { function -> (distance: Int, name: String)? in
            let candidate = Array(function.rawValue.lowercased().utf8)
            let distance = editDistance(wanted, candidate)
            let isPart =
                wanted.count >= 3 && (PQLText.contains(candidate, wanted) || PQLText.contains(wanted, candidate))
            return distance <= Swift.max(1, candidate.count / 3) || isPart ? (distance, function.rawValue) : nil
        }
        .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
        .prefix(3)
        .map(\.name)
    }

    private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (leftIndex, leftByte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = leftIndex + 1
            for (rightIndex, rightByte) in right.enumerated() {
                let substituted = diagonal + (leftByte == rightByte ? 0 : 1)
                diagonal = row[rightIndex + 1]
                row[rightIndex + 1] = Swift.min(substituted, diagonal + 1, row[rightIndex] + 1)
            }
        }
        return row[right.count]
    }
}
