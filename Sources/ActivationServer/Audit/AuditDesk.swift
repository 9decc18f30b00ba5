import ActivationCore
import ActivationEngine
import Logging
import Synchronization

/// Enters in the history what is done beside changes of the configuration (BEHAVIOUR 7.5, decision 52).
///
/// Where a value leaves the server the record is durable before: what cannot be recorded is not done. What repeats is counted
/// (``AuditThrottle``).
public final class AuditDesk: Sendable {
    private struct State {
        var throttle = AuditThrottle()
        /// Counts that could not be written yet.
        var owed: [ConfigurationChange] = []
        /// Whether the last write failed.
        var isFailing = false

        mutating func owe(_ counts: [ConfigurationChange]) {
            owed = Array((counts + owed).prefix(AuditDesk.owedMax))
        }
    }

    private let control: ControlPlane
    private let time: any TimeSource
    private let logger: Logger
    private let state = Mutex(State())

    /// How often it is looked whether minutes are over.
    private static let pause = Duration.seconds(5)
    /// Counts that are kept while nothing can be written.
    private static let owedMax = 1_000

    init(control: ControlPlane, time: any TimeSource, logger: Logger) {
        self.control = control
        self.time = time
        self.logger = logger
    }

    // MARK: What leaves or goes: recorded before

    /// Records that the present client takes data out.
    ///
    /// - Throws: When it cannot be stored; then nothing may leave.
    func export(_ subject: AuditSubject, _ details: JSONObject = [:]) async throws(APIError) {
        try await record(.export, of: subject, details)
    }

    /// Records that the present client is shown people's identities or values by something that is asked again and again while it
    /// goes on: at once the first time within a minute, later ones as a count.
    ///
    /// - Throws: When it cannot be stored; then nothing may leave.
    func exportAgain(_ subject: AuditSubject) async throws(APIError) {
        let entry = entry(.export, .allowed, of: subject, [:])
        try await write(entry, .client(entry.author.name), "\(subject.kind) \(subject.id)")
    }

    /// Records what is done to somebody's data for good, before it is done.
    ///
    /// - Throws: When it cannot be stored; then it must not be done.
    func erase(_ subject: AuditSubject, _ details: JSONObject = [:]) async throws(APIError) {
        try await record(.erase, of: subject, details)
    }

    /// Records that what was to be done to somebody's data did not succeed; should that fail too it stands in the log alone.
    func eraseFailed(_ subject: AuditSubject, _ details: JSONObject, _ error: APIError) async {
        var details = details
        details["code"] = .string(error.code.rawValue)
        await attempt(entry(.erase, .failed, of: subject, details))
    }

    /// Records that a privacy job ended in vain; should that fail too it stands in the log alone.
    func failed(_ job: PrivacyJob) async {
        let details: JSONObject = [
            "requestId": .string(job.request), "code": job.outcome.map { .string($0.code.word) } ?? .null,
        ]
        await attempt(entry(job.action == .delete ? .erase : .export, .failed, of: job.record, details))
    }

    /// Records that the present client looks somebody up: at once the first time within a minute, later ones as a count once that
    /// one is durable, and while the last write did not fail.
    ///
    /// - Throws: When it cannot be stored; then nothing may be shown.
    func view(_ profile: Profile.ID, _ how: String) async throws(APIError) {
        let entry = entry(.view, .allowed, of: .profile(profile), ["by": .string(how)])
        try await write(entry, .client(entry.author.name), entry.id)
    }

    private func record(
        _ action: ConfigurationChange.Action,
        of subject: AuditSubject,
        _ details: JSONObject
    ) async throws(APIError) {
        try await write([entry(action, .allowed, of: subject, details)])
    }

    private func entry(
        _ action: ConfigurationChange.Action,
        _ outcome: ConfigurationChange.Outcome,
        of subject: AuditSubject,
        _ details: JSONObject
    ) -> ConfigurationChange {
        ConfigurationChange(
            action,
            outcome,
            by: AuthenticatedClient.current?.author ?? .server,
            of: subject,
            details: details,
            at: time.now()
        )
    }

    // MARK: What lets nothing out: recorded as well as can be

    /// Records that somebody signed in or out.
    func sign(
        _ action: ConfigurationChange.Action,
        by author: ConfigurationChange.Author,
        _ subject: AuditSubject,
        _ details: JSONObject = [:]
    ) async {
        let entry = ConfigurationChange(action, by: author, of: subject, details: details, at: time.now())
        guard action == .signIn, author.way == .api else { return await attempt(entry) }
        // Some programs sign in for each request.
        await attempt(entry, .client(author.name), "token \(details["scope"]?.string ?? "")")
    }

