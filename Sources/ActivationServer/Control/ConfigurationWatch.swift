import ActivationEngine

/// Takes over what other nodes change of the configuration, as long as the server runs.
struct ConfigurationWatch {
    let dependencies: ServerDependencies

    private static let pause = Duration.milliseconds(250)

    /// Looks until it is cancelled.
    ///
    /// - Throws: When the node has to begin anew to follow.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await follow() }
            if dependencies.role == .follower, dependencies.control.sandbox.isDefault {
                // Beside it: to open a sandbox takes its time.
                group.addTask { await followSandboxes() }
            }
            try await group.waitForAll()
        }
    }

    private func follow() async throws {
        while (try? await Task.sleep(for: Self.pause)) != nil {
            await dependencies.control.follow()
            if dependencies.role == .follower, !dependencies.control.usesStoredTimeZone { throw OtherTimeZone() }
        }
    }

    private func followSandboxes() async {
        var seen = dependencies.control.version
        while (try? await Task.sleep(for: Self.pause)) != nil {
            let now = dependencies.control.version
            guard now != seen else { continue }
            seen = now
            await dependencies.sandboxes.follow(dependencies)
        }
    }

    private struct OtherTimeZone: Error, CustomStringConvertible {
        let description = "the node that leads counts days in another time zone now; start this one again to follow it"
    }
}
