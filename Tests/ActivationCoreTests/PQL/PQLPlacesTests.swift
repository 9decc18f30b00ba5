import Testing

@testable import ActivationCore

/// Places worked out once are those that are worked out one by one.
@Suite struct PQLPlacesTests {
    @Test(arguments: [
        "", "a = 1", "a = 1\nor b = 2", "a\r\nb\rc\n\nd", "\n", "\r", "a\r", "naïve = \"é👩‍👩‍👧\" or x = 1\n  or y = 2",
        "e\u{301}x\ny",
    ]) func `every character is where it is`(text: String) {
        let source = PQLSource(text)
        let places = PQLPlaces(source)
        var offset = 0
        for character in text {
            #expect(places.place(at: offset) == source.place(at: offset), "\(offset)")
            offset += character.utf8.count
        }
        #expect(places.place(at: offset) == source.place(at: offset))
        #expect(places.place(at: offset + 9) == source.place(at: offset + 9))
    }
}
