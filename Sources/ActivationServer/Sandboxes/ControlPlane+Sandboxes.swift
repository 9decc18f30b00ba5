import ActivationCore
import ActivationEngine

extension ControlPlane {
    /// Sandboxes that there may be at the very most; Adobe's limit.
    public static let sandboxesMost = 75

    /// Asks for a sandbox; it can be used when its state is `active`.
    ///
    /// - Throws: `CONFLICT` for a name that there is, or when there are as many as there may be.
    func makeSandbox(
        _ draft: SandboxDraft,
        max: Int,
        by client: AuthenticatedClient
    ) async throws(APIError) -> Sandbox {
        try await write(by: client.author) { change throws(APIError) in
            guard change.snapshot.sandbox(named: draft.name) == nil else {
                throw APIError(
                    .conflict,
                    "there is a sandbox with this name already; names are never used twice at a time"
                )
            }
            guard change.snapshot.sandboxes.count < max else {
                throw APIError(
                    .conflict,
                    "there are \(max) sandboxes already; delete one first, or start with --sandboxes-max"
                )
            }
            let sandbox = Sandbox(
                id: change.makeID(),
                name: draft.name,
                title: draft.title,
                kind: draft.kind,
                state: .creating
            )
            try change.insert(.sandbox, id: sandbox.id, body: AuditTrail.created(sandbox.body, by: client))
            return sandbox
        }
    }

    /// Gives a sandbox another title.
    ///
    /// - Throws: `2100-404`.
    func renameSandbox(
        _ name: String,
        title: String,
        by client: AuthenticatedClient
    ) async throws(APIError) -> Sandbox {
        try await write(by: client.author) { change throws(APIError) in
            guard var sandbox = change.snapshot.sandbox(named: name) else { throw APIError.noSandbox }
            sandbox.title = title
            if let entry = change.snapshot.sandboxEntry(named: name) {
                let body = AuditTrail.updated(sandbox.body, from: entry, by: client)
                try change.replace(entry, body: body)
            } else if let organisation = change.snapshot.entries(.organisation).first {
                var body = organisation.body
                body["sandboxTitle"] = .string(title)
                try change.replace(organisation, body: body)
            }
            return sandbox
        }
    }

    /// Says that a sandbox is to be emptied or removed; roles let nobody into one that is to be removed.
    ///
    /// - Parameters:
    ///   - found: The sandbox, as it was found.
    ///   - state: `resetting` or `deleting`.
    ///   - isFailed: Whether it could not be opened.
    ///   - client: Who asks.
    /// - Returns: The sandbox.
    /// - Throws: `2100-404`, `CONFLICT` for the one that every organisation has or one that is not active.
    func end(
        sandbox found: Sandbox,
        as state: Sandbox.State,
        isFailed: Bool,
        by client: AuthenticatedClient
    ) async throws(APIError) -> Sandbox {
        try await write(by: client.author) { change throws(APIError) in
            try found.requireEndable(isFailed: isFailed)
            // Another one of the same name is not meant.
            guard let entry = change.snapshot.entry(.sandbox, found.id), var sandbox = Sandbox(entry) else {
                throw APIError.noSandbox
            }
            try sandbox.requireEndable(isFailed: isFailed)
            let name = sandbox.name
            sandbox.state = state
            try change.replace(entry, body: AuditTrail.updated(sandbox.body, from: entry, by: client))
            guard state == .deleting else { return sandbox }
            for role in change.snapshot.entries(.role) {
                guard let changed = Role(role)?.leaving(sandbox: name) else { continue }
                try change.replace(role, body: AuditTrail.updated(changed.body, from: role, by: client))
            }
            return sandbox
        }
    }

    /// Notes that a sandbox is what it was asked to be, unless something else was asked meanwhile.
    func noteActive(sandbox id: String, after state: Sandbox.State) async throws(APIError) {
        try await write(by: .server) { change throws(APIError) in
            guard let entry = change.snapshot.entry(.sandbox, id), var sandbox = Sandbox(entry),
                sandbox.state == state
            else { return }
            sandbox.state = .active
            var body = entry.body
            body["state"] = .string(sandbox.state.rawValue)
            try change.replace(entry, body: body)
        }
    }

    /// Forgets a sandbox of which nothing is left.
    func forget(sandbox id: String) async throws(APIError) {
        try await write(by: .server) { change throws(APIError) in
            guard let entry = change.snapshot.entry(.sandbox, id), Sandbox(entry)?.state == .deleting else { return }
            change.remove(entry)
        }
    }

    /// On a new sandbox makes what there has to be: whose it is and the default merge policy.
    ///
    /// - Throws: ``APIError`` when it cannot be stored.
    public func beginSandbox() async throws(APIError) {
        guard entries(.organisation).isEmpty else { return }
        let (orgID, sandbox) = (organisation.orgID, sandbox)
        try await write(by: .server) { draft throws(APIError) in
            try draft.insert(
                .organisation,
                body: [
                    "orgId": .string(orgID), "sandboxId": .string(sandbox.id), "sandboxName": .string(sandbox.name),
                ]
            )
            try draft.insert(.mergePolicy, body: ControlPlane.defaultMergePolicy)
        }
    }
}

extension Sandbox {
    /// Refuses to empty or remove what cannot be now.
    ///
    /// - Parameter isFailed: Whether it could not be opened; then it may be, whatever it was to become.
    /// - Throws: `CONFLICT`.
    func requireEndable(isFailed: Bool) throws(APIError) {
        guard !isDefault else {
            throw APIError(
                .conflict,
                "\(name) is the default sandbox, and what is the organisation's is with it: it is neither reset nor deleted"
            )
        }
        guard state == .active || isFailed else {
            throw APIError(.conflict, "the sandbox is \(state.rawValue); wait until it is active")
        }
    }
}

extension APIError {
    /// There is no such sandbox, or whoever asks may not know of it: both are told alike.
    static let noSandbox = APIError(
        .sandboxUnknown,
        "there is no sandbox of this name that you may use; GET /data/foundation/sandbox-management/ lists yours, and a "
            + "request that names none means \(Sandbox.defaultName)"
    )
}
