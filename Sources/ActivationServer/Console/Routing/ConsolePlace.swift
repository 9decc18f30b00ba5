import ActivationCore
import Console

/// The sandbox that somebody looks at, and those they could go to.
struct ConsolePlace: Sendable, Hashable {
    /// The one they look at; nil = none that they may use.
    var current: Sandbox?
    /// Those that their roles let them use.
    var usable: [Sandbox]
    /// What their roles allow in the one they look at.
    var permissions: Set<Permission>

    /// The menu in the head of the page; nil where there is nothing to choose.
    var menu: PageFrame.SandboxMenu? {
        guard usable.count > 1 || current == nil && !usable.isEmpty else { return nil }
        return PageFrame.SandboxMenu(
            current: current?.title ?? "Choose a sandbox",
            others: usable.filter { $0.id != current?.id }.map {
                PageFrame.Crumb($0.title, "\(SandboxPages.root.path)/\($0.name)/use")
            }
        )
    }
}

extension ConsoleDesk {
    /// Where somebody is.
    ///
    /// - Parameters:
    ///   - user: Who.
    ///   - chosen: The name in their cookie; nil = they have not chosen any.
    /// - Returns: The sandbox that is shown to them, the others they may use.
    func place(of user: ConsoleUser, choosing chosen: String?) -> ConsolePlace {
        let snapshot = control.organisation.whole
        let roles = snapshot.roles(of: user)
        let usable = SandboxService(dependencies).sandboxes(ofRoles: roles)
        let name = chosen ?? Sandbox.defaultName
        let current = usable.first { $0.name.hasSameBytes(as: name) }
        return ConsolePlace(
            current: current,
            usable: usable,
            permissions: snapshot.permissions(of: roles, in: current?.name ?? Sandbox.defaultName)
        )
    }
}
