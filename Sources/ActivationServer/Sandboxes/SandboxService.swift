import ActivationCore

/// What people and programs do with sandboxes, over the API and at the console.
struct SandboxService: Sendable {
    private let dependencies: ServerDependencies

    private var control: ControlPlane { dependencies.control.organisation }
    private var desk: SandboxDesk { dependencies.sandboxes }

    /// - Parameter dependencies: What the default sandbox works with.
    init(_ dependencies: ServerDependencies) {
        self.dependencies = dependencies
    }

    /// All sandboxes, with what has become of them.
    var all: [Sandbox] { control.whole.sandboxes.map(desk.shown) }

    /// Those that somebody with some roles may use.
    func sandboxes(ofRoles roles: [String]) -> [Sandbox] {
        let snapshot = control.whole
        return all.filter { snapshot.admits(roles, to: $0.name) }
    }

    /// Those that a client may use.
    func sandboxes(of client: AuthenticatedClient) -> [Sandbox] {
        sandboxes(ofRoles: control.entry(.credential, client.clientID)?.roles ?? [])
    }

    /// A sandbox.
    ///
    /// - Throws: `2100-404`.
    func sandbox(named name: String) throws(APIError) -> Sandbox {
        guard let sandbox = control.whole.sandbox(named: name) else { throw APIError.noSandbox }
        return desk.shown(sandbox)
    }

    /// Makes a sandbox; it can be used when it is active.
    ///
    /// - Throws: `CONFLICT`.
    func make(_ draft: SandboxDraft, by client: AuthenticatedClient) async throws(APIError) -> Sandbox {
        let made = try await control.makeSandbox(draft, max: dependencies.sandboxesMax, by: client)
        desk.settleSoon(made.id, of: dependencies)
        return made
    }

    /// Whether a sandbox can be emptied or removed.
    ///
    /// - Parameters:
    ///   - name: The sandbox.
    ///   - isForced: Whether it may be sending.
    /// - Returns: The sandbox.
    /// - Throws: `2100-404`, `CONFLICT`, `SANDBOX_SENDS`.
    @discardableResult
    func check(toEnd name: String, isForced: Bool) throws(APIError) -> Sandbox {
        guard let sandbox = control.whole.sandbox(named: name) else { throw APIError.noSandbox }
        try sandbox.requireEndable(isFailed: desk.shown(sandbox).state == .failed)
        let sending = enabledDataflows(of: name)
        guard isForced || sending == 0 else {
            throw APIError(
                .sandboxSends,
                "\(sending) dataflows of the sandbox are enabled, and what waits for them would be lost; disable them and let "
                    + "them run empty, or repeat with ignoreWarnings=true"
            )
        }
        return sandbox
    }

    /// Dataflows of a sandbox that are enabled.
    func enabledDataflows(of name: String) -> Int {
        let flows = desk.world(named: name)?.dependencies.control.whole.entries(.flow) ?? []
        return flows.count { $0.string("state") == FlowState.enabled }
    }

    /// Empties or removes a sandbox.
    ///
    /// - Throws: As ``check(toEnd:isForced:)``.
    func end(
        _ name: String,
        as state: Sandbox.State,
        by client: AuthenticatedClient,
        isForced: Bool
    ) async throws(APIError) -> Sandbox {
        let found = try check(toEnd: name, isForced: isForced)
        let isFailed = desk.shown(found).state == .failed
        let ended = try await control.end(sandbox: found, as: state, isFailed: isFailed, by: client)
        desk.settleSoon(ended.id, of: dependencies)
        return ended
    }
}

extension APIErrorCode {
    static let sandboxSends = APIErrorCode("SANDBOX_SENDS", status: 409, title: "Sandbox has enabled dataflows")
}
