#if PostgreSQL
extension PostgresStatements {
    /// All statements, for whoever looks at every one of them.
    static let all: [PostgresStatement] = [
        openBookHours, enterBooks, openAudienceBookHours, enterAudienceBooks, openTallyHours, enterTallies, books,
        oldestOutbox, bookHours, audienceBookHours, memberCounts, memberHours, memberChanges, countOutbox,
        countDeadLetters, allBooks, audienceBooks, toldByOutbox, toldByDeadLetters, forgetBookHours,
        forgetAudienceBookHours, forgetTallyHours, joinNodes, beatNode, nodes, laneOwners, takeLanes, giveBackLanes,
        leaveNodes, hasServed, configurationVersion, beginConfiguration, raiseConfiguration,
        checkCatalog, lockLanes, objects, object, insertObject, updateObject, deleteObject, chainHead, setChainHead,
        setChainBase, enterChanges, oldestChanges, forgetChanges, changes, changesOfObject, changesByAuthor,
        changesOfKind, changeBounds, changeFrom, alertStandings, putAlertStandings, removeAlertStandings,
        raiseAlertCounter, enterAlertEntries, enterAlertDeliveries, noteAlertAttempts, forgetAlertEntries,
        forgetAlertDeliveries, alertEntries, alertEntriesAbout, alertDeliveries, alertDeliveriesBy,
        dueAlertDeliveries, insertEvents, evictEvents, moveEvents, deleteEvents, eventsKnown, eventBytes, events,
        eventIndex, eventsBetween, eventsFrom, serverSettings, standbys, longTransactions, replicationSlots,
        deadRows, schemas, strayNumbers, inspectedProfiles, inspectedValue, eventCounts, countEvents, countIdentities,
        lostIdentities, lanes, inspectedOutbox, inspectedDeadLetters, inspectedBooks, inspectedDeliveries, ownHeirs,
        inspectedMarks, lastErasure, inspectedObjects, chainEnds, inspectedChanges, enterMarks, settleMarks,
        rekeyMarks, dropMarksOf, existingMarks, scanMarks, countMarks, dropMarks, marksOf, advanceBackfills,
        backfills, forgetBackfills, advanceUploads, uploads, forgetUploads, noteErasures, erasures, erasure,
        dropSuppressions, enterSuppressions, suppressionsOf, suppressions, insertOutbox, scanOutbox, outboxRecord,
        outboxRowsOf, lastOutbox, lastOutboxes, firstOutbox, lockOutbox, deleteOutbox, takeOutbox, parkOutbox,
        lockOutboxOf,
        rekeyOutbox,
        rekeyDeadLetters, noteRekeyed, rekeyedAfter, lastRekeyed, forgetRekeyed,
        deleteOutboxOf, deleteDeadLettersOf, discardOutbox, deadLetters, deadLettersOfCode, deadLetterCauses,
        deadLetterRows, chosenDeadLetters, lockDeadLetters, chosenDeadLettersOfCode, lockDeadLettersOfCode,
        chosenNamedDeadLetters, lockNamedDeadLetters, returnDeadLetters, deleteDeadLetters, recordsOf, deadLettersOf,
        noteDeliveries, addHeirs, deliveriesOf, absorbedBy, heirsOf, scanDeliveries, forgetDeliveries, forgetHeirs,
        paths, datasets, insertPaths, insertDatasets, longValues, readProfiles, lockProfiles, identityOwners, hints,
        updateProfiles, insertProfiles, deleteProfile, profileRow, profileRows, holdProfiles, writeIdentities,
        deleteIdentities, scanProfileRows, scanProfiles, dueProfiles, begin, commit, beginReading, rollback,
        discardPlans, isThere, hasSchema, cluster, setting, admitted, lastHours, takeWriters, takeWriterAgain,
        lastBatch, isHolder, holdWriter, noteBatch, raiseLane, dataflows, dataflowsNamed, registerDataflow,
        noteAdmission, admission,
    ]
}
#endif
