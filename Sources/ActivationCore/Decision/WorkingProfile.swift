/// A profile of a batch: as stored, and as it is now.
struct WorkingProfile: Sendable {
    var state: ProfileState
    /// The storage's handle; 0 when it is new.
    var row: Int64 = 0
    /// Revision in the storage; 0 when it is new.
    var storedRevision: Int64 = 0
    /// When the storage has it due.
    var storedDue: Timestamp?
    /// Whether it differs from what is stored.
    var isDirty = false
    /// Index of the profile that absorbed this one.
    var absorbedBy: Int?
    /// Whether it is gone for good.
    var isDeleted = false
    var events: WorkingEvents
    var leaves = WorkingLeaves()

    /// Stands in the batch where a profile is taken out.
    static let takenOut = WorkingProfile(
        state: ProfileState(
            id: Profile.ID(uuid: UUIDBytes(high: 0, low: 0)),
            createdAt: Timestamp(milliseconds: 0),
            sequence: .zero
        ),
        events: WorkingEvents(extent: .none)
    )

    /// Whether its value has to be stored.
    var isStoredAgain: Bool { isDirty && absorbedBy == nil && !isDeleted }

    /// Whether the operator's rules leave it out of evaluation and export.
    func isExcluded(by options: DecisionOptions) -> Bool {
        options.identityCap == .exclude && state.identities.count > Limits.profileIdentitiesMax
            || options.eventCap == .exclude && state.eventCount > options.eventsMax
    }
}
