import Testing

@testable import Console

@Suite struct StyleTests {
    /// The tokens of one colour scheme.
    private static func tokens(_ text: Substring) -> [String: [Double]] {
        var tokens: [String: [Double]] = [:]
        for part in text.split(whereSeparator: { ";{}".contains($0) }) {
            let pair = part.split(separator: ":", maxSplits: 1)
            guard pair.count == 2, let mark = pair[1].firstIndex(of: "#") else { continue }
            let digits = pair[1][pair[1].index(after: mark)...].prefix(6)
            guard digits.count == 6, let value = Int(digits, radix: 16) else { continue }
            let name = String(pair[0].drop { $0 != "-" })
            tokens[name] = [value >> 16, value >> 8 & 0xFF, value & 0xFF].map { Double($0) / 255 }
        }
        return tokens
    }

    /// The contrast ratio as the Web Content Accessibility Guidelines define it.
    private static func ratio(_ left: [Double], _ right: [Double]) -> Double {
        func luminance(_ colour: [Double]) -> Double {
            let linear = colour.map { $0 <= 0.040_45 ? $0 / 12.92 : power(($0 + 0.055) / 1.055) }
            return 0.212_6 * linear[0] + 0.715_2 * linear[1] + 0.072_2 * linear[2]
        }
        let pair = [luminance(left), luminance(right)].sorted()
        return (pair[1] + 0.05) / (pair[0] + 0.05)
    }

    /// x to the power of 2.4: the fifth root of x¹², by Newton's method.
    private static func power(_ x: Double) -> Double {
        let twelfth = (0..<12).reduce(1.0) { product, _ in product * x }
        var root = 1.0
        for _ in 0..<200 { root -= (root * root * root * root * root - twelfth) / (5 * root * root * root * root) }
        return root
    }

    @Test(arguments: [0, 1]) func `text and controls can be read on every ground, light and dark`(scheme: Int) throws {
        let dark = try #require(StyleSheet.text.firstRange(of: "@media (prefers-color-scheme: dark)"))
        let end = try #require(StyleSheet.text.firstRange(of: "*, ::before"))
        let light = StyleSheet.text[..<dark.lowerBound]
        let tokens = StyleTests.tokens(scheme == 0 ? light : StyleSheet.text[dark.lowerBound..<end.lowerBound])
        func colour(_ name: String) throws -> [Double] { try #require(tokens["--\(name)"], "\(name)") }

        for ground in ["page", "surface", "raised"] {
            for text in ["text", "muted", "link"] {
                let found = StyleTests.ratio(try colour(text), try colour(ground))
                #expect(found >= 4.5, "\(text) on \(ground): \(found)")
            }
            #expect(StyleTests.ratio(try colour("control"), try colour(ground)) >= 3)
            #expect(StyleTests.ratio(try colour("focus"), try colour(ground)) >= 3)
        }
        for tone in ["good", "warning", "bad", "info"] {
            #expect(StyleTests.ratio(try colour(tone), try colour("\(tone)-ground")) >= 4.5, "\(tone)")
        }
        #expect(StyleTests.ratio(try colour("on-link"), try colour("link")) >= 4.5)
        #expect(StyleTests.ratio(try colour("surface"), try colour("bad")) >= 4.5)
    }

    @Test func `files are small, named by their content, and compressed`() throws {
        #expect(ConsoleAssets.all.count == 4)
        for asset in ConsoleAssets.all.values {
            #expect(asset.name.hasPrefix("\(asset.name.prefix(20))."))
            let compressed = try #require(asset.compressed)
            #expect(compressed.count < 7_168, "\(asset.name)")
        }
    }

    @Test func `the script runs no text and writes no markup`() {
        for word in [
            "innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "Function(", "document.write", "localStorage",
        ] {
            #expect(!Script.text.contains(word), "\(word)")
        }
        #expect(Script.text.utf8.count < 12_288)
    }

    @Test func `every symbol that a state shows is in the file`() {
        let names = Set(Icons.symbols.map(\.name))

        #expect(names.count == Icons.symbols.count)
        for tone in [StateMark.Tone.good, .warning, .bad, .quiet] { #expect(names.contains(StateMark("x", tone).icon)) }
    }
}
