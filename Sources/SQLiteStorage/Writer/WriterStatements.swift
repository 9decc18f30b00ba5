import ActivationCore
import ActivationEngine

/// The writer's statements, prepared once.
struct WriterStatements {
    let begin: Statement
    let beginImmediate: Statement
    let commit: Statement
    let rollback: Statement

    let findIdentity: Statement
    let findProfile: Statement
    let readProfile: Statement
    let setDue: Statement
    let putValueFile: Statement
    let deleteValueFile: Statement
    let scanProfiles: Statement
    let readEvents: Statement
    let readEventIndex: Statement
    let findEvent: Statement

    let insertPath: Statement
    let insertDataset: Statement
    let insertProfile: Statement
    let updateProfile: Statement
    let putProfile: Statement
    let setApplied: Statement
    let passApplied: Statement
    let deleteProfile: Statement
    let deletePlaced: Statement
    let moveEvents: Statement
    let deleteEvents: Statement
    let insertNamespace: Statement
    let writeIdentity: Statement
    let deleteIdentity: Statement
    let insertEvent: Statement
    let deleteEvent: Statement
    let addMembers: Statement
    let openMemberHour: Statement
    let memberHours: Statement
    let forgetMemberHours: Statement
    let advanceBackfill: Statement
    let forgetBackfill: Statement
    let advanceUpload: Statement
    let forgetUpload: Statement
    let writeScope: Statement
    let writeDataflow: Statement
    let openHour: Statement
    let forgetHours: Statement
    let enterAudience: Statement
    let openAudienceHour: Statement
    let forgetAudienceHours: Statement

    let insertOutbox: Statement
    let rekeyOutbox: Statement
    let scanOutbox: Statement
    let findOutbox: Statement
    let readOutbox: Statement
    let leaveOutbox: Statement
    let deleteOutbox: Statement
    let parkOutbox: Statement
    let discardOutbox: Statement
    let deleteOutboxOf: Statement
    let deleteDeadLettersOf: Statement
    let rekeyDeadLetters: Statement
    let scanDeadLetters: Statement
    let returnDeadLetter: Statement
    let deleteDeadLetter: Statement
    let scanDeliveries: Statement
    let noteDelivery: Statement
    let addHeir: Statement
    let findHeir: Statement
    let oldestDelivery: Statement
    let oldestHeir: Statement
    let forgetHeirs: Statement
    let forgetDeliveries: Statement
    let noteErasure: Statement
    let enterSuppression: Statement
    let dropSuppression: Statement
    let findSuppression: Statement
    let anySuppression: Statement
    let wantScrub: Statement
    let forgetScrubs: Statement
    let enterMark: Statement
    let rekeyMarks: Statement
    let dropMarksOfProfile: Statement
    let settleMark: Statement
    let findMark: Statement
    let scanMarks: Statement
    let dropMarks: Statement

    let lastOutbox: Statement
    let firstOutbox: Statement
    let oldestOutbox: Statement

    let writeProbe: Statement
    let deleteProbe: Statement

    let insertObject: Statement
    let updateObject: Statement
    let deleteObject: Statement
    let enterChange: Statement
    let chainHead: Statement
    let setChainHead: Statement
    let setChainBase: Statement
    let oldestChanges: Statement
    let forgetChanges: Statement

