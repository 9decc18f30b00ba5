import ActivationCore

/// What somebody wants a new sandbox to be.
struct SandboxDraft: Sendable {
    var name: String
    var title: String
    var kind: Sandbox.Kind

    private static let nameCharactersMax = 64

    /// Reads its members: `name`, `title` and `type`, all needed.
    ///
    /// - Throws: `FIELD_INVALID`.
    init(_ fields: Fields) throws(APIError) {
        name = try fields.requiredString("name", charactersMax: SandboxDraft.nameCharactersMax)
        title = try SandboxDraft.title(fields)
        guard let kind = Sandbox.Kind(rawValue: try fields.requiredString("type")) else {
            throw APIError(.fieldInvalid, "/type is development or production")
        }
        self.kind = kind
        let isName = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard isName, name.first != "-", name.last != "-", !name.isEmpty else {
            throw APIError(.fieldInvalid, "/name is made of a to z, 0 to 9 and, between them, hyphens; such as dev-2")
        }
    }

    /// Reads a title.
    ///
    /// - Throws: `FIELD_INVALID`.
    static func title(_ fields: Fields) throws(APIError) -> String {
        let title = try fields.requiredString("title", charactersMax: ServerLimits.nameCharactersMax)
        guard title.trimmingSpaces == title, !title.isEmpty, !title.contains(where: \.isNewline) else {
            throw APIError(.fieldInvalid, "/title is one line without blanks around it")
        }
        return title
    }
}
