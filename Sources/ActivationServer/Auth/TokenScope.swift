/// What an access token is narrowed to (RFC 6749, 3.3; BEHAVIOUR 8.4).
///
/// A token without one does what its credential's roles allow; one with it does of that what its scope names. Scopes of others,
/// such as Adobe's clients ask for, narrow nothing.
struct TokenScope: Sendable, Hashable {
    /// What it names, and what comes with that.
    let permissions: Set<Permission>
    /// As a token and an answer have it: names with a space between them.
    let text: String

    /// What our names begin with.
    static let prefix = "headwater:"
    /// What is taken for a name of ours that is written wrongly, so that a slip widens nothing.
    private static let word = "headwater"

    /// The name of a permission among scopes.
    static func name(of permission: Permission) -> String { prefix + permission.apiName }

    /// The scope that names some permissions.
    init(_ permissions: Set<Permission>) {
        self.permissions = permissions.completed
        text = permissions.listed.map(TokenScope.name).joined(separator: " ")
    }

    /// Reads what a client asks for, with spaces or commas between the names; nil when none of them is ours.
    ///
    /// - Throws: `invalid_scope` for one that is said to be ours and that there is not.
    init?(asked text: String) throws(APIError) {
        let names = TokenScope.names(text).filter { $0.lowercased().hasPrefix(TokenScope.word) }
        guard !names.isEmpty else { return nil }
        var permissions: Set<Permission> = []
        for name in names {
            guard let permission = TokenScope.permission(name) else {
                throw TokenRoutes.refusal(
                    "invalid_scope",
                    "there is no scope \(TokenScope.told(name)); /openapi.json lists them at securitySchemes, and headwater "
                        + "credentials scopes does",
                    status: 400
                )
            }
            permissions.insert(permission)
        }
        self.init(permissions)
    }

    /// Reads what a token of ours carries; a name that there is no more allows nothing.
    init(carried text: String) {
        self.init(Set(TokenScope.names(text).compactMap(TokenScope.permission)))
    }

    private static func names(_ text: String) -> [Substring] { text.split { $0 == " " || $0 == "," } }

    private static func permission(_ name: Substring) -> Permission? {
        guard name.hasPrefix(prefix) else { return nil }
        return Permission(apiName: String(name.dropFirst(prefix.count)))
    }

    /// A name with the characters that an error's description may have (RFC 6749, 5.2).
    private static func told(_ name: Substring) -> String {
        let characters = name.unicodeScalars.map { scalar in
            ("!"..."~").contains(scalar) && scalar != "\"" && scalar != "\\" ? Character(scalar) : "?"
        }
        return String(characters).excerpt(64)
    }
}
