import ActivationCore

extension ConsoleUser {
    /// The user, in the audit log.
    var subject: AuditSubject { AuditSubject(.consoleUser, id, email) }
}

extension Upload {
    /// The list of the upload's refused rows, in the audit log.
    var subject: AuditSubject { AuditSubject(kind: "refusedRows", id: id) }
}

extension DeadLetterService.Subject {
    /// The dataflow's dead letters, in the audit log.
    var deadLetters: AuditSubject { AuditSubject(kind: "deadLetters", id: id.uuid.description) }
}
