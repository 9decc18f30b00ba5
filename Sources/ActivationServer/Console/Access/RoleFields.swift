import ActivationCore
import Console

/// The roles of a user or credential as switches of a form.
enum RoleFields {
    private static let prefix = "role-"

    /// One switch for each role.
    ///
    /// - Parameters:
    ///   - roles: The roles that there are.
    ///   - chosen: The ids of those that are on.
    /// - Returns: The fields.
    static func fields(_ roles: [Role], chosen: [String]) -> [FormField] {
        roles.map { role in
            FormField(
                prefix + role.id,
                role.name,
                .toggle,
                value: chosen.contains(role.id) ? "true" : nil,
                hint: role.meaning.isEmpty ? nil : role.meaning,
                isOptional: true
            )
        }
    }

    /// The ids of the roles that are on in what was sent.
    static func chosen(_ roles: [Role], in form: QueryItems) -> [String] {
        roles.map(\.id).filter { form[prefix + $0] == "true" }
    }

    /// The names of roles, for a list.
    static func names(_ ids: [String], in snapshot: ControlSnapshot) -> String {
        ids.isEmpty ? "none" : ids.map { snapshot.role($0)?.name ?? "a role that is gone" }.joined(separator: ", ")
    }
}
