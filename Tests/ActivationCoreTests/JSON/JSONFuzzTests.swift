import ActivationCore
import Foundation
import Testing

/// Mutated texts by the thousand; `HEADWATER_FUZZ_COUNT` sets how many.
struct JSONFuzzTests {
    @Test func `no text crashes the reader, and what it accepts is canonical and agreed on`() throws {
        let count = ProcessInfo.processInfo.environment["HEADWATER_FUZZ_COUNT"].flatMap { Int($0) } ?? 20_000
        var mutator = JSONMutator(generator: JSONGenerator(random: TestSeed.generator()))
        var accepted = 0
        for _ in 0..<count {
            let text = mutator.next()
            let complaint: String?
            do throws(JSONError) {
                let document = try JSONDocument(parsing: text)
                accepted += 1
                complaint = fault(of: document, text)
            } catch {
                complaint = fault(of: error, text)
            }
            // The first one stops the run: a wrong rule would be found again and again.
            try #require(complaint == nil, "\(text) = \(String(decoding: text, as: UTF8.self))")
        }
        print("\(count) texts: \(accepted) accepted, \(count - accepted) refused")
        #expect(accepted > count / 10)
        #expect(accepted < count)
    }

    /// What is wrong with an acceptance.
    private func fault(of document: JSONDocument, _ text: [UInt8]) -> String? {
        guard let again = try? JSONDocument(parsing: document.text), again.text == document.text else {
            return "the canonical text is not its own canonical text"
        }
        var written: [UInt8] = []
        let value = JSONValue(document.root)
        value.write(to: &written)
        guard let copy = try? JSONDocument(parsing: written), copy.root.isSame(as: document.root),
            JSONValue(copy.root) == value
        else { return "the value does not survive being written" }
        if JSONOracle.isUnfit(for: document) { return nil }
        guard let value = JSONOracle.read(text), JSONOracle.agrees(value, document.root) else {
            return "Foundation does not read the same value"
        }
        return nil
    }

    /// What is wrong with a refusal: Foundation must refuse the text too, but for the rules that are ours alone.
    private func fault(of error: JSONError, _ text: [UInt8]) -> String? {
        guard (0...text.count).contains(error.offset) else { return "offset \(error.offset) is outside the text" }
        let isOurs =
            error.found == "a key that this object has already" || error.expected.hasSuffix("levels of nesting")
        // Foundation lets a comma end a container.
        let isTrailingComma = ["']'", "'}'"].contains(error.found) && ["a value", "a key"].contains(error.expected)
        // Foundation guesses UTF-16 and UTF-32 from zeros and byte order marks.
        let isGuessed =
            text.prefix(4).contains(0)
            || [[0xef, 0xbb, 0xbf], [0xfe, 0xff], [0xff, 0xfe]].contains { text.starts(with: $0) }
        if isOurs || isTrailingComma || isGuessed || JSONOracle.read(text) == nil { return nil }
        return "Foundation accepts it, refused here at \(error.offset): expected \(error.expected)"
    }
}
