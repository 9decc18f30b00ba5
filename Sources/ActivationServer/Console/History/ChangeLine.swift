import ActivationCore
import Console

/// One thing that a change made different, as people read it.
struct ChangeLine: Sendable, Equatable {
    /// What it is about: `Rule`, `Audience mapped`.
    let what: String
    /// What was there; nil = nothing, or a secret.
    let before: String?
    /// What is there now; nil = nothing, or a secret.
    let after: String?
    /// What is to be said beside it.
    let note: String?

    /// What a change made different.
    static func lines(of difference: ChangeDifference) -> [ChangeLine] {
        difference.parts.flatMap { ChangeLine.lines(of: $0) }
    }

    private static func lines(of part: ChangeDifference.Part) -> [ChangeLine] {
        let place = part.path.tokens
        if part.isSecret {
            return [ChangeLine(what: label(place), before: nil, after: nil, note: "another secret")]
        }
        if let fields = fieldLines(of: part) { return fields }
        // A whole mapping is told selector by selector.
        if place == ["transformations"], part.before?.bytes == nil, part.after?.bytes == nil {
            return selectors(part.before?.value, areNew: false) + selectors(part.after?.value, areNew: true)
        }
        if let selector = selector(at: place, part) { return [selector] }
        let sides = [part.before, part.after]
        // What is put in or taken out part by part begins or ends with nothing.
        if sides.compactMap({ $0 }).count == 1, sides.allSatisfy({ $0?.value.isEmptyHolder ?? true }) { return [] }
        let cut = sides.compactMap { $0?.bytes }.max()
        return [
            ChangeLine(
                what: label(place),
                before: part.before.map { text($0, at: place) },
                after: part.after.map { text($0, at: place) },
                note: cut.map { "only the beginning is kept of \(Figure.bytes(Int64($0)))" }
            )
        ]
    }

    /// What comes or goes with an object: how an account is reached and what a target is, field by field, and nothing of what
    /// goes without saying; nil for other parts.
    private static func fieldLines(of part: ChangeDifference.Part) -> [ChangeLine]? {
        let place = part.path.tokens
        guard (part.before == nil) != (part.after == nil), let side = part.after ?? part.before, side.bytes == nil
        else { return nil }
        if isPlain(side.value, at: place) { return [] }
        guard ["auth", "params"].contains(place.first), !side.value.isEmptyHolder else { return nil }
        return fields(of: side.value, at: place).filter { !isPlain(.string($0.text), at: $0.place) }.map { field in
            ChangeLine(
                what: label(field.place),
                before: part.after == nil ? field.text : nil,
                after: part.after == nil ? nil : field.text,
                note: nil
            )
        }
    }

    /// Whether it goes without saying that an object came or went with it.
    private static func isPlain(_ value: JSONValue, at place: [String]) -> Bool {
        let isMade = ["connectionSpec", "flowSpec", "data", "sourceConnectionIds", "targetConnectionIds"]
        return value == "" || place == ["auth", "specName"] || place.count == 1 && isMade.contains(place[0])
    }

    // MARK: Mappings

    private static let selectorLists = ["segmentSelectors", "profileSelectors"]

    private static func selectors(_ transformations: JSONValue?, areNew: Bool) -> [ChangeLine] {
        (transformations?.array ?? []).flatMap { transformation in
            selectorLists.flatMap { list in
                (transformation["params"]?[list]?["selectors"]?.array ?? []).map {
                    line(of: $0, in: list, isNew: areNew)
                }
            }
        }
    }

    /// A selector that was mapped or is mapped no more; nil for anything else.
    private static func selector(at place: [String], _ part: ChangeDifference.Part) -> ChangeLine? {
        guard place.count == 6, place[0] == "transformations", place[4] == "selectors",
            (part.before == nil) != (part.after == nil), let side = part.after ?? part.before, side.bytes == nil
        else { return nil }
        return line(of: side.value, in: place[3], isNew: part.after != nil)
    }

    private static func line(of selector: JSONValue, in list: String, isNew: Bool) -> ChangeLine {
        let value = selector["value"]
        let isAudience = list == "segmentSelectors"
        let name = value?[isAudience ? "name" : "path"]?.string ?? value?["id"]?.string ?? selector.text
        let word = isNew ? "mapped" : "mapped no more"
        return ChangeLine(
            what: isAudience ? "Audience \(word)" : "Attribute \(word)",
            before: isNew ? nil : name,
            after: isNew ? name : nil,
            note: isAudience ? nil : value?["exportOn"]?.string.map { "sent on \($0)" }
        )
    }

    // MARK: Words

    private static func fields(of value: JSONValue, at place: [String]) -> [(place: [String], text: String)] {
        guard let members = value.object else { return [(place, shown(value, at: place))] }
        return members.flatMap { fields(of: $0.value, at: place + [$0.key]) }
    }

    private static let instants = [["expireTime"], [SegmentDefinition.refreshedAt]]

    private static func text(_ side: ChangeDifference.Side, at place: [String]) -> String {
        if instants.contains(place), let time = side.value.int64.map({ Timestamp(milliseconds: $0) }) {
            return Instant(time, now: time).exact
        }
        return shown(side.value, at: place) + (side.bytes == nil ? "" : "…")
    }

    private static func shown(_ value: JSONValue, at place: [String]) -> String {
        AccountReport.shown(value.string ?? value.text, of: place.last ?? "")
    }

    private static let labels = [
        "name": "Name", "description": "Description", "state": "State", "expression": "Rule",
        "expression/value": "Rule", "mergePolicyId": "Merge policy", "marketingActions": "Marketing actions",
        "alerts": "Alerts", "baseConnectionId": "Account", "transformations": "Mapping",
        "password": "Password", "digest": "Secret", "sealedSecrets": "Credentials", "email": "E-mail address",
        "roles": "Roles", "revokedAt": "Revoked", "attributeMerge": "Which fact wins",
        "identityGraph": "Identities of a person", "default": "Default", "schedule": "Times",
        "ignoredValues": "Values that mean nobody", "wish": "Wanted", "lifecycleState": "State", "tags": "Tags",
        "ttlInDays": "Days that members stay", "expireTime": "Members exit", "edition": "Upload whose members count",
        "lastEdition": "Uploads that have begun", "refreshedAt": "Refreshed", "recordsPerSecond": "Records a second",
    ]

    /// What a place is called; the place itself where it has no name.
    private static func label(_ place: [String]) -> String {
        let path = place.joined(separator: "/")
        if let label = labels[path] { return label }
        for (start, word) in [(["params"], "Target"), (["auth", "params"], "Account")] {
            if place.count > start.count, place.starts(with: start) {
                return "\(word): \(place.dropFirst(start.count).joined(separator: "/"))"
            }
        }
        return path
    }
}

extension JSONValue {
    /// Whether it is an object or an array without content.
    fileprivate var isEmptyHolder: Bool { object?.isEmpty ?? array?.isEmpty ?? false }
}
