import ActivationEngine

/// Takes over what other nodes change of the configuration, as long as the server runs.
struct ConfigurationWatch {
    let dependencies: ServerDependencies

    private static let pause = Duration.milliseconds(250)

    /// Looks until it is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while (try? await Task.sleep(for: Self.pause)) != nil { await dependencies.control.follow() }
            }
            if dependencies.role == .follower, dependencies.control.sandbox.isDefault {
                // Beside it: to open a sandbox takes its time.
                group.addTask { await followSandboxes() }
            }
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
}