    /// Records a wrong secret or password, or a right one that lets nobody in there.
    ///
    /// - Parameters:
    ///   - author: From where; the name is that of `subject`, or of nobody when there is none such.
    ///   - subject: Who it was said to be; nil = nobody is called so.
    ///   - how: What was tried.
    ///   - found: What is known beside it.
    func wrongSecret(
        by author: ConfigurationChange.Author,
        _ subject: AuditSubject?,
        _ how: String,
        _ found: JSONObject = [:]
    ) async {
        var author = author
        author.name = subject == nil ? AuditSubject.nobody.id : author.name
        let subject = subject ?? .nobody
        var details = found
        details["by"] = .string(how)
        let entry = ConfigurationChange(
            .signIn,
            .denied,
            by: author,
            of: subject,
            details: details,
            at: time.now()
        )
        // Strangers who try names that there are not do not hide that somebody's secret is tried.
        let sender = author.sender ?? ""
        let group: AuditThrottle.Group =
            subject == .nobody ? .address(sender) : .secretOf("\(subject.kind) \(subject.id)")
        await attempt(entry, group, subject == .nobody ? how : "\(sender) \(how)")
    }

    /// Records that somebody was refused, if the error says that they may not.
    ///
    /// - Parameters:
    ///   - error: What they were told.
    ///   - client: Who; nil = nobody that is known.
    ///   - author: From where, and by which way.
    ///   - route: What they asked for.
    func refusal(
        _ error: any Error,
        of client: AuthenticatedClient?,
        from author: ConfigurationChange.Author,
        at route: AuditSubject
    ) async {
        guard let error = error as? APIError, AuditDesk.refusals.contains(error.code.rawValue) else { return }
        let entry = ConfigurationChange(
            .refuse,
            .denied,
            by: client?.author ?? author,
            of: route,
            details: ["code": .string(error.code.rawValue), "reason": .string(error.code.title)],
            at: time.now()
        )
        let group = client.map { AuditThrottle.Group.client($0.clientID) } ?? .address(author.sender ?? "")
        await attempt(entry, group, "\(error.code.rawValue) \(route.id)")
    }

    /// The codes by which people learn that they may not; that a token or a header is missing says nothing of anybody.
    private static let refusals = Set(
        [
            APIErrorCode.permissionMissing, .fieldHidden, .tokenInvalid, .apiKeyInvalid, .orgForbidden, .inletToken,
            .policyViolated, .consolePermission, .consoleForm,
        ].map(\.rawValue)
    )

    // MARK: Writing

    private func write(_ entry: ConfigurationChange, _ group: AuditThrottle.Group, _ what: String)
        async throws(APIError)
    {
        let key = AuditThrottle.Key(group: group, action: entry.action, what: what)
        let admission = state.withLock { state in
            let admission = state.throttle.admit(entry, key, isFailing: state.isFailing)
            // What is only counted waits for no write.
            if admission.entry == nil { state.owe(admission.ended) }
            return admission
        }
        guard let entry = admission.entry else { return }
        do throws(APIError) {
            try await write(admission.ended + [entry])
            if admission.isFirst { state.withLock { $0.throttle.settle(key, isWritten: true) } }
        } catch {
            state.withLock { state in
                state.owe(admission.ended)
                if admission.isFirst { state.throttle.settle(key, isWritten: false) }
            }
            throw error
        }
    }

    /// Writes entries, and notes whether that can be done.
    private func write(_ entries: [ConfigurationChange]) async throws(APIError) {
        guard !entries.isEmpty else { return }
        do throws(APIError) {
            try await control.record(entries)
            state.withLock { $0.isFailing = false }
        } catch {
            state.withLock { $0.isFailing = true }
            throw error
        }
    }

    private func attempt(_ entry: ConfigurationChange, _ group: AuditThrottle.Group, _ what: String) async {
        do throws(APIError) { try await write(entry, group, what) } catch { note(entry, error) }
    }

    private func attempt(_ entry: ConfigurationChange) async {
        do throws(APIError) { try await write([entry]) } catch { note(entry, error) }
    }

    private func note(_ entry: ConfigurationChange, _ error: APIError) {
        logger.log(
            level: error.code == .storageFull ? .debug : .warning,
            "Audit record not kept",
            metadata: [
                "audit.action": "\(entry.action.rawValue)", "audit.outcome": "\(entry.outcome.rawValue)",
                "error.code": "\(error.code.rawValue)",
            ]
        )
    }

    /// Writes what was counted in minutes that are over.
    ///
    /// - Parameter isEnd: Whether the server stops, so that all are.
    func flush(isEnd: Bool = false) async {
        let now = time.now()
        let due = state.withLock { state in
            let due = state.owed + state.throttle.due(at: now, isEnd: isEnd)
            state.owed = []
            return due
        }
        do throws(APIError) {
            try await write(due)
        } catch {
            state.withLock { $0.owe(due) }
            if let first = due.first { note(first, error) }
        }
    }

    /// Writes counts until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            // Ends early only when cancelled.
            try? await Task.sleep(for: AuditDesk.pause)
            await flush()
        }
    }

    /// Writes all counts; also of a task that is cancelled.
    func finish() async {
        await Task { await flush(isEnd: true) }.value
    }
}
