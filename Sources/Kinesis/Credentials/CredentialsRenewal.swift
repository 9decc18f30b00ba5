/// Decides when keys are asked for again and which may be used until then; without I/O, clock and randomness of its own.
///
/// Keys are renewed after 75 to 80 per cent of their life, by one request at a time. While that fails the old ones are used
/// to their end, and it is tried again after growing pauses.
struct CredentialsRenewal: Sendable {
    /// What somebody who needs keys gets.
    enum Answer: Sendable {
        case keys(KinesisCredentials)
        /// None are valid; those that are being asked for may be.
        case wait
        /// None are valid, and it is too early to ask again.
        case failure(KinesisError)
    }

    struct Held {
        var keys: KinesisCredentials
        var renewAt: MonotonicTime
        var end: MonotonicTime
        var isRefused = false
    }

    /// Keys are not renewed sooner, however short their life.
    static let restMin = Nanoseconds(.seconds(5))
    /// The pause after the first failure; it doubles with each.
    static let pauseFirst = Nanoseconds(.seconds(1))
    /// The longest pause while keys are valid.
    static let pauseMax = Nanoseconds(.seconds(60))
    /// The longest pause while none are: shorter than any after which a destination is tried again.
    static let pauseMaxWithoutKeys = Nanoseconds(.seconds(10))

    private(set) var held: Held?
    private var isAsking = false
    private var failures = 0
    private(set) var failure: (error: KinesisError, at: MonotonicTime, pause: Nanoseconds)?
    private var random: SplitMix64

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    /// Somebody needs keys.
    ///
    /// - Parameter now: The time.
    /// - Returns: What they get, and whether keys are to be asked for now, which ``issued(_:now:)`` or ``failed(_:now:)``
    ///   ends.
    mutating func ask(now: MonotonicTime) -> (answer: Answer, asksSource: Bool) {
        let keys = usableKeys(now: now)
        let isDue = keys == nil || held.map { now >= $0.renewAt } ?? true
        if isDue, !isAsking, let failure, now < failure.at + pause(failure.pause, hasKeys: keys != nil) {
            return (keys.map(Answer.keys) ?? .failure(failure.error), false)
        }
        let asks = isDue && !isAsking
        if asks { isAsking = true }
        return (keys.map(Answer.keys) ?? .wait, asks)
    }

    /// The source gave keys.
    ///
    /// - Returns: What those who wait get.
    mutating func issued(_ issued: IssuedCredentials, now: MonotonicTime) -> Result<KinesisCredentials, KinesisError> {
        do throws(KinesisError) {
            try issued.credentials.check()
            if let life = issued.life, life <= .zero {
                throw KinesisError(
                    .credentialsUnavailable,
                    "the keys that came had expired already; check this machine's clock and what hands them out"
                )
            }
        } catch {
            return failed(error, now: now)
        }
        isAsking = false
        failures = 0
        failure = nil
        var end = MonotonicTime.never
        var renewAt = MonotonicTime.never
        if let life = issued.life.map(Nanoseconds.init) {
            end = now + life
            // 750 to 800 thousandths, so that many servers do not ask at once.
            let share = Nanoseconds(count: life.count / 1_000 * Int64.random(in: 750...800, using: &random))
            renewAt = now + max(share, Self.restMin)
        }
        held = Held(keys: issued.credentials, renewAt: renewAt, end: end)
        return .success(issued.credentials)
    }

    /// The source gave none.
    ///
    /// - Returns: What those who wait get.
    mutating func failed(_ error: KinesisError, now: MonotonicTime) -> Result<KinesisCredentials, KinesisError> {
        isAsking = false
        failures += 1
        let bound = min(Self.pauseFirst.count << min(failures - 1, 10), Self.pauseMax.count)
        let pause = Nanoseconds(count: Int64.random(in: bound / 2...bound, using: &random))
        failure = (error, now, pause)
        return usableKeys(now: now).map(Result.success) ?? .failure(error)
    }

    /// A service refused keys as expired or unknown: whoever asks next waits for others, unless these have come already.
    ///
    /// A request does this once at most, so a service that refuses all keys costs one request for keys per attempt.
    mutating func refuse(_ keys: KinesisCredentials) {
        if let held, held.keys.areSame(as: keys) { self.held?.isRefused = true }
    }

    private func usableKeys(now: MonotonicTime) -> KinesisCredentials? {
        guard let held, !held.isRefused, now < held.end else { return nil }
        return held.keys
    }

    private func pause(_ pause: Nanoseconds, hasKeys: Bool) -> Nanoseconds {
        hasKeys ? pause : min(pause, Self.pauseMaxWithoutKeys)
    }
}

extension KinesisCredentials {
    /// Whether both sign alike.
    fileprivate func areSame(as other: KinesisCredentials) -> Bool {
        accessKeyID == other.accessKeyID && secretAccessKey == other.secretAccessKey
            && sessionToken == other.sessionToken
    }
}
