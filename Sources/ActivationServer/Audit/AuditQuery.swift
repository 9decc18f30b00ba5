import ActivationCore
import ActivationEngine

/// Which events of the audit log are asked for: every `property` of them, of each any of its values (BEHAVIOUR 7.5).
struct AuditQuery: Sendable, Equatable {
    /// What can be asked for.
    enum Property: String, Sendable, CaseIterable {
        case type
        case timestamp
        case status
        case action
        case user
        case assetType
        case assetId
        case assetName
        case requestId
        /// Headwater's own: api, console or server.
        case way
        /// Headwater's own: the address from which it came.
        case ipAddress
    }

    private struct Condition: Sendable, Equatable {
        var property: Property
        var values: [String]
    }

    /// The properties as they were written.
    let properties: [String]
    /// Whether the oldest come first.
    let isAscending: Bool
    private var conditions: [Condition] = []
    /// Instants that are asked for.
    private(set) var from: Int64 = .min
    private(set) var through: Int64 = .max

    /// Properties of one query.
    private static let propertiesMax = 20

    /// Reads a query.
    ///
    /// - Throws: `QUERY_INVALID`, saying what can be asked for.
    init(properties: [String], orderBy: String?) throws(APIError) {
        self.properties = properties
        switch orderBy {
        case nil, "-timestamp": isAscending = false
        case "timestamp", "+timestamp", " timestamp": isAscending = true
        default: throw APIError(.queryInvalid, "orderBy is -timestamp, which is the default, or timestamp")
        }
        guard properties.count <= AuditQuery.propertiesMax else {
            throw APIError(.queryInvalid, "a query has \(AuditQuery.propertiesMax) properties at most")
        }
        for text in properties { try add(text) }
    }

    private mutating func add(_ text: String) throws(APIError) {
        let name = text.prefix { !"=<>!".contains($0) }
        let symbol = text.dropFirst(name.count).prefix { "=<>!".contains($0) }
        let value = String(text.dropFirst(name.count + symbol.count))
        guard let property = Property(rawValue: String(name)), !value.isEmpty else {
            throw APIError(
                .queryInvalid,
                "property is <name>==<value>, or values with commas between, where the name is one of "
                    + Property.allCases.map(\.rawValue).joined(separator: ", ")
            )
        }
        guard property == .timestamp else {
            guard symbol == "==" else {
                throw APIError(.queryInvalid, "\(property.rawValue) is compared with == alone; timestamp with < and >")
            }
            let values = value.split(separator: ",").map(String.init)
            guard !values.isEmpty else { throw APIError(.queryInvalid, "\(property.rawValue) has no value") }
            conditions.append(Condition(property: property, values: values))
            return
        }
        guard let instant = AuditQuery.instant(value) else {
            throw APIError(
                .queryInvalid,
                "timestamp is compared with an instant such as 2026-11-27T09:00:00Z, a day or milliseconds since 1970"
            )
        }
        switch symbol {
        case ">": from = max(from, instant &+ 1)
        case ">=": from = max(from, instant)
        case "<": through = min(through, instant &- 1)
        case "<=": through = min(through, instant)
        case "==": (from, through) = (max(from, instant), min(through, instant))
        default: throw APIError(.queryInvalid, "timestamp is compared with <, <=, >, >= or ==")
        }
    }

    private static func instant(_ text: String) -> Int64? {
        if let number = Int64(text) { return number }
        let text = text.hasSuffix("+0000") ? "\(text.dropLast(5))Z" : text
        return (Timestamp(rfc3339: text) ?? Timestamp(rfc3339: "\(text)T00:00:00Z"))?.milliseconds
    }

    // MARK: What passes

    /// Whether an event is asked for.
    func matches(_ event: AuditEvent) -> Bool {
        let at = event.change.changedAt.milliseconds
        return from <= at && at <= through && conditions.allSatisfy { AuditQuery.matches(event, $0) }
    }

    private static func matches(_ event: AuditEvent, _ condition: Condition) -> Bool {
        let change = event.change
        func isAnyOf(_ found: [String]) -> Bool {
            found.contains { found in condition.values.contains { $0.lowercased() == found.lowercased() } }
        }
        func isOneOf(_ found: String?) -> Bool {
            condition.values.contains { value in found.map { $0.hasSameBytes(as: value) } ?? false }
        }
        switch condition.property {
        case .type: return isAnyOf(["Core"])
        case .timestamp: return true
        case .status: return isAnyOf([event.status])
        case .action: return isAnyOf(event.actions + (change.action == .update ? ["Update"] : []))
        case .user: return isOneOf(change.author.name)
        case .assetType: return isAnyOf([event.assetType])
        case .assetId: return isOneOf(change.id)
        case .assetName: return isOneOf(change.name)
        case .requestId: return isOneOf(change.author.requestID)
        case .way: return isAnyOf([change.author.way.rawValue])
        case .ipAddress: return isOneOf(change.author.sender)
        }
    }

    /// What the store can look for by an index; the rest is looked at one by one.
    func request(_ scope: Scope, before: Int64, limit: Int) -> ConfigurationChangesRequest {
        func single(_ property: Property) -> String? {
            conditions.first { $0.property == property && $0.values.count == 1 }?.values[0]
        }
        return ConfigurationChangesRequest(
            scope: scope,
            objects: single(.assetId).map { [ConfigurationChange.Object(id: $0)] },
            author: single(.user),
            actions: single(.action).flatMap(AuditQuery.action).map { [$0] },
            before: before,
            limit: limit
        )
    }

    /// The action that a word stands for alone.
    private static func action(_ word: String) -> ConfigurationChange.Action? {
        switch word.lowercased() {
        case "create": .create
        case "delete": .delete
        case "sign in": .signIn
        case "sign out": .signOut
        case "access": .refuse
        case "reveal": .reveal
        case "view": .view
        case "export": .export
        case "erase": .erase
        default: nil
        }
    }
}
