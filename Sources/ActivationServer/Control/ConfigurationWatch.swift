import ActivationEngine

/// Takes over what other nodes change of the configuration, as long as the server runs.
struct ConfigurationWatch {
    let dependencies: ServerDependencies

    private static let pause = Duration.milliseconds(250)

    /// Looks until it is cancelled; ends at once where nobody else writes the store.
    func run() async {
        var seen = dependencies.control.version
        guard seen != nil else { return }
        while (try? await Task.sleep(for: Self.pause)) != nil {
            await dependencies.control.follow()
            // It may have been read by somebody else too.
            let now = dependencies.control.version
            guard now != seen else { continue }
            seen = now
            if dependencies.role == .follower, dependencies.control.sandbox.isDefault {
                await dependencies.sandboxes.follow(dependencies)
            }
        }
    }
}
