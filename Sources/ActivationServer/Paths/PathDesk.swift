import ActivationCore
import ActivationEngine
import Synchronization

/// Keeps a sample of the paths that profiles have, so that whoever picks one finds it at once; it is taken again when it is
/// asked for and old.
public final class PathDesk: Sendable {
    /// A sample and when it was taken.
    struct Taken: Sendable {
        var sample: PathSample
        var takenAt: Timestamp
    }

    private let engine: any ServerEngine
    private let control: ControlPlane
    private let time: any TimeSource
    private let last = Mutex<Taken?>(nil)

    /// Profiles of a sample.
    private static let profilesMax = 1_000
    /// How long a sample is good for, in milliseconds.
    private static let lifetime: Int64 = 600_000
    /// As long as there are so few profiles a sample is quick and soon old: it is taken anew each time.
    private static let few = 1_000

    init(engine: any ServerEngine, control: ControlPlane, time: any TimeSource) {
        self.engine = engine
        self.control = control
        self.time = time
    }

    /// How long a sample of few profiles is good enough to check what is typed, in milliseconds.
    private static let lifetimeOfFew: Int64 = 2_000

    /// The last sample if it was taken just now, else ``sample()``: for what is asked for again and again.
    func recent() async throws(APIError) -> Taken {
        if let taken = last.withLock({ $0 }),
            (0..<Self.lifetimeOfFew).contains(time.now().milliseconds - taken.takenAt.milliseconds)
        {
            return visible(taken)
        }
        return try await sample()
    }

    /// The sample, no older than ten minutes.
    ///
    /// Those who ask while one is taken may take one each.
    func sample() async throws(APIError) -> Taken {
        let now = time.now()
        if let taken = last.withLock({ $0 }), taken.sample.profiles >= Self.few,
            (0..<Self.lifetime).contains(now.milliseconds - taken.takenAt.milliseconds)
        {
            return visible(taken)
        }
        let sample = try await APIError.mapping { [engine] () throws(EngineError) in
            let start = try await engine.randomProfileRow(from: Self.profilesMax)
            return try await engine.pathSample(after: start, limit: Self.profilesMax)
        }
        let taken = Taken(sample: sample, takenAt: now)
        last.withLock { $0 = taken }
        return visible(taken)
    }

    /// Without the paths that whoever asks may not see, and with those that hold such no more.
    private func visible(_ taken: Taken) -> Taken {
        guard let clearance = AuthenticatedClient.current?.clearance, !clearance.isUnlimited else { return taken }
        let snapshot = control.whole
        var taken = taken
        taken.sample.paths.removeAll { !snapshot.admits(clearance, $0.keys) }
        return taken
    }
}
