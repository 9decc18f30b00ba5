import ActivationCore

/// What is otherwise in one version of a schema than in the one before, and whether it breaks who reads by the latter
/// (BEHAVIOUR 3.20).
///
/// It compares what was written, so it tells of versions whose dataflow is long another; what stands in no schema, such as
/// the partition key, it cannot tell.
struct SchemaDifference: Sendable, Equatable {
    /// Changes that a consumer may fail on, with a JSON Pointer into messages.
    private(set) var breaking: [ContractDifference.Change] = []
    /// Changes that a consumer need not care about that leaves aside what it does not know.
    private(set) var compatible: [ContractDifference.Change] = []

    /// Members that describe a schema and say nothing of messages.
    private static let words: Set<String> = ["$id", "$comment", "$schema", "$defs", "title", "description"]
    /// Members that are compared one by one.
    private static let compared: Set<String> = [
        "type", "properties", "required", "additionalProperties", "items", "enum",
    ]

    /// Compares two schemas as ``MessageSchema`` writes them.
    init(from before: JSONValue, to after: JSONValue) {
        let (old, new) = (SchemaDifference.message(before), SchemaDifference.message(after))
        if old.isEnvelope != new.isEnvelope {
            let what = new.isEnvelope ? "messages stand in an envelope" : "messages stand alone, without an envelope"
            breaking.append(ContractDifference.Change(path: "", what: what))
            compare(old.profile, new.profile, [])
        } else {
            compare(before, after, [])
        }
        let (oldDefinitions, newDefinitions) = (before["$defs"]?.object ?? [:], after["$defs"]?.object ?? [:])
        for (name, definition) in oldDefinitions {
            guard let other = newDefinitions[name] else { continue }
            compare(definition, other, ["segmentMembership", "*", "*"])
        }
    }

    /// The schema of the profile in a message, and whether that stands in an envelope.
    private static func message(_ schema: JSONValue) -> (profile: JSONValue, isEnvelope: Bool) {
        guard let data = schema["properties"]?["data"]?["properties"]?["profile"],
            schema["properties"]?["specversion"] != nil
        else { return (schema, false) }
        return (data, true)
    }

    private mutating func compare(_ old: JSONValue, _ new: JSONValue, _ place: [String], isItem: Bool = false) {
        guard old != new else { return }
        let path = JSONPointer(tokens: place).text
        func change(_ what: String) -> ContractDifference.Change { ContractDifference.Change(path: path, what: what) }
        guard old["type"] == new["type"] else {
            breaking.append(change("has another type"))
            return
        }
        compareMembers(old, new, place)
        compareOthers(old, new, place)
        compareValues(old["enum"]?.array ?? [], new["enum"]?.array ?? [], path, isItem: isItem)
        if let oldItems = old["items"], let newItems = new["items"] {
            compare(oldItems, newItems, place + ["*"], isItem: true)
        }
        let keys = Set((old.object?.keys ?? []) + (new.object?.keys ?? []))
        let others = keys.subtracting(SchemaDifference.words).subtracting(SchemaDifference.compared)
        if others.contains(where: { old[$0] != new[$0] }) {
            breaking.append(change("is written otherwise"))
        }
    }

    private mutating func compareMembers(_ old: JSONValue, _ new: JSONValue, _ place: [String]) {
        /// A schema, and whether it is of this member alone; nil where it is not there or must not be.
        func schema(_ key: String, in object: JSONValue) -> (schema: JSONValue, isNamed: Bool)? {
            let named = object["properties"]?[key]
            guard let stated = named ?? object["additionalProperties"], stated != .bool(false) else { return nil }
            return (stated, named != nil)
        }
        let (oldKeys, newKeys) = (old["properties"]?.object?.keys ?? [], new["properties"]?.object?.keys ?? [])
        let (known, newKnown) = (Set(oldKeys.map { ByteKey($0) }), Set(newKeys.map { ByteKey($0) }))
        let (oldNeeds, newNeeds) = (SchemaDifference.needs(old), SchemaDifference.needs(new))
        for key in oldKeys + newKeys.filter({ !known.contains(ByteKey($0)) }) {
            let inner = place + [key]
            let path = JSONPointer(tokens: inner).text
            switch (schema(key, in: old), schema(key, in: new)) {
            case (nil, nil): break
            case (_?, nil): breaking.append(ContractDifference.Change(path: path, what: "is not sent any more"))
            case (nil, _?): compatible.append(ContractDifference.Change(path: path, what: "is sent as well"))
            case (let before?, let after?) where before.schema == after.schema: break
            // What was or is one of those without a name has become something of its own, or is that no more.
            case (let before?, let after?) where !before.isNamed && after.isNamed:
                compatible.append(ContractDifference.Change(path: path, what: "is sent as well"))
            case (let before?, let after?) where before.isNamed && !after.isNamed:
                breaking.append(ContractDifference.Change(path: path, what: "is not sent any more"))
            case (let before?, let after?):
                compare(before.schema, after.schema, inner)
            }
            if known.contains(ByteKey(key)), newKnown.contains(ByteKey(key)) {
                guard oldNeeds.contains(ByteKey(key)) != newNeeds.contains(ByteKey(key)) else { continue }
                if oldNeeds.contains(ByteKey(key)) {
                    breaking.append(ContractDifference.Change(path: path, what: "may be missing now"))
                } else {
                    compatible.append(ContractDifference.Change(path: path, what: "is always there now"))
                }
            }
        }
    }

    /// Compares what is said of members that have no name in the schema.
    private mutating func compareOthers(_ old: JSONValue, _ new: JSONValue, _ place: [String]) {
        func alternatives(_ schema: JSONValue) -> [JSONValue] {
            guard let others = schema["additionalProperties"], others != .bool(false) else { return [] }
            return others["anyOf"]?.array ?? [others]
        }
        let (before, after) = (alternatives(old), alternatives(new))
        guard before != after else { return }
        let path = JSONPointer(tokens: place + ["*"]).text
        if before.count == 1, after.count == 1 {
            compare(before[0], after[0], place + ["*"])
        } else if before.allSatisfy(after.contains) {
            compatible.append(ContractDifference.Change(path: path, what: "shows others as well"))
        } else {
            breaking.append(ContractDifference.Change(path: path, what: "does not show all others any more"))
        }
    }

    /// Compares what values there may be; a list may always have others in it.
    private mutating func compareValues(_ old: [JSONValue], _ new: [JSONValue], _ path: String, isItem: Bool) {
        let gone = old.filter { !new.contains($0) }
        let come = new.filter { !old.contains($0) }
        func words(_ values: [JSONValue]) -> String { values.map { $0.string ?? $0.text }.joined(separator: ", ") }
        if !gone.isEmpty {
            breaking.append(ContractDifference.Change(path: path, what: "is never \(words(gone)) any more"))
        }
        guard !come.isEmpty else { return }
        let change = ContractDifference.Change(path: path, what: "may be \(words(come)) as well")
        if isItem { compatible.append(change) } else { breaking.append(change) }
    }

    private static func needs(_ schema: JSONValue) -> Set<ByteKey> {
        Set((schema["required"]?.array ?? []).compactMap { $0.string.map { ByteKey($0) } })
    }
}