    /// Prepares all of them.
    init(_ connection: Connection) throws(StorageError) {
        begin = try connection.prepare("BEGIN")
        beginImmediate = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        rollback = try connection.prepare("ROLLBACK")

        findIdentity = try connection.prepare(
            "SELECT profile FROM identity WHERE scope = ?1 AND namespace = ?2 AND value = ?3"
        )
        findProfile = try connection.prepare("SELECT row FROM profile WHERE scope = ?1 AND id = ?2")
        readProfile = try connection.prepare("SELECT id, revision, value, due FROM profile WHERE row = ?1")
        scanProfiles = try connection.prepare(
            "SELECT row, id FROM profile WHERE row > ?1 AND row <= ?2 ORDER BY row LIMIT ?3"
        )
        setDue = try connection.prepare("UPDATE profile SET due = ?2 WHERE row = ?1 AND due IS NOT ?2")
        putValueFile = try connection.prepare(
            "INSERT OR REPLACE INTO value_file (number, used, live) VALUES (?1, ?2, ?3)"
        )
        deleteValueFile = try connection.prepare("DELETE FROM value_file WHERE number = ?1")
        readEvents = try connection.prepare(
            """
            SELECT id, timestamp, dataset, body FROM event
            WHERE profile = ?1 AND timestamp BETWEEN ?2 AND ?3 ORDER BY timestamp, id LIMIT ?4
            """
        )
        readEventIndex = try connection.prepare(
            "SELECT id, timestamp, dataset FROM event WHERE profile = ?1 ORDER BY timestamp, id"
        )
        findEvent = try connection.prepare("SELECT 1 FROM event WHERE profile = ?1 AND id = ?2")

        insertPath = try connection.prepare("INSERT INTO path (scope, id, parent, name) VALUES (?1, ?2, ?3, ?4)")
        insertDataset = try connection.prepare("INSERT INTO dataset (scope, id, name) VALUES (?1, ?2, ?3)")
        insertProfile = try connection.prepare(
            "INSERT INTO profile (row, scope, id, revision, value, due) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        )
        updateProfile = try connection.prepare(
            "UPDATE profile SET revision = ?4, value = ?5, due = ?6 WHERE row = ?1 AND id = ?2 AND revision = ?3"
        )
        putProfile = try connection.prepare(
            """
            INSERT INTO profile (row, scope, id, revision, value, due) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (row) DO UPDATE SET revision = excluded.revision, value = excluded.value, due = excluded.due
            """
        )
        setApplied = try connection.prepare("UPDATE commit_log SET applied = ?1")
        passApplied = try connection.prepare("UPDATE commit_log SET applied = applied + 1")
        deleteProfile = try connection.prepare("DELETE FROM profile WHERE row = ?1 AND id = ?2 AND revision = ?3")
        deletePlaced = try connection.prepare("DELETE FROM profile WHERE row = ?1")
        moveEvents = try connection.prepare("UPDATE OR IGNORE event SET profile = ?2 WHERE profile = ?1")
        deleteEvents = try connection.prepare("DELETE FROM event WHERE profile = ?1")
        insertNamespace = try connection.prepare("INSERT INTO namespace (number, symbol) VALUES (?1, ?2)")
        writeIdentity = try connection.prepare(
            """
            INSERT INTO identity (scope, namespace, value, profile) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET profile = excluded.profile
            """
        )
        deleteIdentity = try connection.prepare(
            "DELETE FROM identity WHERE scope = ?1 AND namespace = ?2 AND value = ?3"
        )
        insertEvent = try connection.prepare(
            "INSERT INTO event (profile, id, timestamp, dataset, body) VALUES (?1, ?2, ?3, ?4, ?5)"
        )
        deleteEvent = try connection.prepare("DELETE FROM event WHERE profile = ?1 AND id = ?2")
        addMembers = try connection.prepare(
            """
            INSERT INTO audience (scope, id, entered, exited) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET entered = entered + excluded.entered, exited = exited + excluded.exited
            """
        )
        openMemberHour = try connection.prepare(
            """
            INSERT OR IGNORE INTO audience_hour (scope, hour, audience, entered, exited)
            VALUES (
                ?1, ?2, ?3,
                ifnull((SELECT entered FROM audience WHERE scope = ?1 AND id = ?3), 0),
                ifnull((SELECT exited FROM audience WHERE scope = ?1 AND id = ?3), 0)
            )
            """
        )
        // Each of them is one look into the table's tree.
        memberHours = try connection.prepare(
            """
            SELECT (SELECT min(hour) FROM audience_hour WHERE scope = ?1),
                (SELECT max(hour) FROM audience_hour WHERE scope = ?1)
            """
        )
        forgetMemberHours = try connection.prepare(
            """
            DELETE FROM audience_hour WHERE (scope, hour, audience) IN (
                SELECT scope, hour, audience FROM audience_hour WHERE scope = ?1 AND hour = ?2 LIMIT ?3
            )
            """
        )
        advanceBackfill = try connection.prepare(
            """
            INSERT INTO backfill (scope, id, profile, records, ordered_at) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT DO UPDATE SET
                profile = max(profile, excluded.profile), records = records + excluded.records,
                ordered_at = ifnull(ordered_at, excluded.ordered_at)
            """
        )
        forgetBackfill = try connection.prepare("DELETE FROM backfill WHERE scope = ?1 AND id = ?2")
        advanceUpload = try connection.prepare(
            """
            INSERT INTO upload (scope, id, line, accepted, made) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT DO UPDATE SET
                line = max(line, excluded.line), accepted = accepted + excluded.accepted, made = made + excluded.made
            """
        )
        forgetUpload = try connection.prepare("DELETE FROM upload WHERE scope = ?1 AND id = ?2")
        writeScope = try connection.prepare(
            """
            INSERT OR REPLACE INTO scope (number, profiles, profile_row_last, commits, admitted_at, admission)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """
        )
        writeDataflow = try connection.prepare(
            """
            INSERT OR REPLACE INTO dataflow (
                number, id, scope, triggered, delivered, superseded, suppressed_disabled, suppressed_deleted, parked,
                replayed, discarded, erased
            ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """
        )
        openHour = try connection.prepare(
            """
            INSERT INTO dataflow_hour (
                dataflow, hour, triggered, delivered, superseded, suppressed_disabled, suppressed_deleted, parked,
                replayed, discarded, erased
            ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """
        )
        forgetHours = try connection.prepare("DELETE FROM dataflow_hour WHERE dataflow = ?1 AND hour < ?2")
        enterAudience = try connection.prepare(
            """
            INSERT INTO dataflow_audience (dataflow, audience, \(Statement.counterColumns))
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            ON CONFLICT DO UPDATE SET \(Statement.addedCounters)
            """
        )
        // Of an audience of which nothing was entered before there is no row, and the books say nothing.
        openAudienceHour = try connection.prepare(
            """
            INSERT OR IGNORE INTO dataflow_audience_hour (dataflow, hour, audience, \(Statement.counterColumns))
            SELECT ?1, ?2, ?3, \(Statement.counterColumnsOrNothing)
            FROM (SELECT 1) LEFT JOIN dataflow_audience ON dataflow = ?1 AND audience = ?3
            """
        )
        forgetAudienceHours = try connection.prepare(
            """
            DELETE FROM dataflow_audience_hour WHERE (dataflow, hour, audience) IN (
                SELECT dataflow, hour, audience FROM dataflow_audience_hour WHERE dataflow = ?1 AND hour < ?2 LIMIT ?3
            )
            """
        )

        insertOutbox = try connection.prepare(
            """
            INSERT INTO outbox (
                row, profile, merge_policy, revision, reasons, admitted_at, partition_key, payload, lane, audiences
            ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """
        )
        // Rows say whose they are by the number of their dataflow, which says the scope.
        rekeyOutbox = try connection.prepare(
            """
            UPDATE outbox SET profile = ?2
            WHERE profile = ?1 AND (row >> \(RowSpace.outboxBits)) IN (SELECT number FROM dataflow WHERE scope = ?3)
            """
        )
        scanOutbox = try connection.prepare(
            """
            SELECT row, profile, merge_policy, revision, reasons, admitted_at, partition_key, payload, lane, audiences
            FROM outbox WHERE row > ?1 AND row <= ?2 ORDER BY row
            """
        )
        findOutbox = try connection.prepare(
            "SELECT row FROM outbox WHERE profile = ?1 AND row BETWEEN ?2 AND ?3 ORDER BY row"
        )
        readOutbox = try connection.prepare(
            """
            SELECT row, profile, merge_policy, revision, reasons, admitted_at, partition_key, payload, lane, audiences
            FROM outbox WHERE row = ?1
            """
        )
        leaveOutbox = try connection.prepare("SELECT profile, revision, audiences FROM outbox WHERE row = ?1")
        deleteOutbox = try connection.prepare("DELETE FROM outbox WHERE row = ?1")
        parkOutbox = try connection.prepare(
            """
            INSERT INTO dead_letter (
                row, profile, merge_policy, revision, reasons, admitted_at, partition_key, payload,
                lane, audiences, code, message, parked_at
            )
            SELECT row, profile, merge_policy, revision, reasons, admitted_at, partition_key, payload,
                lane, audiences, ?2, ?3, ?4
            FROM outbox WHERE row = ?1
            """
        )
        rekeyDeadLetters = try connection.prepare(
            """
            UPDATE dead_letter SET profile = ?2
            WHERE profile = ?1 AND (row >> \(RowSpace.outboxBits)) IN (SELECT number FROM dataflow WHERE scope = ?3)
            """
        )
        scanDeadLetters = try connection.prepare(
            """
            SELECT row, profile, merge_policy, reasons, audiences FROM dead_letter
            WHERE row BETWEEN ?1 AND ?2 AND (?3 IS NULL OR code = ?3) AND parked_at < ?4
            ORDER BY row LIMIT ?5
            """
        )
        returnDeadLetter = try connection.prepare(
            """
            INSERT INTO outbox (
                row, profile, merge_policy, revision, reasons, admitted_at, partition_key, payload, lane, audiences
            )
            SELECT ?2, profile, merge_policy, revision, reasons, admitted_at, partition_key, payload, ?3, audiences
            FROM dead_letter WHERE row = ?1
            """
        )
        deleteDeadLetter = try connection.prepare("DELETE FROM dead_letter WHERE row = ?1")
        scanDeliveries = try connection.prepare(
            """
            SELECT day, profile, row, delivered_at FROM delivery
            WHERE (day, profile, row) > (?1, ?2, ?3) ORDER BY day, profile, row LIMIT ?4
            """
        )
        discardOutbox = try connection.prepare(
            """
            DELETE FROM outbox WHERE row IN (
                SELECT row FROM outbox WHERE row BETWEEN ?1 AND ?2 ORDER BY row LIMIT ?3
            ) RETURNING audiences
            """
        )

        deleteOutboxOf = try connection.prepare(
            "DELETE FROM outbox WHERE profile = ?1 AND row BETWEEN ?2 AND ?3 RETURNING audiences, row"
        )
        deleteDeadLettersOf = try connection.prepare(
            "DELETE FROM dead_letter WHERE profile = ?1 AND row BETWEEN ?2 AND ?3 RETURNING audiences"
        )
        noteDelivery = try connection.prepare(
            """
            INSERT OR IGNORE INTO delivery (day, profile, row, revision, delivered_at, receipt)
            VALUES (?2, ?5, ?1, ?6, ?3, ?4)
            """
        )
        addHeir = try connection.prepare(
            """
            INSERT OR REPLACE INTO heir (scope, absorbed, survivor, day)
            SELECT ?1, ?2, ?3, max(
                ?4,
                ifnull((SELECT max(day) FROM delivery), 0),
                ifnull((SELECT max(day) FROM delivery_run), 0)
            )
            """
        )
        findHeir = try connection.prepare(
            """
            WITH RECURSIVE holder (profile, place) AS (
                VALUES (?2, 0)
                UNION ALL
                SELECT heir.survivor, place + 1 FROM heir JOIN holder ON heir.absorbed = holder.profile
                WHERE heir.scope = ?1 AND place < 100000
            )
            SELECT profile FROM holder ORDER BY place DESC LIMIT 1
            """
        )
        oldestDelivery = try connection.prepare("SELECT min(day) FROM delivery")
        oldestHeir = try connection.prepare("SELECT day FROM heir ORDER BY number LIMIT 1")
        forgetHeirs = try connection.prepare(
            """
            DELETE FROM heir WHERE day < ?1 AND number IN (SELECT number FROM heir ORDER BY number LIMIT ?2)
            """
        )
        forgetDeliveries = try connection.prepare(
            """
            DELETE FROM delivery WHERE (day, profile, row) IN (
                SELECT day, profile, row FROM delivery WHERE day = ?1 LIMIT ?2
            )
            """
        )
        noteErasure = try connection.prepare(
            """
            INSERT INTO erasure (scope, profile, revision, deleted_at, scrub)
            VALUES (?1, ?2, ?3, ?4, (SELECT max(number) FROM scrub))
            """
        )
        enterSuppression = try connection.prepare(
            """
            INSERT OR REPLACE INTO suppression (scope, digest, namespace, profile, suppressed_at)
            VALUES (?1, ?2, ?3, ?4, ?5)
            """
        )
        dropSuppression = try connection.prepare("DELETE FROM suppression WHERE scope = ?1 AND digest = ?2")
        findSuppression = try connection.prepare(Suppression.columns + " WHERE scope = ?1 AND digest = ?2")
        anySuppression = try connection.prepare("SELECT 1 FROM suppression WHERE scope = ?1 LIMIT 1")
        wantScrub = try connection.prepare("INSERT INTO scrub DEFAULT VALUES")
        forgetScrubs = try connection.prepare("DELETE FROM scrub WHERE number <= ?1")
        enterMark = try connection.prepare(
            """
            INSERT INTO resume_mark (dataflow, profile, merge_policy, reasons) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET reasons = reasons | excluded.reasons
            """
        )
        rekeyMarks = try connection.prepare(
            """
            INSERT INTO resume_mark (dataflow, profile, merge_policy, reasons)
            SELECT dataflow, ?3, merge_policy, reasons FROM resume_mark
            WHERE profile = ?1 AND dataflow IN (SELECT number FROM dataflow WHERE scope = ?2)
            ON CONFLICT DO UPDATE SET reasons = reasons | excluded.reasons
            """
        )
        dropMarksOfProfile = try connection.prepare(
            """
            DELETE FROM resume_mark
            WHERE profile = ?1 AND dataflow IN (SELECT number FROM dataflow WHERE scope = ?2)
            """
        )
        settleMark = try connection.prepare(
            "DELETE FROM resume_mark WHERE dataflow = ?1 AND profile = ?2 AND merge_policy = ?3"
        )
        findMark = try connection.prepare(
            "SELECT 1 FROM resume_mark WHERE dataflow = ?1 AND profile = ?2 AND merge_policy = ?3"
        )
        scanMarks = try connection.prepare(
            """
            SELECT profile, merge_policy, reasons FROM resume_mark
            WHERE dataflow = ?1 AND (profile, merge_policy) > (?2, ?3)
            ORDER BY profile, merge_policy LIMIT ?4
            """
        )
        dropMarks = try connection.prepare(
            """
            DELETE FROM resume_mark WHERE (dataflow, profile, merge_policy) IN (
                SELECT dataflow, profile, merge_policy FROM resume_mark WHERE dataflow = ?1 LIMIT ?2
            )
            """
        )

        lastOutbox = try connection.prepare("SELECT ifnull(max(row), 0) FROM outbox WHERE row BETWEEN ?1 AND ?2")
        firstOutbox = try connection.prepare(
            "SELECT row FROM outbox WHERE row BETWEEN ?1 AND ?2 ORDER BY row LIMIT 1"
        )
        oldestOutbox = try connection.prepare(
            "SELECT admitted_at FROM outbox WHERE row BETWEEN ?1 AND ?2 ORDER BY row LIMIT 1"
        )

        writeProbe = try connection.prepare("INSERT OR REPLACE INTO probe (number, bytes) VALUES (1, zeroblob(?1))")
        deleteProbe = try connection.prepare("DELETE FROM probe")

        insertObject = try connection.prepare(
            """
            INSERT INTO control_object (scope, kind, id, etag, created_at, updated_at, body)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """
        )
        updateObject = try connection.prepare(
            """
            UPDATE control_object SET etag = ?4, created_at = ?5, updated_at = ?6, body = ?7
            WHERE scope = ?1 AND kind = ?2 AND id = ?3 AND etag = ?8
            """
        )
        deleteObject = try connection.prepare(
            "DELETE FROM control_object WHERE scope = ?1 AND kind = ?2 AND id = ?3 AND etag = ?4"
        )
        enterChange = try connection.prepare(
            """
            INSERT INTO configuration_change
                (scope, changed_at, author, way, request, action, kind, object, name, difference, sequence, digest,
                outcome, sender)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            """
        )
        chainHead = try connection.prepare("SELECT head_sequence, head_digest FROM history_chain")
        setChainHead = try connection.prepare("UPDATE history_chain SET head_sequence = ?1, head_digest = ?2")
        setChainBase = try connection.prepare(
            """
            UPDATE history_chain SET base_sequence = ?1, base_digest = ?2, base_changed_at = ?3, base_seal = ?4
            """
        )
        oldestChanges = try connection.prepare(
            "SELECT sequence, changed_at, digest FROM configuration_change ORDER BY sequence LIMIT ?1"
        )
        forgetChanges = try connection.prepare("DELETE FROM configuration_change WHERE sequence <= ?1")
    }
}
