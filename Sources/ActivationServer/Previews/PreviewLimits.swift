/// The bounds of previews, each with its reason.
struct PreviewLimits: Sendable {
    /// Previews that look at profiles at the same time; they share the machine with live messages.
    var runningMax = 4
    /// Previews that are kept, the oldest go first; each holds its matches.
    var keptMax = 100
    /// How long the results of one may be read.
    var lifetime = Duration.seconds(900)
    /// How long one looks at profiles before it answers by estimate.
    var time = Duration.seconds(60)
    /// Profiles it looks at in order before it answers by estimate.
    var rowsMax = 1_000_000
    /// Stores with at most twice as many profiles are read in order alone; Adobe's samples begin beyond a million.
    var sampleRows = 2_048
    /// Places of the store from which the sample is taken.
    var samplePlaces = 128
    /// Profiles read at a time; between two readings a preview can be ended.
    var step = 256
    /// Profiles that one preview lists.
    var matchesMax = 1_000
}
