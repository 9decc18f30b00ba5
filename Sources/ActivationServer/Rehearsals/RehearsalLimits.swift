/// The bounds of rehearsals, each with its reason.
struct RehearsalLimits: Sendable {
    /// Rehearsals that look at profiles at the same time; they share the machine with live messages.
    var runningMax = 2
    /// How long one looks at profiles when nobody says; a person waits for the answer.
    var secondsDefault = 5
    /// How long one may look at profiles; clients give up after about a minute.
    static let seconds = 1...50
    /// Profiles it looks at in order.
    var rowsMax = 1_000_000
    /// Stores with at most twice as many profiles are read in order alone.
    var sampleRows = 2_048
    /// Profiles of the sample that a page takes for a rule: each is evaluated by all rules, twice.
    static let ruleSampleRows = 768
    /// Places of the store from which the sample is taken.
    var samplePlaces = 128
    /// Profiles read at a time; between two readings a rehearsal can be ended.
    var step = 256
    /// Messages that are shown.
    static let messages = 0...5
    /// Messages that are shown when nobody says.
    static let messagesDefault = 3
    /// Days of which the counters are looked at.
    static let days: Int64 = 7
    /// Audiences of a dataflow whose hours are looked at.
    static let audiencesMax = 100
}
