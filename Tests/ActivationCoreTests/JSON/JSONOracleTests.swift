import ActivationCore
import Testing

struct JSONOracleTests {
    @Test func `random texts are read as Foundation reads them`() throws {
        var generator = JSONGenerator(random: TestSeed.generator())
        for _ in 0..<2_000 {
            let text = generator.spell(generator.value(depth: 5))

            let document = try JSONDocument(parsing: text)
            if JSONOracle.isUnfit(for: document) { continue }

            let value = try #require(JSONOracle.read(text), "\(String(decoding: text, as: UTF8.self))")
            #expect(JSONOracle.agrees(value, document.root), "\(String(decoding: text, as: UTF8.self))")
        }
    }
}
