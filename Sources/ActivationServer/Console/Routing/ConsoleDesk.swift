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
        sessions = ConsoleSessions(control: dependencies.control, time: dependencies.time)
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
        return control.entry(.credential, trail)?.string("name").map { "\($0) (API)" } ?? trail
    }

    /// What an audience is called.
    func audienceName(_ id: String) -> String {
        control.entry(.segmentDefinition, id)?.string("name") ?? id
    }

    /// By which names browsers reach the console; known for certain once the port is.
    var origin: ConsoleOrigin { ConsoleOrigin(endpoint: dependencies.endpoint.value) }

    /// Somebody who is signed in, with what their roles allow now.
    func viewer(_ user: ConsoleUser, _ session: ConsoleSession) -> ConsoleViewer {
        ConsoleViewer(
            user: user,
            session: session,
            permissions: control.whole.permissions(of: user.roles),
            clearance: control.whole.clearance(of: user.roles),
            token: tokens.text(for: session.id)
        )
    }

    /// Whether the session of a request still is one of somebody with some permissions.
    func isLive(_ request: ConsoleRequest, with needed: Permission...) async -> Bool {
        guard let secret = ConsoleCookies(origin).session(of: request.request) else { return false }
        guard case .live(let user, let session) = await sessions.find(secret, isUse: false) else { return false }
        return viewer(user, session).permissions.isSuperset(of: needed)
    }
}
