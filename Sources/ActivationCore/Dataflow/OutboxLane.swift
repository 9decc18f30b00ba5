/// Why a row is in the outbox at all; rows of one profile keep their order across lanes.
public enum OutboxLane: UInt8, Hashable, Sendable {
    /// Something happened to the profile.
    case live = 0
    /// Somebody who was a member before the audience was mapped.
    case backfill = 1
    /// Sent before and wanted again.
    case replay = 2
}
