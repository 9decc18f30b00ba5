import ActivationCore
import Console

/// The fields of a target as a form: those of the kind, and those that targets of every kind have.
struct TargetForm: Sendable {
    /// How a field is typed and what comes of it.
    private enum Shape {
        case text
        case number
        case toggle(byDefault: Bool)
        case choice([String], byDefault: String?)
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

    /// The fields of a kind.
    init(_ spec: DestinationSpec) {
        let needed = (spec.target["required"]?.array ?? []).compactMap(\.string)
        let own = TargetForm.entries(spec.target["properties"]?.object ?? [:], required: needed)
        let common = TargetForm.entries(TargetOptions.schemas, required: [])
        let shown = ["includeSegmentNames", "includeSegmentTimestamps"]
        required = own.filter(\.isRequired)
        first = common.filter { shown.contains($0.key) }
        folded = own.filter { !$0.isRequired } + common.filter { !shown.contains($0.key) }
    }

    /// The labels of fields, by key.
    func label(of key: String) -> String? {
        (required + first + folded).first { $0.key == key }?.label
    }

    /// The keys, so that a mistake finds its field.
    var keys: [String] { (required + first + folded).map(\.key) }

    /// The fields that everybody sees, and those that are folded away.
    ///
    /// - Parameters:
    ///   - typed: What was typed before; nil = nothing, so the defaults show.
    ///   - suggestions: What may be typed in the first of them.
    ///   - mistakes: What is wrong.
    /// - Returns: The fields.
    func fields(
        _ typed: QueryItems?,
        suggestions: [String],
        _ mistakes: FormMistakes?
    ) -> (shown: [FormField], folded: [FormField]) {
        func field(_ entry: Entry, _ suggestions: [String] = []) -> FormField {
            let (kind, fallback): (FormField.Kind, String?) =
                switch entry.shape {
                case .text, .number: (suggestions.isEmpty ? .text() : .suggestion(suggestions), nil)
                case .toggle(let byDefault): (.toggle, byDefault ? "true" : nil)
                case .choice(let words, let byDefault):
                    (
                        .choice(
                            (byDefault == nil ? [(value: "", label: "as the server sees fit")] : [])
                                + words.map { (value: $0, label: $0) }
                        ), byDefault
                    )
                }
            return FormField(
                entry.key,
                entry.label,
                kind,
                value: typed.map { $0[entry.key] } ?? fallback,
                hint: entry.hint,
                error: mistakes?.text(of: entry.key),
                isOptional: !entry.isRequired
            )
        }
        return (
            required.map { field($0, $0.key == required.first?.key ? suggestions : []) } + first.map { field($0) },
            folded.map { field($0) }
        )
    }

    /// What was typed as `params` of a target connection; what is as it is by default is left out.
    ///
    /// - Throws: The mistakes that only a form can have.
    func params(_ typed: QueryItems) -> Result<JSONObject, TargetFormMistake> {
        var params: JSONObject = [:]
        for entry in required + first + folded {
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
            }
        }
        return .success(params)
    }

    private static func entries(_ properties: JSONObject, required: [String]) -> [Entry] {
        properties.keys.compactMap { key in
            guard let schema = properties[key], let shape = shape(of: schema) else { return nil }
            return Entry(
                key: key,
                label: schema["title"]?.string ?? words[key]?.label ?? key,
                hint: words[key]?.hint,
                shape: shape,
                isRequired: required.contains(key)
            )
        }
    }

    /// What a schema asks for; nil for what needs more than one field, which the API takes.
    private static func shape(of schema: JSONValue) -> Shape? {
        let words = (schema["enum"]?.array ?? []).compactMap(\.string)
        switch schema["type"]?.string {
        case "string": return words.isEmpty ? .text : .choice(words, byDefault: schema["default"]?.string)
        case "integer": return .number
        case "boolean": return .toggle(byDefault: schema["default"]?.bool ?? false)
        default: break
        }
        // The partition key: two words, or a choice that the API takes.
        let inner = (schema["anyOf"]?.array ?? []).compactMap { $0["enum"]?.array?.compactMap(\.string) }.first
        return inner.map { .choice($0, byDefault: schema["default"]?.string) }
    }

    /// The words for options that targets of every kind have (BEHAVIOUR 2.3).
    private static let words: [String: (label: String, hint: String)] = [
        "includeSegmentNames": ("Include segment names", "Each message names its audiences, beside their ids."),
        "includeSegmentTimestamps": (
            "Include segment timestamps", "Each message tells when audiences and mappings were made and changed."
        ),
        "suppressNoopAttributeUpdates": (
            "Only changed attributes", "A value that is written again without a change makes no message."
        ),
        "membershipScope": ("Memberships in messages", "Of which audiences a message tells beside the mapped ones."),
        "legacyExistingStatus": (
            "Status existing", "Members that stay are called existing, as older consumers know them."
        ),
        "namespaceCase": ("Case of namespaces", "How the symbols of namespaces are written."),
        "allowArraysAndMaps": ("Arrays and maps", "Mapped attributes may be arrays and maps."),
        "envelope": ("Envelope", "What stands around each message."),
        "partitionKey": ("Partition key", "What decides the shard. Order holds for each person either way."),
        "appendNewline": ("Newline at the end", "Each message ends with a newline."),
        "emitDeletes": ("Tell of deletions", "A deleted person is one more message."),
        "emitOnUnmap": ("Tell of unmapping", "Members of an audience that is taken out are one more message each."),
        "wire": ("Wire format", "How requests to the destination are written."),
        "retries": ("Tries", "How often a message is tried; nothing = until it is taken."),
        "region": ("Region of the stream", "If it is not the account's."),
        "stream": ("Stream", "Its name. It has to exist and be active."),
    ]
}

/// A mistake of a form before anything else looks at it.
struct TargetFormMistake: Error {
    var key: String
    var text: String
}
