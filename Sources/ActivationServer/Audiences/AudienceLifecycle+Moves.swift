import ActivationCore

extension AudienceLifecycle {
    /// How far a stored definition has come; those that were stored before there were states are in use.
    init(_ entry: ControlEntry) {
        self = entry.string("lifecycleState").flatMap(AudienceLifecycle.init) ?? .published
    }

    /// Why an audience does not get from one state to another, whoever uses it; nil when it may (BEHAVIOUR 5.2).
    func obstacle(to next: AudienceLifecycle) -> String? {
        switch (self, next) {
        case (.published, .draft), (.inactive, .draft):
            "a \(rawValue) audience never becomes a draft again; make a copy of it, which is one"
        case (.draft, .inactive):
            "a draft is deactivated by nobody, since nobody may use it; delete it, or publish it first"
        default: nil
        }
    }
}

extension ControlSnapshot {
    /// Refuses a state that an audience may not get to as things are (BEHAVIOUR 5.2).
    ///
    /// - Throws: `AUDIENCE_STATE_CONFLICT`, or `AUDIENCE_IN_USE` naming who uses it.
    func refuseMove(of definition: SegmentDefinition, to next: AudienceLifecycle) throws(APIError) {
        if let obstacle = definition.lifecycle.obstacle(to: next) { throw APIError(.audienceStateConflict, obstacle) }
        if definition.lifecycle == .published, next == .inactive { try refuseIfUsed(definition) }
    }
}
