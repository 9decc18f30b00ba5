/// What the inputs of one circle of profiles and identities that they may link need to know.
struct CircleNeeds {
    var messages = 0
    /// Ids of the events that come.
    var ids: [String] = []
    /// Whether an audience may read events, merges apart.
    var mayRead = false
    /// Whether a message makes a profile.
    var makesProfile = false
    /// Stored profiles, and those of them that have events.
    var profiles = 0
    var profilesWithEvents = 0
    var eventCount = 0
    /// Identities of the stored profiles and new ones.
    var identities = 0

    mutating func add(_ input: Input, mayRead: Bool, makesProfile: Bool) {
        self.mayRead = self.mayRead || mayRead
        self.makesProfile = self.makesProfile || makesProfile
        guard case .message(let message) = input.cause else { return }
        messages += 1
        if case .event(let id, _) = message.kind { ids.append(id) }
    }

    /// Adds a profile of which a due timer makes an audience read events, or not.
    mutating func add(_ state: ProfileState, mayRead: Bool) {
        self.mayRead = self.mayRead || mayRead
        profiles += 1
        profilesWithEvents += state.eventCount > 0 ? 1 : 0
        eventCount += state.eventCount
        identities += state.identities.count
    }
}
