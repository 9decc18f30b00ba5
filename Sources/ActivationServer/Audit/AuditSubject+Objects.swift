import ActivationCore
import ActivationEngine

extension ConsoleUser {
    /// The user, in the audit log.
    var subject: AuditSubject { AuditSubject(.consoleUser, id, email) }
}

extension Upload {
    /// The list of the upload's refused rows, in the audit log.
    var subject: AuditSubject { AuditSubject(kind: "refusedRows", id: id) }
}

extension PrivacyJob {
    /// The copy of somebody's data that the job made, in the audit log.
    var copy: AuditSubject { AuditSubject(kind: "privacyCopy", id: id) }

    /// The job itself, in the audit log.
    var record: AuditSubject { AuditSubject(kind: "privacyJob", id: id) }

    /// That somebody asked for it, for the audit log; it tells nothing of who it is about.
    func recorded(by author: ConfigurationChange.Author, at now: Timestamp) -> ConfigurationChange {
        ConfigurationChange(
            action == .delete ? .erase : .export,
            by: author,
            of: record,
            details: ["requestId": .string(request), "regulation": .string(regulation.rawValue)],
            at: now
        )
    }
}

extension DeadLetterService.Subject {
    /// The dataflow's dead letters, in the audit log.
    var deadLetters: AuditSubject { AuditSubject(kind: "deadLetters", id: id.uuid.description) }
}
