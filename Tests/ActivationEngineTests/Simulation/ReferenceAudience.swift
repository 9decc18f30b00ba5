import ActivationCore

/// An audience twice over: as PQL for the engine, as Swift for the model.
struct ReferenceAudience {
    enum Rule: Int, CaseIterable {
        // In an order in which each stands after those it asks for.
        case gold
        case visitor
        case active
        case spender
        case buyer
        case reachable
        case named
        case recent
        case today
        case renewing
        case journey
        case evenDay
        case goldSpender
        case reader
        case chained
        case lapsed
        case mirrored
        /// Its members are named by others.
        case uploaded
        case listed

        /// Rules that ask for each other by `inSegment`, so that their policies must link the same identities.
        static let circles: [Set<Rule>] = [
            [.active, .recent, .lapsed], [.uploaded, .listed], [.gold, .spender, .goldSpender, .reader, .chained],
        ]

        /// Whether no other rule asks for it, so that it may come and go.
        var isRemovable: Bool {
            switch self {
            case .visitor, .buyer, .reachable, .named, .today, .renewing, .journey, .evenDay, .lapsed, .mirrored,
                .listed:
                true
            case .gold, .active, .spender, .recent, .goldSpender, .reader, .chained, .uploaded: false
            }
        }
    }

    var rule: Rule
    var id: Audience.ID
    /// A number that the rule compares with.
    var bound: Int
    var policy: MergePolicy.ID
    var createdAt: Int64
    var updatedAt: Int64
    /// Of the external audience: the upload whose members count, and when all exit.
    var edition: Int64 = 0
    var expiresAt: Int64?
    var lifecycle = AudienceLifecycle.published

    var name: String { "audience \"\(rule)\"" }

    /// The bound of a new audience.
    static func bound(of rule: Rule) -> Int {
        switch rule {
        case .spender: 100
        case .buyer: 40
        case .reachable: 4
        case .recent: 2
        case .renewing: 20
        case .journey: 90
        default: 3
        }
    }

    /// The attributes that the expression reads.
    var paths: [ReferencePath] {
        switch rule {
        case .gold: [ReferencePath("loyalty.tier")]
        case .visitor: [ReferencePath("visits")]
        case .named: [ReferencePath("person.name.firstName"), ReferencePath("tags")]
        case .chained: [ReferencePath("city")]
        case .renewing: [ReferencePath("renewal")]
        case .uploaded, .listed, .active, .spender, .buyer, .reachable, .goldSpender, .reader, .recent, .today,
            .journey, .evenDay, .lapsed,
            .mirrored:
            []
        }
    }

    /// What the engine is told of the external audience.
    var external: ExternalAudience {
        ExternalAudience(
            namespace: ReferenceContent.namespace,
            externalID: ReferenceContent.externalID,
            edition: edition,
            expiresAt: expiresAt.map { Timestamp(milliseconds: $0) }
        )
    }

    /// The expression as the engine is told.
    func pql(_ id: (Rule) -> Audience.ID) -> String {
        func text(_ rule: Rule) -> String { id(rule).uuid.description }
        return switch rule {
        case .uploaded: ""
        case .listed: #"inSegment("\#(text(.uploaded))")"#
        case .gold: #"loyalty.tier = "gold""#
        case .visitor: "visits >= \(bound)"
        case .active: "xEvent.count() >= \(bound)"
        case .spender: "xEvent.sum(amount) > \(bound)"
        case .buyer: #"exists E from xEvent where E.kind = "buy" and E.amount > \#(bound)"#
        case .reachable: #"identityMap.get("ECID").count() >= \#(bound) or identityMap.get("Email").isNotNull()"#
        case .named: #"person.name.firstName.isNotNull() or tags.includes("vip")"#
        case .recent: #"xEvent[kind = "view" and timestamp occurs <= 1 minute before now].count() >= \#(bound)"#
        case .today: "exists E from xEvent where E.timestamp occurs today"
        case .renewing: "renewal occurs < \(bound) seconds after now"
        case .journey:
            """
            CHAIN(xEvent, timestamp, [A: WHAT(kind = "view") WHEN(<= \(bound) seconds before now), B: WHAT(kind = "buy")])
            """
        case .evenDay: "currentDayOfMonth() % 2 = 0"
        case .lapsed: #"inSegment("\#(text(.active))") and not inSegment("\#(text(.recent))")"#
        case .mirrored: #"segmentMembership.get("ups").get("\#(text(.recent))").status = "realized""#
        case .goldSpender: #"inSegment("\#(text(.gold))") and inSegment("\#(text(.spender))")"#
        case .reader: #"segmentMembership.get("ups").get("\#(text(.goldSpender))").status = "realized""#
        case .chained: #"inSegment("\#(text(.reader))") or (city.isNotNull() and not inSegment("\#(text(.gold))"))"#
        }
    }

