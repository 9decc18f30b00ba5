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
    /// The value to be stored and when the profile is due, as long as nothing changes it.
    private(set) var packed: (value: [UInt8], due: Timestamp?)?
    /// Whether a value was packed in vain, as the profile changed again.
    private(set) var changesOften = false

    /// Stands in the batch where a profile is taken out.
    static let takenOut = WorkingProfile(
        state: ProfileState(
            id: Profile.ID(uuid: UUIDBytes(high: 0, low: 0)),
            createdAt: Timestamp(milliseconds: 0),
            sequence: .zero
        ),
        events: WorkingEvents(extent: .none)
    )

    /// ``ProfileValue/sizeBound(of:)``; mutating, so that the profile is read where it stands and not copied.
    var sizeBound: Int {
        mutating get { ProfileValue.sizeBound(of: state) }
    }

    /// Whether its value has to be stored.
    var isStoredAgain: Bool { isDirty && absorbedBy == nil && !isDeleted }

    /// Whether to pack it as soon as something changed it, while it is at hand: most profiles change once in a batch.
    var isWorthPacking: Bool { isStoredAgain && !changesOften && state.eventCount == 0 }

    /// Packs the value to be stored.
    mutating func pack(due: Timestamp?) {
        // What takes no events to make needs no room.
        if state.eventCount == 0 { leaves.reset(&state) }
        packed = (ProfileValue.encode(state), due)
    }

    /// Packs what is kept of the events into the profile.
    mutating func storeLeaves(_ catalog: CatalogLeaves) {
        leaves.store(in: &state, catalog)
    }

    /// Gives the packed value away, without another owner of it for a moment.
    mutating func takePacked() -> (value: [UInt8], due: Timestamp?)? {
        exchange(&packed, with: nil)
    }

    /// What was packed is not the value to be stored any more.
    mutating func willChange() {
        guard packed != nil else { return }
        packed = nil
        changesOften = true
    }

    /// Whether the operator's rules leave it out of evaluation and export.
    func isExcluded(by options: DecisionOptions) -> Bool {
        options.identityCap == .exclude && state.identities.count > Limits.profileIdentitiesMax
            || options.eventCap == .exclude && state.eventCount > options.eventsMax
    }
}
