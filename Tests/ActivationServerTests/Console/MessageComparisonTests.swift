import Testing

@testable import ActivationServer

@Suite struct MessageComparisonTests {
    private static func signs(_ before: String, _ after: String) -> [String] {
        MessageComparison.lines(before, after).map(\.text)
    }

    @Test func `lines in common stand once, the others with a sign`() {
        #expect(
            Self.signs("{\n  a,\n  b,\n  c\n}", "{\n  b,\n  c,\n  d\n}")
                == ["  {", "−   a,", "    b,", "    c,", "+   d", "  }"]
        )
        #expect(Self.signs("", "x\ny") == ["+ x", "+ y"])
        #expect(Self.signs("x", "") == ["− x"])
        #expect(Self.signs("", "").isEmpty)
    }
}
