/// Lines and columns in a text, worked out once for whoever asks for many of them.
struct PQLPlaces: Sendable {
    /// Of each byte, and of the end.
    private let places: [(line: Int32, column: Int32)]

    /// Works them out; costs the text once.
    init(_ source: PQLSource) {
        var places: [(line: Int32, column: Int32)] = []
        places.reserveCapacity(source.bytes.count + 1)
        var line: Int32 = 1
        var start = 0
        while true {
            let end = source.bytes[start...].indices.first { source.isLineEnd(at: $0) } ?? source.bytes.count
            var column: Int32 = 1
            for character in String(decoding: source.bytes[start..<end], as: UTF8.self) {
                for _ in character.utf8 { places.append((line, column)) }
                column += 1
            }
            // What ends the line, or the end of the text.
            places.append((line, column))
            guard end < source.bytes.count else { break }
            (line, start) = (line + 1, end + 1)
        }
        self.places = places
    }

    /// The same as the text's own ``PQLSource/place(at:)``, for an offset at which a character begins.
    func place(at offset: Int) -> (line: Int, column: Int) {
        let place = places[min(max(offset, 0), places.count - 1)]
        return (Int(place.line), Int(place.column))
    }
}
