import ActivationCore
import ActivationEngine
import Hummingbird
import Logging
import ServiceLifecycle
import Synchronization

/// The sandboxes beside the default one: which of them run, and what is to become of them.
///
/// What is asked for stands in the organisation's configuration; ``settle(_:of:)`` makes what runs what is asked for, so that
/// a restart goes on with what a crash cut off.
public final class SandboxDesk: Sendable {
    /// One that runs.
    struct World: Sendable {
        let sandbox: Sandbox
        let dependencies: ServerDependencies
        let responder: RouterResponder<ServerContext>
        fileprivate let life: Life
        fileprivate let group: ServiceGroup
        fileprivate let running: Task<Void, Never>
        fileprivate let close: @Sendable () async throws -> Void
    }

    private struct Ended: Error, CustomStringConvertible {
        let description = "it ended before it could be used; the log says why"
    }

    /// The life of one world, from its opening to its end.
    fileprivate final class Life: Sendable {
        let began = ContinuousClock.now
        /// How long it was waited before it was opened; nil = it had not failed.
        let delay: Duration?
        private let ended = Mutex(false)

        init(after delay: Duration?) {
            self.delay = delay
        }

        /// Whether nothing of it runs any more.
        var hasEnded: Bool { ended.withLock { $0 } }

        func end() { ended.withLock { $0 = true } }
    }

    /// That a sandbox cannot be used.
    private struct Failure {
        /// How long it waits to be tried again.
        var delay: Duration
        /// Which of all failures it is.
        var number: Int
    }

    private struct State {
        var worlds: [ByteKey: World] = [:]
        /// Those that could not be opened, or ended by themselves, by id, until they run.
        var failed: [String: Failure] = [:]
        var failures = 0
        var isStopping = false

        /// Those that run.
        var running: [World] { worlds.values.filter { failed[$0.sandbox.id] == nil } }
    }

    /// The longest pause before one that has failed is tried again.
    private static let retryDelayMax = Duration.seconds(60)

    private let store: any SandboxStore
    /// The pause before one that has failed is tried again; twice as long each time that it fails again.
    private let retryDelay: Duration
    private let state = Mutex(State())
    /// What is made, emptied and removed goes one at a time.
    private let gate = ControlGate()

    init(store: any SandboxStore, retryDelay: Duration = .seconds(1)) {
        self.store = store
        self.retryDelay = retryDelay
    }

    /// The running sandbox with a name.
    func world(named name: String) -> World? {
        state.withLock { state in
            state.worlds[ByteKey(name)].flatMap { state.failed[$0.sandbox.id] == nil ? $0 : nil }
        }
    }

    /// The running sandboxes.
    var worlds: [World] { state.withLock(\.running) }

    /// Whether every sandbox of an organisation runs.
    func runsAll(of organisation: ControlPlane) -> Bool {
        organisation.entries(.sandbox).allSatisfy { entry in
            entry.string("name").map { world(named: $0) != nil } ?? true
        }
    }

    /// How many could not be opened, or ended by themselves.
    var failedCount: Int { state.withLock { $0.failed.count } }

    /// A sandbox with what has become of it.
    func shown(_ sandbox: Sandbox) -> Sandbox {
        var sandbox = sandbox
        if sandbox.state != .deleting, hasFailed(sandbox.id) {
            sandbox.state = .failed
        } else if sandbox.state == .active, !sandbox.isDefault, world(named: sandbox.name) == nil {
            // The server has just begun and opens it.
            sandbox.state = .creating
        }
        return sandbox
    }

    private func hasFailed(_ id: String) -> Bool { state.withLock { $0.failed[id] != nil } }

    // MARK: What is asked for

    /// Makes what runs of a sandbox what the configuration asks for, behind the call.
    func settleSoon(_ id: String, of organisation: ServerDependencies) {
        Task.detached { await self.settle(id, of: organisation) }
    }

    /// Makes what runs of a sandbox what the configuration asks for.
    ///
    /// What is in the way is logged, and tried again after a while.
    func settle(_ id: String, of organisation: ServerDependencies) async {
        await gate.enter()
        defer { gate.leave() }
        guard !state.withLock({ $0.isStopping }) else { return }
        guard let entry = organisation.control.entry(.sandbox, id), let sandbox = Sandbox(entry) else {
            state.withLock { $0.failed[id] = nil }
            // Another node has removed it.
            if let world = state.withLock({ $0.worlds.values.first { $0.sandbox.id == id } }) {
                await shut(world.sandbox)
            }
            return
        }
        let failure = state.withLock { $0.failed[id] }
        // What ended by itself is in the way.
        if failure != nil { await shut(sandbox) }
        do {
            switch sandbox.state {
            case .active:
                guard world(named: sandbox.name) == nil else { break }
                try enter(try await open(sandbox, isNew: false, after: failure?.delay, of: organisation))
            case _ where organisation.role == .follower:
                // What the leader does with it; whatever is open of it goes.
                await shut(sandbox)
            case .creating, .resetting, .failed:
                await shut(sandbox)
                try await store.erase(sandbox)
                let world = try await open(sandbox, isNew: true, after: failure?.delay, of: organisation)
                do {
                    try await organisation.control.noteActive(sandbox: id, after: sandbox.state)
                } catch {
                    await SandboxDesk.end(world)
                    throw error
                }
                // Not before: what is not noted as active is made anew by the next start.
                try enter(world)
            case .deleting:
                await shut(sandbox)
                try await store.erase(sandbox)
                try await organisation.control.forget(sandbox: id)
            }
            state.withLock { state in
                // One that has ended again meanwhile stays failed.
                if state.failed[id]?.number == failure?.number { state.failed[id] = nil }
            }
        } catch {
            retry(id, after: failure?.delay, of: organisation)
            organisation.logger.error(
                "Sandbox cannot be used",
                metadata: [
                    "sandbox": "\(sandbox.name)", "sandbox.state": "\(sandbox.state.rawValue)",
                    "error.message": "\(error)",
                ]
            )
        }
    }