    /// What the expression means at an instant.
    func qualifies(
        _ person: ReferencePerson,
        _ view: ReferenceView,
        at now: Int64,
        _ id: (Rule) -> Audience.ID
    ) -> Bool {
        func isIn(_ rule: Rule) -> Bool { person.isRealized(id(rule)) }
        return switch rule {
        case .uploaded:
            person.members.contains { $0.statements[self.id]?.counts(for: self, at: now) ?? false }
        case .listed: isIn(.uploaded)
        case .gold: view.text("loyalty.tier") == #""gold""#
        case .visitor: view.number("visits").map { $0 >= Double(bound) } ?? false
        case .active: person.events.count >= bound
        case .spender: Self.sum(person.events.compactMap(\.amount)) > Double(bound)
        case .buyer:
            person.events.contains { $0.kind == "buy" && ($0.amount ?? 0) > Double(bound) }
        case .reachable:
            person.identities.filter { $0.namespace == "ECID" }.count >= bound
                || person.identities.contains { $0.namespace == "Email" }
        case .named:
            view.hasValue("person.name.firstName")
                || (view.text("tags").map { $0.hasPrefix("[") && $0.contains(#""vip""#) } ?? false)
        case .recent:
            person.events.filter { $0.kind == "view" && $0.instant <= now && now <= $0.instant + 60_000 }.count >= bound
        case .today: person.events.contains { $0.instant / Self.day == now / Self.day }
        case .renewing:
            view.instant("renewal").map { $0 - Int64(bound) * 1_000 < now && now <= $0 } ?? false
        case .journey:
            person.events.contains { view in
                view.kind == "view" && view.instant <= now && now <= view.instant + Int64(bound) * 1_000
                    && person.events.contains { $0.kind == "buy" && $0.instant > view.instant }
            }
        case .evenDay:
            ReferenceJSON.instant(now).prefix(10).suffix(2).last?.wholeNumberValue.map { $0 % 2 == 0 } ?? false
        case .lapsed: isIn(.active) && !isIn(.recent)
        case .mirrored: isIn(.recent)
        case .goldSpender: isIn(.gold) && isIn(.spender)
        case .reader: isIn(.goldSpender)
        case .chained: isIn(.reader) || view.hasValue("city") && !isIn(.gold)
        }
    }

    private static let day: Int64 = 86_400_000

    /// Every instant after one and until another at which the clock may change the answer, in order.
    func instants(
        _ person: ReferencePerson,
        _ view: ReferenceView,
        after last: Int64,
        until now: Int64
    ) -> [Int64] {
        var instants: [Int64] = []
        switch rule {
        case .uploaded:
            instants = person.members.compactMap { $0.statements[id]?.until } + [expiresAt].compactMap(\.self)
        case .recent: instants = person.events.flatMap { [$0.instant, $0.instant + 60_001] }
        case .journey: instants = person.events.flatMap { [$0.instant, $0.instant + Int64(bound) * 1_000 + 1] }
        case .renewing:
            if let renewal = view.instant("renewal") {
                instants = [renewal - Int64(bound) * 1_000 + 1, renewal + 1]
            }
        case .today, .evenDay:
            instants = Array(stride(from: last / Self.day * Self.day, through: now, by: Int(Self.day)))
        default: break
        }
        return instants.filter { last < $0 && $0 <= now }
    }

    /// The sum of amounts, exact in whole numbers of 2^-60 and rounded once.
    static func sum(_ amounts: [Double]) -> Double {
        Double(amounts.reduce(Int128(0)) { $0 + Int128($1 * 0x1p60) }) * 0x1p-60
    }
}
