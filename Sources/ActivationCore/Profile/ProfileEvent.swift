/// One experience event of a profile.
public struct ProfileEvent: Sendable {
    /// The event's `_id`, unique within a profile (BEHAVIOUR 4.8).
    public var id: String
    /// The event's `timestamp`.
    public var timestamp: Timestamp
    /// The number of the dataset that it came in; 0 = not known.
    public var dataset: UInt16
    /// The whole XDM entity.
    public var body: JSONDocument

    /// Creates an event.
    public init(id: String, timestamp: Timestamp, dataset: UInt16 = 0, body: JSONDocument) {
        self.id = id
        self.timestamp = timestamp
        self.dataset = dataset
        self.body = body
    }

    /// The order of a profile's events: by time, equal ones by the bytes of their ids.
    func comesBefore(_ other: ProfileEvent) -> Bool {
        timestamp == other.timestamp ? id.comesBefore(other.id) : timestamp < other.timestamp
    }
}

extension ProfileEvent {
    /// The identity of a profile that the event is about: of those that it names itself the first one that the profile
    /// has; nil when that is none.
    func owner(among members: [ProfileState.Member], _ namespaces: NamespaceDirectory) -> Identity? {
        owner(among: Set(members.map(\.identity)), namespaces)
    }

    /// The same of identities by themselves.
    func owner(among identities: Set<Identity>, _ namespaces: NamespaceDirectory) -> Identity? {
        MessageIdentities.named(in: body.root, namespaces: namespaces).first(where: identities.contains)
    }
}