    /// Notes that a sandbox has failed, and tries again after a pause: twice as long as the one before this attempt.
    private func retry(_ id: String, after last: Duration? = nil, of organisation: ServerDependencies) {
        let delay = min(SandboxDesk.retryDelayMax, last.map { $0 * 2 } ?? retryDelay)
        let number = state.withLock { state -> Int? in
            guard !state.isStopping else { return nil }
            state.failures += 1
            state.failed[id] = Failure(delay: delay, number: state.failures)
            return state.failures
        }
        guard let number else { return }
        Task.detached { [weak self] in
            try? await Task.sleep(for: delay)
            // Somebody may have done something about it meanwhile.
            guard let self, self.state.withLock({ $0.failed[id]?.number == number }) else { return }
            await self.settle(id, of: organisation)
        }
    }

    private func open(
        _ sandbox: Sandbox,
        isNew: Bool,
        after delay: Duration?,
        of organisation: ServerDependencies
    ) async throws -> World {
        let life = Life(after: delay)
        let opened = try await store.open(sandbox, isNew: isNew, of: organisation)
        let dependencies = opened.dependencies
        let (begins, begun) = AsyncStream.makeStream(of: Void.self)
        let group = ServiceGroup(
            services: [
                opened.engine,
                SandboxWork(dependencies) {
                    begun.yield()
                    try await gracefulShutdown()
                },
            ],
            logger: dependencies.logger
        )
        let running = Task.detached {
            do {
                try await group.run()
                life.end()
            } catch {
                life.end()
                self.noteEnd(of: sandbox, life, error, organisation)
            }
            begun.finish()
        }
        // Not before its engine has the configuration: what it took earlier would be decided by none.
        var isRunning = false
        for await _ in begins {
            isRunning = true
            break
        }
        guard isRunning else {
            // Also when nobody waits any more, since the server ends.
            await group.triggerGracefulShutdown()
            await running.value
            try? await opened.close()
            throw Ended()
        }
        return World(
            sandbox: sandbox,
            dependencies: dependencies,
            responder: buildRouter(dependencies).buildResponder(),
            life: life,
            group: group,
            running: running,
            close: opened.close
        )
    }

    private func enter(_ world: World) throws {
        state.withLock { $0.worlds[ByteKey(world.sandbox.name)] = world }
        if world.life.hasEnded { throw Ended() }
    }

    /// One that ends by itself ends alone, and is opened again: the others go on.
    private func noteEnd(
        of sandbox: Sandbox,
        _ life: Life,
        _ error: any Error,
        _ organisation: ServerDependencies
    ) {
        // Not one that is being opened or ended: who does that sees it.
        if state.withLock({ $0.worlds[ByteKey(sandbox.name)]?.life === life }) {
            let hasLasted = life.began.duration(to: .now) > SandboxDesk.retryDelayMax
            retry(sandbox.id, after: hasLasted ? nil : life.delay, of: organisation)
        }
        organisation.logger.critical(
            "Sandbox has ended",
            metadata: ["sandbox": "\(sandbox.name)", "error.message": "\(error)"]
        )
    }

    /// Ends what runs of a sandbox; when this returns nothing of it is open.
    private func shut(_ sandbox: Sandbox) async {
        guard let world = state.withLock({ $0.worlds.removeValue(forKey: ByteKey(sandbox.name)) }) else { return }
        await SandboxDesk.end(world)
    }

    private static func end(_ world: World) async {
        await world.group.triggerGracefulShutdown()
        await world.running.value
        do {
            try await world.close()
        } catch {
            world.dependencies.logger.warning("Sandbox not closed", metadata: ["error.message": "\(error)"])
        }
    }

    /// Makes what runs what the leader has made of the sandboxes.
    func follow(_ organisation: ServerDependencies) async {
        let running = state.withLock { $0.worlds.values.map(\.sandbox.id) }
        for id in Set(organisation.control.entries(.sandbox).map(\.id) + running).sorted() {
            await settle(id, of: organisation)
        }
    }

    // MARK: The server's own life

    /// Opens all sandboxes; those that cannot be are logged and stay as they are.
    func openAll(of organisation: ServerDependencies) async {
        for entry in organisation.control.entries(.sandbox)
        where !Task.isShuttingDownGracefully && !Task.isCancelled {
            await settle(entry.id, of: organisation)
        }
    }

    /// Ends all sandboxes.
    func shutAll() async {
        state.withLock { $0.isStopping = true }
        // What is being opened is waited for.
        await gate.enter()
        defer { gate.leave() }
        let worlds = state.withLock { state in
            defer { state.worlds = [:] }
            return Array(state.worlds.values)
        }
        await withTaskGroup(of: Void.self) { group in
            for world in worlds { group.addTask { await SandboxDesk.end(world) } }
        }
    }
}
