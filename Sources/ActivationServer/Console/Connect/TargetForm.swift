import ActivationCore
import Console

/// The fields of a target as a form: those of the kind, and those that targets of every kind have.
struct TargetForm: Sendable {
    /// Which of them.
    enum Part: Sendable {
        /// All.
        case all
        /// What decides when a record is made, what it shows of memberships, and how it is wrapped and spread.
        case when
        /// All others.
        case settings
    }

    /// How a field is typed and what comes of it.
    private enum Shape {
        case text
        case number
        case toggle(byDefault: Bool)
        case choice([String], byDefault: String?)
        /// A list of words, each on by default.
        case words([String])
        /// One of some words, or one of these keys with a text.
        case choiceWithText([String], keys: [String])
        /// One of these keys with a list of texts, or nothing.
        case lists([String])
    }

    private struct Entry {
        var key: String
        var label: String
        var hint: String?
        var shape: Shape
        var isRequired: Bool
    }

    private let required: [Entry]
    private let first: [Entry]
    private let folded: [Entry]

    /// What decides when a record is made.
    private static let whenKeys = [
        "triggers", "suppressNoopAttributeUpdates", "membershipScope", "envelope", "partitionKey",
    ]

    /// The fields of a kind.
    init(_ spec: DestinationSpec, _ part: Part = .all) {
        let needed = (spec.target["required"]?.array ?? []).compactMap(\.string)
        let own = TargetForm.entries(spec.target["properties"]?.object ?? [:], required: needed)
        let common = TargetForm.entries(TargetOptions.schemas, required: []).filter { entry in
            switch part {
            case .all: true
            case .when: TargetForm.whenKeys.contains(entry.key)
            case .settings: !TargetForm.whenKeys.contains(entry.key)
            }
        }
        guard part != .when else {
            (required, first, folded) = ([], common, [])
            return
        }
        let shown = ["includeSegmentNames", "includeSegmentTimestamps"]
        required = own.filter(\.isRequired)
        first = common.filter { shown.contains($0.key) }
        folded = own.filter { !$0.isRequired } + common.filter { !shown.contains($0.key) }
    }

    private var all: [Entry] { required + first + folded }

    /// The labels of fields, by key, so that a mistake finds its field.
    var labels: [(key: String, label: String)] { all.map { ($0.key, $0.label) } }

    /// The names of the form's fields with their labels.
    var fieldLabels: [(name: String, label: String)] {
        all.flatMap { entry in TargetForm.fields(of: entry, nil, [], nil).map { ($0.name, $0.label) } }
    }

    /// The fields that everybody sees, and those that are folded away.
    ///
    /// - Parameters:
    ///   - typed: What was typed before; nil = nothing, so the defaults show.
    ///   - suggestions: What may be typed in the first of them.
    ///   - mistakes: What is wrong.
    /// - Returns: The fields.
    func fields(
        _ typed: QueryItems?,
        suggestions: [String] = [],
        _ mistakes: FormMistakes?
    ) -> (shown: [FormField], folded: [FormField]) {
        func fields(_ entries: [Entry]) -> [FormField] {
            entries.flatMap { entry in
                let offered = entry.key == required.first?.key ? suggestions : []
                return TargetForm.fields(of: entry, typed, offered, mistakes)
            }
        }
        return (fields(required + first), fields(folded))
    }

    private static func fields(
        of entry: Entry,
        _ typed: QueryItems?,
        _ suggestions: [String],
        _ mistakes: FormMistakes?
    ) -> [FormField] {
        let error = mistakes?.text(of: entry.key)
        func field(
            _ name: String,
            _ label: String,
            _ kind: FormField.Kind,
            byDefault: String? = nil,
            hint: String? = nil,
            error: String? = nil
        ) -> FormField {
            // One of several is always chosen.
            let isChoice = if case .choice = kind { true } else { false }
            return FormField(
                name,
                label,
                kind,
                value: typed.map { $0[name] } ?? byDefault,
                hint: hint,
                error: error,
                isOptional: !entry.isRequired && !isChoice
            )
        }
        func main(_ kind: FormField.Kind, byDefault: String? = nil) -> FormField {
            field(entry.key, entry.label, kind, byDefault: byDefault, hint: entry.hint, error: error)
        }
        switch entry.shape {
        case .text, .number: return [main(suggestions.isEmpty ? .text() : .suggestion(suggestions))]
        case .toggle(let byDefault): return [main(.toggle, byDefault: byDefault ? "true" : nil)]
        case .choice(let words, let byDefault):
            let none = byDefault == nil ? [(value: "", label: "as the server sees fit")] : []
            return [main(.choice(none + words.map { (value: $0, label: label(of: $0)) }), byDefault: byDefault)]
        case .words(let words):
            return words.enumerated().map { index, word in
                field(
                    index == 0 ? entry.key : "\(entry.key).\(word)",
                    "\(entry.label): \(label(of: word))",
                    .toggle,
                    byDefault: "true",
                    hint: self.words[word]?.hint,
                    error: index == 0 ? error : nil
                )
            }
        case .choiceWithText(let words, let keys):
            let choices = (words + keys).map { (value: $0, label: label(of: $0)) }
            return [
                main(.choice(choices), byDefault: words.first),
                field("\(entry.key).of", "\(entry.label): namespace or path", .text(), hint: self.words["of"]?.hint),
            ]
        case .lists(let keys):
            let choices = [(value: "", label: "all")] + keys.map { (value: $0, label: label(of: $0)) }
            return [
                main(.choice(choices), byDefault: ""),
                field("\(entry.key).of", "\(entry.label): which", .text(), hint: self.words["list"]?.hint),
            ]
        }
    }

