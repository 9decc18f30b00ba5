/// Every bound of the product that is not another module's own, with its reason.
public enum Limits {
    // MARK: Ingestion

    /// Bytes of one profile record (BEHAVIOUR 4.5: 100 KB).
    public static let recordBytesMax = 102_400
    /// Bytes of one event (BEHAVIOUR 4.5: 10 KB).
    public static let eventBytesMax = 10_240
    /// Bytes of one streaming ingestion request, single or batch (BEHAVIOUR 6.1: 1 MB).
    public static let collectionBytesMax = 1_048_576
    /// Bytes of one API request body; the largest legal one holds a 64 KiB expression.
    public static let apiBytesMax = 1_048_576
    /// Nesting of any JSON text we read; deeper documents are refused, so recursion stays shallow.
    public static let jsonDepthMax = 64
    /// Items of one array in a record (BEHAVIOUR 4.5).
    public static let recordArrayItemsMax = 500
    /// Attribute paths of one store; keeps hostile open maps from growing the dictionary without end.
    public static let attributePathsMax = 65_536
    /// Bytes of one attribute's name as it stands in JSON; names are kept for good, so they must not be data.
    public static let attributeKeyBytesMax = 1_024
    /// Bytes of one packed profile: far above a person's data, and small enough to load and write whole with every change.
    public static let profileBytesMax = 8_388_608
    /// Datasets that registered on first use (BEHAVIOUR 4.5: 20 profile and 20 event datasets).
    public static let datasetsMax = 40

    // MARK: Identities

    /// Identities of one message (BEHAVIOUR 4.3).
    public static let messageIdentitiesMax = 20
    /// Identities of one profile (BEHAVIOUR 4.3).
    public static let profileIdentitiesMax = 50
    /// Characters of an identity value (BEHAVIOUR 4.3).
    public static let identityValueCharactersMax = 1_024

    // MARK: Events

    /// Bytes of an event's `_id`, so that keys stay small.
    public static let eventIDBytesMax = 1_024

    /// Events kept per profile, oldest out first (BEHAVIOUR 4.5).
    public static let profileEventsMax = 5_000

    // MARK: What is kept of a profile's events for audiences

    /// Events that are kept to tell whether there are so many; a larger threshold is told by a count.
    public static let eventThresholdMax = 64
    /// Events that are kept to take the place of a least or greatest one as it leaves; few suffice for values that come
    /// in any order, and sinking ones are read again once in so many.
    public static let eventCandidatesMax = 32
    /// Bytes of a text that is kept as a least or greatest one; of longer ones the events are read each time.
    public static let eventCandidateBytesMax = 256

    /// Sets of leaves of the latest catalogs that are known; what profiles do not store by an older one is read again.
    public static let leafSetsMax = 8

    // MARK: Expressions

    /// Bytes of one PQL text (PQL 2).
    public static let expressionBytesMax = 65_536
    /// Bytes of one expression as JSON; with its quotes escaped it still fits into one request.
    public static let expressionJSONBytesMax = 262_144
    /// Nesting of one PQL text (PQL 2).
    public static let expressionDepthMax = 64
    /// Instructions and items of one evaluation: under a second, and far above one pass over all events.
    public static let expressionStepsMax = 5_000_000
    /// Bytes of a regular expression that is not a literal; a longer one matches nothing.
    public static let dynamicPatternBytesMax = 4_096
    /// Bytes of a text that a sample of profiles looks at; longer ones are no words of a list.
    public static let sampledTextBytesMax = 64

    // MARK: Memberships

    /// How long a former member keeps its entry, in milliseconds (BEHAVIOUR 3.13: 30 days).
    public static let exitedEntryMilliseconds: Int64 = 30 * 86_400_000
}
