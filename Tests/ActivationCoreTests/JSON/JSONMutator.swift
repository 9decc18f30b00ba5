import ActivationCore

/// Turns texts into neighbours of theirs: mostly wrong, often by one byte.
struct JSONMutator {
    var generator: JSONGenerator

    private static let tokens: [[UInt8]] =
        [
            "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u", "\\u0000", "\\ud800", "\\udc00", "\\ud83d\\ude00", "\"\"",
            "0",
            "-", ".", "e", "E+", "1e9", "01", "null", "true", "fals", " ", "\n", "\t", "\u{0}", "\u{1f}", "\u{7f}", "é",
            "😀",
            "\u{feff}", "{\"a\":1,", "\"a\":", "[[[[", "]]]]", "18446744073709551616",
        ].map { Array($0.utf8) } + [
            [0x80], [0xc0, 0xaf], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff],
        ]

    /// The next text.
    mutating func next() -> [UInt8] {
        var text = generator.spell(generator.value(depth: Int.random(in: 0...4, using: &generator.random)))
        for _ in 0..<Int.random(in: 0...3, using: &generator.random) { mutate(&text) }
        return text
    }

    private mutating func mutate(_ text: inout [UInt8]) {
        let place = Int.random(in: 0...text.count, using: &generator.random)
        let end = min(text.count, place + Int.random(in: 0...8, using: &generator.random))
        switch Int.random(in: 0..<7, using: &generator.random) {
        case 0 where place < text.count: text[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator.random)
        case 1 where place < text.count: text[place] = UInt8.random(in: .min ... .max, using: &generator.random)
        case 2: text.insert(contentsOf: Self.tokens.randomElement(using: &generator.random) ?? [], at: place)
        case 3: text.removeSubrange(place..<end)
        case 4: text.removeSubrange(place...)
        case 5: text.insert(contentsOf: text[place..<end], at: Int.random(in: 0...text.count, using: &generator.random))
        default: text.replaceSubrange(place..<end, with: Self.tokens.randomElement(using: &generator.random) ?? [])
        }
    }
}