    /// What was typed as `params` of a target connection; what is as it is by default is left out.
    ///
    /// - Parameter typed: The form.
    /// - Returns: The members, or the mistake that only a form can have.
    func params(_ typed: QueryItems) -> Result<JSONObject, TargetFormMistake> {
        var params: JSONObject = [:]
        for entry in all {
            let text = typed[entry.key] ?? ""
            switch entry.shape {
            case .text:
                if !text.isEmpty { params[entry.key] = .string(text) }
            case .number:
                guard !text.isEmpty else { continue }
                guard let number = Int64(text) else {
                    return .failure(TargetFormMistake(key: entry.key, text: "Type a whole number, or nothing."))
                }
                params[entry.key] = .integer(number)
            case .toggle(let byDefault):
                if (text == "true") != byDefault { params[entry.key] = .bool(text == "true") }
            case .choice(_, let byDefault):
                if !text.isEmpty, text != byDefault { params[entry.key] = .string(text) }
            case .words(let words):
                let chosen = words.enumerated().filter { index, word in
                    typed[index == 0 ? entry.key : "\(entry.key).\(word)"] == "true"
                }
                guard !chosen.isEmpty else {
                    return .failure(TargetFormMistake(key: entry.key, text: "Choose at least one of them."))
                }
                if chosen.count < words.count { params[entry.key] = .array(chosen.map { .string($0.element) }) }
            case .choiceWithText(let words, let keys):
                let name = (typed["\(entry.key).of"] ?? "").trimmingSpaces
                if keys.contains(text) {
                    params[entry.key] = .object([text: .string(name)])
                } else if !text.isEmpty, text != words.first {
                    params[entry.key] = .string(text)
                }
            case .lists(let keys):
                guard keys.contains(text) else { continue }
                let names = (typed["\(entry.key).of"] ?? "").split(separator: ",").map { String($0).trimmingSpaces }
                params[entry.key] = .object([text: .array(names.filter { !$0.isEmpty }.map { .string($0) })])
            }
        }
        return .success(params)
    }

    /// Members as this form would hold them.
    func typed(_ params: JSONObject) -> QueryItems {
        var items: [(name: String, value: String)] = []
        for entry in all {
            let value = params[entry.key]
            switch entry.shape {
            case .text: items.append((entry.key, value?.string ?? ""))
            case .number: items.append((entry.key, value?.int64.map { String($0) } ?? ""))
            case .toggle(let byDefault): items.append((entry.key, value?.bool ?? byDefault ? "true" : ""))
            case .choice(_, let byDefault): items.append((entry.key, value?.string ?? byDefault ?? ""))
            case .words(let words):
                let chosen = value?.array?.compactMap(\.string) ?? words
                for (index, word) in words.enumerated() {
                    let name = index == 0 ? entry.key : "\(entry.key).\(word)"
                    items.append((name, chosen.contains(word) ? "true" : ""))
                }
            case .choiceWithText(let words, let keys):
                let key = keys.first { value?[$0] != nil }
                items.append((entry.key, key ?? value?.string ?? words.first ?? ""))
                items.append(("\(entry.key).of", key.flatMap { value?[$0]?.string } ?? ""))
            case .lists(let keys):
                let key = keys.first { value?[$0] != nil }
                let names = key.flatMap { value?[$0]?.array?.compactMap(\.string) } ?? []
                items.append((entry.key, key ?? ""))
                items.append(("\(entry.key).of", names.joined(separator: ", ")))
            }
        }
        return QueryItems(items)
    }

    /// Members with what this form says in place of what they said about its fields.
    func applied(_ typed: JSONObject, to params: JSONObject) -> JSONObject {
        var result = params
        for entry in all { result[entry.key] = typed[entry.key] }
        return result
    }

