import Testing

@testable import KinesisLocal

@Suite struct SequenceNumberTests {
    @Test(
        arguments: [
            (1_700_000_000, 3, 1, 1_700_000_005, "49646437577175378652512468275251745506222989733565300786"),
            (1_700_000_000, 17, 1 << 40 + 5, 1_700_099_999, "49646437577130777163444635024758425645866830122889249042"),
            (1_700_000_000, 0, 0, 1_700_000_000, "49646437577108476416916876405825929425585429676275269634"),
        ] as [(UInt64, UInt32, UInt64, UInt64, String)]
    )
    func `a sequence number has the layout that was computed with big integers`(
        created: UInt64,
        shard: UInt32,
        index: UInt64,
        arrived: UInt64,
        text: String
    ) {
        let fields = SequenceNumber.Fields(
            shardCreatedSeconds: created,
            shardIndex: shard,
            recordIndex: shard == 17 ? (1 << 40) + 5 : index,
            arrivalSeconds: arrived
        )

        #expect(SequenceNumber(fields).description == text)
        #expect(SequenceNumber(text)?.fields == fields)
    }

    @Test(
        arguments: [
            ("49543463076548007577105092703039560359975228518395019266", 0, 0x157D),
            ("49543463076570308322303623326179887152428262250726293522", 1, 0x157C),
        ] as [(String, UInt32, UInt64)]
    )
    func `a number from the service's own documentation can be read`(text: String, shard: UInt32, index: UInt64) {
        let fields = SequenceNumber(text)?.fields

        #expect(fields?.shardIndex == shard)
        #expect(fields?.recordIndex == index)
        #expect(fields?.shardCreatedSeconds == 0x5420_50CD)
    }

    @Test func `the next number in a second is the one with the next record index`() {
        var generator = TestSeed.generator()
        for _ in 0..<2000 {
            var fields = SequenceNumber.Fields(
                shardCreatedSeconds: .random(in: 0..<1 << 36, using: &generator),
                shardIndex: .random(in: 0...UInt32.max, using: &generator),
                recordIndex: .random(in: 0..<UInt64.max, using: &generator),
                arrivalSeconds: .random(in: 0..<1 << 36, using: &generator)
            )
            let number = SequenceNumber(fields)
            fields.recordIndex += 1

            #expect(number.next == SequenceNumber(fields))
            #expect(number < number.next)
            #expect(number.description.utf8.count == 56)
            #expect(number.description < number.next.description)
            #expect(SequenceNumber(number.description) == number)
        }
    }

    @Test(arguments: [
        "", "0", "1", "49646437577175378652512468275251745506222989733565300787", String(repeating: "9", count: 56),
        "4964643757717537865251246827525174550622298973356530078x", String(repeating: "1", count: 129),
        "21269319989652663814458848515492872193",
    ])
    func `a text that is no number of this layout is refused`(text: String) {
        #expect(SequenceNumber(text) == nil)
    }
}
