import ActivationCore

/// What was seen while the endpoint was paused, and after.
struct SinkPause {
    /// The rate counts as back at this share of what it was.
    static let shareBack = 0.9

    /// When the rate was back, after the end of the pause.
    enum Return: Equatable {
        /// After so long records arrived as fast as before.
        case back(after: Duration)
        /// So long after nothing was left that could arrive.
        case nothingLeft(after: Duration)
        /// Not while it was watched.
        case never
    }

    /// How long it lasted.
    var length: Duration
    /// Records that arrived in a second before it.
    var rateBefore: Double
    /// Updates that were taken meanwhile.
    var updates: Int64 = 0
    var residentBytesBefore: Int64
    /// The most until the rate was back.
    var residentBytesMax: Int64 = 0
    /// What that is held to.
    var residentBytesLimit: Int64
    /// Promised: so long after the end of the pause the rate is back.
    var backWithin: Duration
    var rateBack = Return.never

    /// What of the promises did not hold.
    var broken: [String] {
        var broken: [String] = []
        if rateBefore <= 0 { broken.append("nothing arrived before the sink was paused, so it shows nothing") }
        if updates <= 0 { broken.append("no updates were taken while the sink was paused, so it shows nothing") }
        if residentBytesMax > residentBytesLimit {
            broken.append(
                "the server had more memory than \(residentBytesLimit.inMegabytes) MB while the sink was paused"
            )
        }
        switch rateBack {
        case .back(let after) where after <= backWithin: break
        case .nothingLeft(let after) where after <= backWithin: break
        case .back, .nothingLeft, .never: broken.append("the rate was not back \(backWithin) after the pause")
        }
        return broken
    }

    var json: JSONValue {
        let back: JSONValue =
            switch rateBack {
            case .back(let after), .nothingLeft(let after): .figure(after.inSeconds * 1_000, 0)
            case .never: .null
            }
        return [
            "seconds": .figure(length.inSeconds, 1), "updates": .integer(updates),
            "rate_before": .figure(rateBefore, 0), "rss_before_mb": .figure(Double(residentBytesBefore) / 1e6, 1),
            "rss_mb": .figure(Double(residentBytesMax) / 1e6, 1),
            "rss_limit_mb": .integer(residentBytesLimit / 1_000_000),
            "back_after_ms": back,
        ]
    }

    var text: String {
        func count(_ value: Double) -> String { Figures.grouped(Int64(value)) }
        func milliseconds(_ time: Duration) -> String { Figures.fixed(time.inSeconds * 1_000, 0) }
        let back =
            switch rateBack {
            case .back(let after): "back at \(count(rateBefore))/s \(milliseconds(after)) ms after"
            case .nothingLeft(let after): "all delivered \(milliseconds(after)) ms after"
            case .never: "not back at \(count(rateBefore))/s after"
            }
        return "sink paused for \(Figures.fixed(length.inSeconds, 0)) s: \(Figures.grouped(updates)) updates taken, "
            + "\(residentBytesMax.inMegabytes) of \(residentBytesLimit.inMegabytes) MB "
            + "(\(residentBytesBefore.inMegabytes) before), \(back)"
    }
}

extension Int64 {
    fileprivate var inMegabytes: String { Figures.fixed(Double(self) / 1e6, 0) }
}
