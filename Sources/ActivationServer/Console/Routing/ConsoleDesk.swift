import ActivationCore
import ActivationEngine

/// What the console's pages work with: the services that the API's routes stand on, and who is signed in.
struct ConsoleDesk: Sendable {
    let dependencies: ServerDependencies
    let sessions: ConsoleSessions
    let passwords: PasswordDesk
    let tokens: FormToken
    let limit = SignInLimit()
    let reveals: ValueReveals
    let readers = LiveReaders()
    let submissions = SubmittedForms()

    init(_ dependencies: ServerDependencies) {
        self.dependencies = dependencies
        sessions = ConsoleSessions(control: dependencies.control.organisation, time: dependencies.time)
        passwords = PasswordDesk(cost: dependencies.passwordCost)
        reveals = ValueReveals(control: dependencies.control, logger: dependencies.logger)
        tokens = FormToken(keys: dependencies.keys)
    }

    var control: ControlPlane { dependencies.control }
    var dataflows: DataflowService { DataflowService(dependencies: dependencies) }
    var connections: ConnectionService { ConnectionService(dependencies: dependencies) }

    /// Who somebody is that stands in an object's trail: a user by e-mail address, a client of the API by its name.
    func name(of trail: String?) -> String {
        guard let trail else { return "–" }
        return control.organisation.entry(.credential, trail)?.string("name").map { "\($0) (API)" } ?? trail
    }

    /// What an audience is called.
    func audienceName(_ id: String) -> String {
        control.entry(.segmentDefinition, id)?.string("name") ?? id
    }

    /// By which names browsers reach the console; known for certain once the port is.
    var origin: ConsoleOrigin { ConsoleOrigin(endpoint: dependencies.endpoint.value) }

    /// Somebody who is signed in, with what their roles allow now.
    ///
    /// - Parameters:
    ///   - user: Who.
    ///   - session: In which session.
    ///   - chosen: The sandbox in their cookie; nil = they have not chosen any.
    /// - Returns: The viewer of pages of this sandbox.
    func viewer(_ user: ConsoleUser, _ session: ConsoleSession, in chosen: String? = nil) -> ConsoleViewer {
        let access = control.access(of: control.organisation.whole.roles(of: user))
        let place = place(of: user, choosing: chosen)
        return ConsoleViewer(
            user: user,
            session: session,
            permissions: access.permissions,
            clearance: access.clearance,
            token: tokens.text(for: formOwner(session, in: place.current?.name ?? control.sandbox.name)),
            place: place
        )
    }

    /// Whose forms of a session are in a sandbox: one that was drawn in another is not taken.
    private func formOwner(_ session: ConsoleSession, in sandbox: String) -> String {
        sandbox.hasSameBytes(as: Sandbox.defaultName) ? session.id : "\(session.id) \(sandbox)"
    }

    /// Whether a form of a session carries its token.
    ///
    /// - Parameters:
    ///   - token: What it carries.
    ///   - session: The session.
    ///   - path: Where it was sent; what is the organisation's is sent from pages of any sandbox.
    /// - Returns: Whether it does.
    func isToken(_ token: String?, of session: ConsoleSession, at path: String) -> Bool {
        guard OrganisationPaths.contains(path) else {
            return tokens.isValid(token, for: formOwner(session, in: control.sandbox.name))
        }
        return control.organisation.whole.sandboxes.contains {
            tokens.isValid(token, for: formOwner(session, in: $0.name))
        }
    }

    /// Whether the session of a request still is one of somebody with some permissions, who may see what they could.
    func isLive(_ request: ConsoleRequest, with needed: Permission...) async -> Bool {
        guard let secret = ConsoleCookies(origin).session(of: request.request) else { return false }
        guard case .live(let user, let session) = await sessions.find(secret, isUse: false) else { return false }
        let viewer = viewer(user, session)
        // Who may see less or more than at the beginning asks again.
        return viewer.clearance == request.viewer?.clearance && viewer.permissions.isSuperset(of: needed)
    }
}
