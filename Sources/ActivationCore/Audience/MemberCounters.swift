/// How many have become members of an audience and how many have ceased to be, since it began (BEHAVIOUR 5.9).
public struct MemberCounters: Hashable, Sendable {
    /// Those who became members.
    public var entered: Int64
    /// Members who ceased to be.
    public var exited: Int64

    /// Creates counters.
    public init(entered: Int64 = 0, exited: Int64 = 0) {
        self.entered = entered
        self.exited = exited
    }

    /// Those who are members now.
    public var members: Int64 { entered - exited }

    /// What was counted after an earlier state of the same counters.
    public func since(_ earlier: MemberCounters) -> MemberCounters {
        MemberCounters(entered: entered - earlier.entered, exited: exited - earlier.exited)
    }

    /// Adds another count to this one.
    public static func += (left: inout MemberCounters, right: MemberCounters) {
        left.entered += right.entered
        left.exited += right.exited
    }
}

extension MemberCounters {
    /// Counts a number of members more, or fewer when it is negative.
    mutating func change(by members: Int64) {
        if members > 0 { entered += members } else { exited -= members }
    }

    /// Counts a change of one status, within one input: one that takes back an earlier one of that input takes back its
    /// count too.
    mutating func enter(_ qualifies: Bool, takingBack: Bool) {
        switch (qualifies, takingBack) {
        case (true, false): entered += 1
        case (true, true): exited -= 1
        case (false, false): exited += 1
        case (false, true): entered -= 1
        }
    }
}
