import ActivationCore

/// A word for what may not be done with data, or who may see it (BEHAVIOUR 9.1).
struct UsageLabel: Sendable, Equatable {
    /// Whose word it is.
    enum Kind: String, Sendable, CaseIterable {
        /// One of those that everybody has.
        case core
        /// The organisation's own.
        case custom
    }

    var kind: Kind
    /// What policies, data and roles name it by; no two labels of either kind have the same.
    var name: String
    /// The group it is shown in, such as `Contract`.
    var category: String
    /// What people call it.
    var title: String
    /// What it means.
    var meaning: String

    /// Labels that the organisation may have of its own.
    static let customMax = 1_000
    /// Labels of one field, dataset, audience or role.
    static let perPlaceMax = 50
    /// What a name is made of.
    static let namePattern = "^[A-Za-z0-9_.-]{1,100}$"

    /// Whether a text can name a label.
    static func isName(_ text: String) -> Bool {
        1...100 ~= text.utf8.count
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "_.-".utf8.contains(byte)
                }
            }
    }

    /// The name as roles and audiences have it: `core/C2`.
    var prefixedName: String { "\(kind.rawValue)/\(name)" }

    /// The stored form of one of the organisation's own.
    var body: JSONObject {
        [
            "name": .string(name), "category": .string(category), "friendlyName": .string(title),
            "description": .string(meaning),
        ]
    }

    /// Reads a stored label; nil when it is none.
    init?(_ entry: ControlEntry) {
        guard entry.kind == .usageLabel else { return nil }
        self.init(
            .custom,
            entry.id,
            entry.string("category") ?? "Custom",
            entry.string("friendlyName") ?? entry.id,
            entry.string("description") ?? ""
        )
    }

    private init(_ kind: Kind, _ name: String, _ category: String, _ title: String, _ meaning: String) {
        self.kind = kind
        self.name = name
        self.category = category
        self.title = title
        self.meaning = meaning
    }

    /// Reads what somebody wants a label to be.
    ///
    /// - Parameters:
    ///   - fields: `name`, `category`, `friendlyName`, `description`.
    ///   - name: The name in the path.
    /// - Throws: `FIELD_INVALID`.
    init(_ fields: Fields, named name: String) throws(APIError) {
        guard UsageLabel.isName(name) else {
            throw APIError(.fieldInvalid, "a label is named by 1 to 100 letters, digits, _, . and -")
        }
        guard !UsageLabel.core.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
            throw APIError(.fieldInvalid, "every server has the label \(name); a label of your own has another name")
        }
        guard !["and", "or"].contains(name.lowercased()) else {
            throw APIError(.fieldInvalid, "and and or are words of conditions; a label has another name")
        }
        guard try fields.requiredString("name").hasSameBytes(as: name) else {
            throw APIError(.fieldInvalid, "/name is the name in the path")
        }
        let title = try fields.string("friendlyName") ?? name
        let category = try fields.string("category", charactersMax: 100) ?? "Custom"
        for (key, text) in [("friendlyName", title), ("category", category)] {
            guard text.trimmingSpaces == text, !text.isEmpty, !text.contains(where: \.isNewline) else {
                throw APIError(.fieldInvalid, "/\(key) is one line without blanks around it")
            }
        }
        self.init(.custom, name, category, title, try fields.string("description") ?? "")
    }
}

extension UsageLabel {
    /// Data with this label leaves by no dataflow at all, whatever its marketing actions and policies are.
    static let noExport = "C12"
    /// The label of audiences whose merge policy joins identities.
    static let joinedIdentities = "C10"

    /// The labels that everybody has, by Adobe's names.
    static let core: [UsageLabel] =
        [
            contract("C1", "Aggregated export", "May leave only in sums, not person by person."),
            contract("C2", "No third party", "May not be handed to a company that is not yours."),
            contract("C3", "No joining with names", "May not be joined with data that names a person directly."),
            contract("C4", "No targeting", "May not be used to target advertisements or content anywhere."),
            contract("C5", "No targeting across sites", "May not be used to target by interests across sites."),
            contract("C6", "No advertising on site", "May not be used for advertisements on your own sites."),
            contract("C7", "No content targeting on site", "May not be used to choose content on your own sites."),
            contract("C8", "No measurement", "May not be used to measure your own sites and applications."),
            contract("C9", "No data science", "May not be used to build or train models."),
            contract(
                joinedIdentities,
                "No joined identities",
                "Was found by joining identities, and may not be used where one identity alone is allowed."
            ),
            contract("C11", "No segment match", "May not be compared with a partner's audiences."),
            contract(noExport, "No export", "May not leave by any dataflow."),
        ] + [
            UsageLabel(.core, "I1", "Identity", "Names a person", "Names or reaches one person directly."),
            UsageLabel(.core, "I2", "Identity", "Points to a person", "Names a person only together with other data."),
            UsageLabel(.core, "S1", "Sensitive", "Precise place", "Says where somebody is to within 100 metres."),
            UsageLabel(.core, "S2", "Sensitive", "Broad place", "Says in which area somebody is."),
            UsageLabel(.core, "PSPD", "Sensitive", "Sensitive by leave", "Is sensitive, and may be held by contract."),
            UsageLabel(.core, "RHD", "Sensitive", "Health", "Is regulated data on health."),
            UsageLabel(.core, "Third-Party", "Partner", "From a partner", "Came from a partner."),
        ]

    private static func contract(_ name: String, _ title: String, _ meaning: String) -> UsageLabel {
        UsageLabel(.core, name, "Contract", title, meaning)
    }

    /// The name in a list of labels, without the prefix that it may have there.
    static func plainName(_ text: String) -> String {
        for kind in Kind.allCases where text.hasPrefix("\(kind.rawValue)/") {
            return String(text.dropFirst(kind.rawValue.count + 1))
        }
        return text
    }
}

extension ControlSnapshot {
    /// All labels: those that everybody has, then the organisation's own, oldest first.
    var labels: [UsageLabel] { UsageLabel.core + entries(.usageLabel).compactMap(UsageLabel.init) }

    /// The label with a name.
    func label(_ name: String) -> UsageLabel? {
        UsageLabel.core.first { $0.name.hasSameBytes(as: name) } ?? entry(.usageLabel, name).flatMap(UsageLabel.init)
    }

    /// Reads a list of labels.
    ///
    /// - Parameters:
    ///   - texts: Their names, with or without prefix.
    ///   - pointer: Where they stand.
    /// - Returns: The plain names, each once.
    /// - Throws: `FIELD_INVALID` for one that there is not, or for too many.
    func labelNames(_ texts: [String], at pointer: String) throws(APIError) -> [String] {
        var names: [String] = []
        for text in texts {
            let name = UsageLabel.plainName(text)
            guard let label = label(name) else {
                throw APIError(
                    .fieldInvalid,
                    "\(pointer): there is no label \"\(text.excerpt(100))\"; make it, or GET the lists to see all"
                )
            }
            if !names.contains(label.name) { names.append(label.name) }
        }
        guard names.count <= UsageLabel.perPlaceMax else {
            throw APIError(.fieldInvalid, "\(pointer) has at most \(UsageLabel.perPlaceMax) labels")
        }
        return names
    }

    /// The names of labels as roles and audiences have them.
    func prefixed(_ names: [String]) -> [JSONValue] {
        names.map { .string(label($0)?.prefixedName ?? "custom/\($0)") }
    }
}
