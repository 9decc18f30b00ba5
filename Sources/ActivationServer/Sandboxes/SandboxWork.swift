import ActivationEngine
import Logging
import ServiceLifecycle

/// What a sandbox does beside its engine as long as it serves: configuration, uploads, privacy jobs, schedules, alerts, figures.
struct SandboxWork: Service {
    let dependencies: ServerDependencies
    /// Serves; when it returns the rest ends.
    let serve: @Sendable () async throws -> Void

    init(_ dependencies: ServerDependencies, serving serve: @escaping @Sendable () async throws -> Void) {
        self.dependencies = dependencies
        self.serve = serve
    }

    /// Gives the engine its configuration, then works until what serves returns; the engine must be running too.
    ///
    /// A follower serves, and keeps to what the leader changes.
    func run() async throws {
        try await dependencies.control.connect(to: dependencies.engine, as: dependencies.role)
        do {
            switch dependencies.role {
            case .leader: try await lead()
            case .follower: try await work()
            }
        } catch {
            await finish()
            throw error
        }
        await finish()
    }

    private func lead() async throws {
        await dependencies.uploads.open()
        try await dependencies.privacy.open()
        defer {
            dependencies.previews.stop()
            dependencies.privacy.stop()
            dependencies.uploads.stop()
        }
        // What counters say before anything comes in.
        await dependencies.series.look()
        let schedules = ScheduleRunner(dependencies)
        schedules.recover()
        try await work(
            { await schedules.run() },
            { await dependencies.alerts.run() },
            { await dependencies.series.run() }
        )
    }

    private func finish() async {
        await dependencies.audit.finish()
        if dependencies.control.sandbox.isDefault { await dependencies.tokens.finish() }
    }

    /// Serves, and does what else there is until that ends.
    private func work(_ others: (@Sendable () async -> Void)...) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await serve() }
            for other in others { group.addTask { await other() } }
            group.addTask { await dependencies.audit.run() }
            if dependencies.control.version != nil {
                group.addTask { await ConfigurationWatch(dependencies: dependencies).run() }
            }
            if dependencies.control.sandbox.isDefault {
                group.addTask { await dependencies.tokens.run() }
            }
            group.addTask {
                // A client that never finishes its request must not use up the time of the engine's own end.
                try await gracefulShutdown()
                try await Task.sleep(for: ServerLimits.requestsDrainDeadline)
                dependencies.logger.notice("Requests that did not end were cut off")
            }
            // The one that ends first ends the other.
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
