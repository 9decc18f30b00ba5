extension DecisionBatch {
    /// The views of who was a member of audiences when they were taken out of a dataflow, as exited from them
    /// (BEHAVIOUR 3.9).
    ///
    /// Who is a member of one that is mapped again is not told of: a later record would have to take it back. Who has left
    /// it after that was told of when it happened.
    ///
    /// - Returns: The dataflow as if the audiences were mapped still, and the views.
    mutating func leavingViews(
        of state: ProfileState,
        by order: Backfill,
        _ flow: CompiledDataflow,
        now: Timestamp
    ) -> (flow: CompiledDataflow, views: [ExportedView]) {
        let leaving = catalog.leaving(flow, by: order)
        func left(_ memberships: [SegmentMembership]) -> [SegmentMembership] {
            memberships.filter { membership in
                guard order.wants(membership), membership.hasEntry(at: now) else { return false }
                guard let mapping = flow.dataflow.audiences.first(where: { $0.audience == membership.audience }) else {
                    return true
                }
                return membership.status == .exited && mapping.mayBeAfter(membership.lastQualificationTime)
            }
        }
        var views = views(of: state, shownBy: leaving) { group, memberships in
            left(memberships).contains { membership in
                catalog.audienceIndex[membership.audience].map { group.isMapped.contains($0) } ?? false
            }
        }
        for view in views.indices {
            views[view].left = left(views[view].place.map { state.identities[$0].memberships } ?? state.memberships)
        }
        return (leaving, views)
    }
}

extension Dataflow.MappedAudience {
    /// Whether it was mapped after an instant; it knows its own by the second.
    fileprivate func mayBeAfter(_ instant: Timestamp) -> Bool {
        instant.milliseconds / 1_000 <= createdAt.milliseconds / 1_000
    }
}

extension ProfileDecision {
    /// The profile as exited from audiences, which is noted as the change; as it is when there are none.
    mutating func exited(from left: [SegmentMembership], catalog: borrowing Catalog) -> ProfileState {
        var shown = profile.state
        for membership in left {
            guard let audience = catalog.audienceIndex[membership.audience],
                let place = shown.memberships.firstIndex(where: { $0.audience == membership.audience })
            else { continue }
            // Who has left by himself meanwhile did so then.
            if membership.status == .realized {
                shown.memberships[place].status = .exited
                shown.memberships[place].lastQualificationTime = now
            }
            var before = membership
            before.status = .realized
            change.statusChanges.append(
                ProfileChange.StatusChange(audience: audience, status: .exited, before: before)
            )
        }
        return shown
    }
}
