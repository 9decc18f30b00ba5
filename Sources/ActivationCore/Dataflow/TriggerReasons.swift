/// Why a record is exported; several may hold at once (BEHAVIOUR 3.2).
public struct TriggerReasons: OptionSet, Hashable, Sendable {
    /// The bits; stored, so they never change.
    public var rawValue: UInt8

    /// Wraps stored bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// T1: the status in a mapped audience changed.
    public static let membership = TriggerReasons(rawValue: 1)
    /// T2: an identity was added or removed.
    public static let identity = TriggerReasons(rawValue: 2)
    /// T3: a mapped attribute was written.
    public static let attribute = TriggerReasons(rawValue: 4)
    /// T4: a member has its turn in a backfill.
    public static let backfill = TriggerReasons(rawValue: 8)
    /// T5: an audience was taken out of the dataflow, and its members are told of (BEHAVIOUR 3.9).
    public static let unmapped = TriggerReasons(rawValue: 16)
    /// T6: somebody asked for what is true now to be sent again (BEHAVIOUR 3.18).
    public static let replay = TriggerReasons(rawValue: 32)
    /// T7: consent that the dataflow asks for was withdrawn, lapsed or was given again (BEHAVIOUR 9.5).
    public static let consent = TriggerReasons(rawValue: 64)
}

extension TriggerReasons {
    /// The reasons by name, as APIs and envelopes have them.
    public static let names: [(reason: TriggerReasons, name: String)] = [
        (.membership, "membership"), (.identity, "identity"), (.attribute, "attribute"), (.backfill, "backfill"),
        (.unmapped, "unmapped"), (.replay, "replay"), (.consent, "consent"),
    ]

    /// Those that a change of a profile gives.
    public static let changes: TriggerReasons = [.membership, .identity, .attribute]

    /// Those that a dataflow cannot do without, whichever triggers it has.
    static let always: TriggerReasons = [.replay, .consent]

    /// The names of those that hold.
    public var names: [String] { TriggerReasons.names.filter { contains($0.reason) }.map(\.name) }
}
