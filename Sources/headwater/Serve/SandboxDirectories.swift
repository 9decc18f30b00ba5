import ActivationCore
import ActivationEngine
import ActivationServer
import Glibc
import Logging

/// Keeps each sandbox beside the default one in a directory of its own, `sandboxes/ID` in the server's (docs/decisions/0055).
struct SandboxDirectories: SandboxStore {
    let parts: SandboxParts
    let logger: Logger

    /// The directory of the sandboxes in a server's.
    static let name = "sandboxes"

    /// How the directory of a sandbox is named while it is removed.
    static func leaving(_ id: String) -> String { "\(id).going" }

    private var root: String { "\(parts.settings.directory)/\(SandboxDirectories.name)" }

    private func directory(_ sandbox: Sandbox) throws(CommandFailure) -> String {
        // It becomes a path, and what is at it can be removed.
        guard UUIDBytes(sandbox.id) != nil else {
            throw CommandFailure(.badInput, "the sandbox \(sandbox.name) has an id that is no UUID")
        }
        return "\(root)/\(sandbox.id)"
    }

    func open(
        _ sandbox: Sandbox,
        isNew: Bool,
        of organisation: ServerDependencies
    ) async throws -> OpenedSandbox {
        let directory = try directory(sandbox)
        // A node may serve a sandbox that was made while another one did.
        if isNew || parts.settings.database != nil {
            try PrivateTree.make(root)
            try PrivateTree.make(directory)
            try PrivateTree.synchronize(root)
            try PrivateTree.synchronize(parts.settings.directory)
        } else if !PrivateTree.exists("\(directory)/\(BackupContents.database)") {
            // An empty one in its place would be a loss that nobody is told of.
            throw CommandFailure(
                .badInput,
                "\(directory) has no database; put the directory back from a backup, or delete the sandbox"
            )
        }
        var logger = logger
        logger[metadataKey: "sandbox"] = "\(sandbox.name)"
        let store = try await StoreOpener(parts.settings).open(directory, sandbox: sandbox, isNew: isNew, logger)
        do {
            let control = try await ControlPlane(
                store: store.storage,
                sandbox: sandbox,
                of: organisation.control,
                keys: parts.keys,
                time: parts.time,
                logger: logger
            )
            if parts.settings.role == .leader { try await control.beginSandbox() }
            let (engine, dependencies) = try await parts.assemble(
                directory,
                store,
                control,
                of: organisation,
                logger
            )
            return OpenedSandbox(dependencies: dependencies, engine: engine) { try await store.close() }
        } catch {
            try? await store.close()
            throw error
        }
    }

    func erase(_ sandbox: Sandbox) async throws {
        let directory = try directory(sandbox)
        try await StoreOpener(parts.settings).erase(sandbox)
        // Under another name first: what was removed in part is no store any more.
        let going = SandboxDirectories.leaving(directory)
        try PrivateTree.remove(going)
        guard PrivateTree.exists(directory) else { return }
        guard rename(directory, going) == 0 else { throw PrivateTree.failure("move away", directory) }
        try PrivateTree.synchronize(root)
        try PrivateTree.remove(going)
        try PrivateTree.synchronize(root)
    }
}
