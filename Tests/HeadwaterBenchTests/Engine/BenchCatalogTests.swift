import ActivationCore
import Testing

@testable import HeadwaterBench

@Suite struct BenchCatalogTests {
    @Test(arguments: [1, 19, 20, 21, 39, 40, 500])
    func `every audience has a rule of its own, those that updates affect among them`(count: Int) throws {
        let definition = try BenchCatalog(BenchCustomers(), audiences: count).definition(hasDataflow: true)
        let rules = definition.audiences.compactMap(\.rule.expression?.text)

        #expect(Set(rules).count == count)
        #expect(Set(definition.audiences.map(\.id)).count == count)
        // What an update writes: web, and the last order.
        #expect(rules.count { $0.contains("web.") || $0.contains("lastOrder.") } == min(count, 20) - unaffected(count))
        #expect(rules[0] == "loyalty.tier < 6")
    }

    /// Rules of the first twenty that no update affects: they are of other attributes.
    private func unaffected(_ count: Int) -> Int {
        // By place: tier, country, birth year, points.
        [0, 15, 16, 17].count { $0 < count }
    }

    @Test(arguments: EventSet.allCases)
    func `every audience beside a measured rule asks for events of its own`(set: EventSet) throws {
        let rules = try set.catalog(audiences: 30).audiences.compactMap(\.rule.expression?.text)

        #expect(Set(rules).count == 30)
    }
}
