import ActivationCore
import Testing

@testable import ActivationServer

/// What is seen of a message by whoever has not asked for values.
@Suite struct MaskedMessageTests {
    private static let message = #"""
        {"person":{"name":"planted","tags":["planted",1,true,null]},"big":1e400,
        "segmentMembership":{"ups":{"a":{"lastQualificationTime":"2026-01-01T00:00:00Z","status":"realized"}}},
        "identityMap":{"email":[{"id":"planted@example.org"}]}}
        """#

    @Test func `values are told by kind and size, standings as they are`() {
        let text = MaskedMessage.text(of: Array(Self.message.utf8))

        #expect(!text.contains("planted"))
        #expect(text.contains(#""name":"text, 7""#))
        #expect(text.contains(#""tags":["text, 7","whole number","true or false",null]"#))
        #expect(text.contains(#""status":"realized""#))
        #expect(text.contains(#""email":[{"id":"text, 19"}]"#))
    }

    @Test func `of an envelope only the message is masked`() {
        let event = #"{"specversion":"1.0","id":"k","data":{"revision":3,"profile":\#(Self.message)}}"#
        let text = MaskedMessage.text(of: Array(event.utf8))

        #expect(text.contains(#""id":"k""#) && text.contains(#""revision":3"#))
        #expect(!text.contains("planted") && text.contains(#""status":"realized""#))
    }

    @Test(arguments: ["planted", "", "[\"planted\"]", #"{"specversion":"1.0","data":["planted"]}"#])
    func `nothing is shown of what has another shape`(payload: String) {
        #expect(!MaskedMessage.text(of: Array(payload.utf8)).contains("planted"))
    }

    @Test func `attributes that are named like members of an envelope are masked too`() {
        let payload = """
            {"specversion":"planted","id":"planted","subject":"planted","data":{"profile":{"segmentMembership":\
            {"ups":{"a":{"status":"planted"}}}}},"segmentMembership":{"ups":{}},"identityMap":{"email":[{"id":"planted"}]}}
            """
        #expect(!MaskedMessage.text(of: Array(payload.utf8)).contains("planted"))
        #expect(!MaskedMessage.lines(of: Array(payload.utf8)).contains("planted"))
        let message = (try? JSONValue(parsing: Array(payload.utf8)))?.object ?? [:]
        #expect(MaskedMessage.profile(in: message)?["segmentMembership"] == ["ups": [:]])
    }
}
