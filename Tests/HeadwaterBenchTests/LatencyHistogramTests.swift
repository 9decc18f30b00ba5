import Testing

@testable import HeadwaterBench

@Suite struct LatencyHistogramTests {
    @Test func `percentiles are within a bucket of the truth`() {
        var histogram = LatencyHistogram()
        for milliseconds in 1...1_000 { histogram.record(.milliseconds(milliseconds)) }

        #expect((485...515).contains(histogram.milliseconds(0.5)))
        #expect((960...1_020).contains(histogram.milliseconds(0.99)))
    }

    @Test func `extreme durations are counted too`() {
        var histogram = LatencyHistogram()
        histogram.record(.zero)
        histogram.record(.seconds(1_000_000))

        #expect(histogram.milliseconds(0.5) < 0.01)
        #expect(histogram.milliseconds(1) > 1_000_000)
    }

    @Test func `nothing measured is zero`() {
        #expect(LatencyHistogram().milliseconds(0.99) == 0)
    }
}