    private static func entries(_ properties: JSONObject, required: [String]) -> [Entry] {
        properties.keys.compactMap { key in
            guard let schema = properties[key], let shape = shape(of: schema) else { return nil }
            return Entry(
                key: key,
                label: schema["title"]?.string ?? label(of: key),
                hint: words[key]?.hint,
                shape: shape,
                isRequired: required.contains(key)
            )
        }
    }

    /// What a schema asks for; nil for what no form is made for, which the API takes.
    private static func shape(of schema: JSONValue) -> Shape? {
        let words = words(of: schema)
        switch schema["type"]?.string {
        case "string": return words.isEmpty ? .text : .choice(words, byDefault: schema["default"]?.string)
        case "integer": return .number
        case "boolean": return .toggle(byDefault: schema["default"]?.bool ?? false)
        case "array": return schema["items"].map { .words(TargetForm.words(of: $0)) }
        case "object": return .lists(schema["properties"]?.object?.keys ?? [])
        default: break
        }
        let parts = schema["anyOf"]?.array ?? []
        let inner = parts.map(TargetForm.words(of:)).first { !$0.isEmpty }
        let keys = parts.compactMap { $0["properties"]?.object?.keys }.first ?? []
        return inner.map { .choiceWithText($0, keys: keys) }
    }

    private static func words(of schema: JSONValue) -> [String] {
        (schema["enum"]?.array ?? []).compactMap(\.string)
    }

    private static func label(of word: String) -> String { words[word]?.label ?? word }

    /// The words for options that targets of every kind have (BEHAVIOUR 2.3), and for what can be chosen in them.
    private static let words: [String: (label: String, hint: String?)] = [
        "includeSegmentNames": ("Include segment names", "Each message names its audiences, beside their ids."),
        "includeSegmentTimestamps": (
            "Include segment timestamps", "Each message tells when audiences and mappings were made and changed."
        ),
        "triggers": ("Send on", nil),
        "membership": ("membership", "Somebody enters or leaves a mapped audience."),
        "identity": ("identity", "A member gets an identity or loses one."),
        "attribute": ("attribute", "A message names a mapped attribute of a member."),
        "suppressNoopAttributeUpdates": (
            "Only changed attributes", "A value that is written again without a change makes no message."
        ),
        "membershipScope": ("Memberships in messages", "Of which audiences a message tells beside the mapped ones."),
        "sameMergePolicy": ("mapped audiences, and others of the merge policy", nil),
        "mapped": ("mapped audiences", nil),
        "changed": ("only what changed", nil),
        "legacyExistingStatus": (
            "Status existing", "Members that stay are called existing, as older consumers know them."
        ),
        "namespaceCase": ("Case of namespaces", "How the symbols of namespaces are written."),
        "lower": ("lower case", nil),
        "asDefined": ("as they were defined", nil),
        "identityNamespaces": ("Identities in messages", "Whose identities a message shows."),
        "allow": ("only those of these namespaces", nil),
        "deny": ("all but those of these namespaces", nil),
        "list": ("", "Symbols of namespaces with commas between them; not for all."),
        "externalAudienceNamespace": (
            "Namespace of external audiences",
            "What uploaded and pushed audiences stand under in messages; nothing = each under its own."
        ),
        "allowArraysAndMaps": ("Arrays and maps", "Mapped attributes may be arrays and maps."),
        "envelope": ("Envelope", "What stands around each message."),
        "none": ("nothing", nil),
        "cloudevents": ("CloudEvents 1.0", nil),
        "partitionKey": ("Partition key", "What decides the shard. Order holds for each person either way."),
        "profile": ("the profile's id", nil),
        "random": ("random", nil),
        "namespace": ("an identity of a namespace", nil),
        "of": ("", "Such as Email, or person.gender; not for the others."),
        "appendNewline": ("Newline at the end", "Each message ends with a newline."),
        "emitDeletes": ("Tell of deletions", "A deleted person is one more message."),
        "emitOnUnmap": ("Tell of unmapping", "Members of an audience that is taken out are one more message each."),
        "wire": ("Wire format", "How requests to the destination are written."),
        "aggregate": (
            "Aggregate",
            "Messages of a person that wait for each other go as one record, as AWS's producer library packs "
                + "them. It saves money; every consumer has to unpack them."
        ),
        "retries": ("Tries", "How often a message is tried again; nothing = until it is taken."),
        "region": ("Region of the stream", "If it is not the account's."),
        "stream": ("Stream", "Its name, or its ARN when another AWS account shares it. It has to exist and be active."),
    ]
}

/// A mistake of a form before anything else looks at it.
struct TargetFormMistake: Error {
    var key: String
    var text: String
}
