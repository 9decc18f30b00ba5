import Testing

@testable import ActivationEngine

/// `traceparent` as W3C Trace Context, level 1, has it.
@Suite struct TraceContextTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let span = "b7ad6b7169203331"

    @Test(arguments: [
        // The examples of the recommendation.
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", false),
        // Flags that level 1 does not know.
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff", true),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02", false),
        // Versions that are still to come: what follows is not ours to read.
        ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true),
        ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-", true),
        ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-what-the-future-will-be-like", false),
    ])
    func `a header is read and written again in version 00`(_ text: String, _ isSampled: Bool) throws {
        let context = try #require(TraceContext(traceparent: text))

        #expect(context.traceID.description == Self.trace)
        #expect(context.spanID.description == Self.span)
        #expect(context.isSampled == isSampled)
        #expect(context.traceparent == "00-\(Self.trace)-\(Self.span)-\(isSampled ? "01" : "00")")
    }

    @Test(arguments: [
        "",
        "00",
        "00-\(trace)-\(span)",
        "00-\(trace)-\(span)-",
        "00-\(trace)-\(span)-0",
        // Longer than version 00 can be.
        "00-\(trace)-\(span)-01-",
        "00-\(trace)-\(span)-01-what-the-future-will-be-like",
        "00-\(trace)-\(span)-011",
        // A later version goes on with a dash.
        "cc-\(trace)-\(span)-01.what-the-future-will-not-be-like",
        "cc-\(trace)-\(span)-011",
        // The version that there never is.
        "ff-\(trace)-\(span)-01",
        "0-\(trace)-\(span)-01",
        // Upper case.
        "00-0AF7651916CD43DD8448EB211C80319C-\(span)-01",
        "00-\(trace)-B7AD6B7169203331-01",
        "00-\(trace)-\(span)-0A",
        "CC-\(trace)-\(span)-01",
        // Nothing but zeros.
        "00-00000000000000000000000000000000-\(span)-01",
        "00-\(trace)-0000000000000000-01",
        // Ids of other lengths.
        "00-\(trace)0-\(span.dropLast())-01",
        "00-\(trace.dropLast())-\(span)0-01",
        // What is no digit.
        ".0-\(trace)-\(span)-01",
        "00-.\(trace.dropFirst())-\(span)-01",
        "00-\(trace)-\(span)-.1",
        "00_\(trace)_\(span)_01",
        "00-\(trace)-\(span)-01 ",
        " 00-\(trace)-\(span)-01",
        "00-\(trace)-\(span)-é",
    ])
    func `what is not written as it must be is ignored`(_ text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }

    @Test func `only one half of an id may be zero`() throws {
        let text = "00-0000000000000000000000000000000a-00000000000000f0-01"

        #expect(try #require(TraceContext(traceparent: text)).traceparent == text)
        #expect(TraceContext(traceparent: "00-000000000000000a0000000000000000-00000000000000f0-01") != nil)
    }

    @Test func `a step has the trace and the flag of the one before and an id of its own`() throws {
        let parent = try #require(TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-01"))

        let steps = (0..<100).map { _ in parent.child() }

        #expect(steps.allSatisfy { $0.traceID == parent.traceID && $0.isSampled })
        #expect(Set(steps.map(\.spanID) + [parent.spanID]).count == 101)
        #expect(steps.allSatisfy { TraceContext(traceparent: $0.traceparent) == $0 })
    }
}
