import ActivationCore

/// What different people may see of one configuration, so that it is not worked out at each of their requests.
struct ControlViews: Sendable {
    private var whole: ControlSnapshot?
    private var views: [Clearance: ControlSnapshot] = [:]

    /// Views that are kept; there are as many as there are different sums of roles in use.
    private static let max = 64

    /// What somebody may see of a configuration.
    mutating func view(of snapshot: ControlSnapshot, for clearance: Clearance) -> ControlSnapshot {
        if whole?.version != snapshot.version {
            whole = snapshot
            views = [:]
        }
        if let known = views[clearance] { return known }
        if views.count >= ControlViews.max { views = [:] }
        let view = snapshot.visible(by: clearance)
        views[clearance] = view
        return view
    }
}
