import Synchronization

/// The events of one profile by the identity that each is about, worked out once for all its identities' views.
///
/// It must not outlive a change of the profile's events or identities.
final class EventOwners: Sendable {
    private let events = Mutex<[Identity: [ProfileEvent]]?>(nil)

    /// The events of an identity, in their order.
    ///
    /// - Parameters:
    ///   - identity: The identity.
    ///   - all: All events that are at hand; the same at each call.
    ///   - members: The profile's identities; the same at each call.
    ///   - namespaces: The namespaces that events may use.
    /// - Returns: Those that name it first of the profile's identities.
    func events(
        of identity: Identity,
        among all: [ProfileEvent],
        _ members: [ProfileState.Member],
        _ namespaces: NamespaceDirectory
    ) -> [ProfileEvent] {
        events.withLock { events in
            if let events { return events[identity] ?? [] }
            let known = Set(members.map(\.identity))
            var grouped: [Identity: [ProfileEvent]] = [:]
            for event in all {
                guard let owner = event.owner(among: known, namespaces) else { continue }
                grouped[owner, default: []].append(event)
            }
            events = grouped
            return grouped[identity] ?? []
        }
    }
}
