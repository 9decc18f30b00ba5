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
        case goldSpender
        case reader
        case chained

        /// Whether no other rule asks for it, so that it may come and go.
        var isRemovable: Bool {
            switch self {
            case .visitor, .active, .buyer, .reachable, .named: true
            case .gold, .spender, .goldSpender, .reader, .chained: false
            }
        }
    }

    var rule: Rule
    var id: Audience.ID
    /// A number that the rule compares with.
    var bound: Int
    var policy: Int
    var createdAt: Int64
    var updatedAt: Int64

    var name: String { "audience \"\(rule)\"" }

    /// The bound of a new audience.
    static func bound(of rule: Rule) -> Int {
        switch rule {
        case .spender: 100
        case .buyer: 40
        case .reachable: 4
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
        case .active, .spender, .buyer, .reachable, .goldSpender, .reader: []
        }
    }

    /// The expression as the engine is told.
    func pql(_ id: (Rule) -> Audience.ID) -> String {
        func text(_ rule: Rule) -> String { id(rule).uuid.description }
        return switch rule {
        case .gold: #"loyalty.tier = "gold""#
        case .visitor: "visits >= \(bound)"
        case .active: "xEvent.count() >= \(bound)"
        case .spender: "xEvent.sum(amount) > \(bound)"
        case .buyer: #"exists E from xEvent where E.kind = "buy" and E.amount > \#(bound)"#
        case .reachable: #"identityMap.get("ECID").count() >= \#(bound) or identityMap.get("Email").isNotNull()"#
        case .named: #"person.name.firstName.isNotNull() or tags.includes("vip")"#
        case .goldSpender: #"inSegment("\#(text(.gold))") and inSegment("\#(text(.spender))")"#
        case .reader: #"segmentMembership.get("ups").get("\#(text(.goldSpender))").status = "realized""#
        case .chained: #"inSegment("\#(text(.reader))") or (city.isNotNull() and not inSegment("\#(text(.gold))"))"#
        }
    }

    /// What the expression means.
    func qualifies(_ person: ReferencePerson, _ id: (Rule) -> Audience.ID) -> Bool {
        let view = person.view
        func isIn(_ rule: Rule) -> Bool { person.isRealized(id(rule)) }
        return switch rule {
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
        case .goldSpender: isIn(.gold) && isIn(.spender)
        case .reader: isIn(.goldSpender)
        case .chained: isIn(.reader) || view.hasValue("city") && !isIn(.gold)
        }
    }

    /// The sum of amounts, exact in whole numbers of 2^-60 and rounded once.
    private static func sum(_ amounts: [Double]) -> Double {
        Double(amounts.reduce(Int128(0)) { $0 + Int128($1 * 0x1p60) }) * 0x1p-60
    }
}
