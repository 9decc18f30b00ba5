import ActivationCore
import Foundation
import Testing

struct TimestampRFC3339Tests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-03-02T09:15:04Z", 1_772_442_904_000),
        ("2026-03-02t09:15:04z", 1_772_442_904_000),
        ("2026-03-02T09:15:04.1Z", 1_772_442_904_100), ("2026-03-02T09:15:04.123Z", 1_772_442_904_123),
        ("2026-03-02T09:15:04.123999999999999999999Z", 1_772_442_904_123),
        ("2026-03-02T10:45:04+01:30", 1_772_442_904_000),
        ("2026-03-02T10:45:04+0130", 1_772_442_904_000), ("2026-03-01T23:15:04-10:00", 1_772_442_904_000),
        ("2026-03-02T09:15:04-00:00", 1_772_442_904_000), ("2026-03-02T09:15:04+0000", 1_772_442_904_000),
        ("1969-12-31T23:59:59.999Z", -1), ("0000-01-01T00:00:00Z", -62_167_219_200_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999), ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000), ("2017-01-01T08:59:60.5+09:00", 1_483_228_800_500),
    ])
    func `an RFC 3339 text is read as its instant`(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
        #expect(Timestamp(rfc3339: text.utf8.lazy.map { $0 })?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-03-02", "2026-03-02T", "2026-03-02T09:15", "2026-03-02T09:15:04", "2026-03-02 09:15:04Z",
        "2026-03-02T09:15:04.Z", "2026-03-02T09:15:04,5Z", "2026-3-2T09:15:04Z", "2026-02-29T09:15:04Z",
        "2026-00-02T09:15:04Z", "2026-13-02T09:15:04Z", "2026-03-32T09:15:04Z", "2026-03-02T24:00:00Z",
        "2026-03-02T09:60:04Z", "2026-03-02T09:15:61Z", "2026-03-02T09:15:60Z", "2026-03-02T23:59:60Z",
        "2026-03-02T09:15:04+24:00", "2026-03-02T09:15:04+01:60", "2026-03-02T09:15:04+01", "2026-03-02T09:15:04+1:00",
        "2026-03-02T09:15:04Z ", " 2026-03-02T09:15:04Z", "2026-03-02T09:15:04ZZ", "+2026-03-02T09:15:04Z",
        "-026-03-02T09:15:04Z", "12026-03-02T09:15:04Z", "2026-03-02T09:15:04\u{0}Z", "２026-03-02T09:15:04Z",
        "2026-03-02T09:15:04.5", "2026-03-02T-9:15:04Z",
    ])
    func `anything else is not read`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func `a day alone is its midnight`() {
        #expect(Timestamp(date: "2026-03-02")?.rfc3339 == "2026-03-02T00:00:00Z")
        #expect(Timestamp(date: Array("1969-12-31".utf8))?.milliseconds == -86_400_000)
        for text in ["", "2026-03", "2026-02-30", "2026-03-02Z", "2026-03-02T00:00:00Z", "20260302"] {
            #expect(Timestamp(date: text) == nil, "\(text)")
        }
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (1_772_442_904_123, "2026-03-02T09:15:04.123Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (-62_167_219_200_001, "-0001-12-31T23:59:59.999Z"),
        (253_402_300_800_000, "+10000-01-01T00:00:00.000Z"), (.max, "+292278994-08-17T07:12:55.807Z"),
        (.min, "-292275055-05-16T16:47:04.192Z"),
    ])
    func `an instant is written in UTC`(milliseconds: Int64, text: String) {
        let instant = Timestamp(milliseconds: milliseconds)
        var bytes: [UInt8] = []

        instant.appendRFC3339Milliseconds(to: &bytes)

        #expect(String(decoding: bytes, as: UTF8.self) == text)
        #expect(instant.rfc3339 == text.prefix { $0 != "." } + "Z")
    }

    @Test func `what is written reads back, and as Foundation reads it`() throws {
        var random = TestSeed.generator()
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for _ in 0..<5_000 {
            let instant = Timestamp(
                milliseconds: Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &random)
            )
            var bytes: [UInt8] = []

            instant.appendRFC3339Milliseconds(to: &bytes)

            #expect(Timestamp(rfc3339: bytes) == instant)
            let seconds = instant.milliseconds - (instant.milliseconds % 1_000 + 1_000) % 1_000
            #expect(Timestamp(rfc3339: instant.rfc3339)?.milliseconds == seconds)
            guard instant.milliseconds > 0 else { continue }
            let date = try style.parse(String(decoding: bytes, as: UTF8.self))
            #expect(abs(date.timeIntervalSince1970 * 1_000 - Double(instant.milliseconds)) < 1)
        }
    }

    @Test func `no bytes crash the reader`() {
        var random = TestSeed.generator()
        let text = Array("2026-03-02T09:15:04.123+01:00".utf8)
        let alphabet = Array("0123456789TtZz:-+. \u{0}é".utf8)
        for _ in 0..<20_000 {
            var mutated = text
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                mutated[Int.random(in: 0..<mutated.count, using: &random)] = alphabet.randomElement(using: &random) ?? 0
            }
            mutated.removeLast(Int.random(in: 0...3, using: &random))

            if let instant = Timestamp(rfc3339: mutated) {
                var bytes: [UInt8] = []
                instant.appendRFC3339Milliseconds(to: &bytes)
                if instant.milliseconds >= -62_167_219_200_000 { #expect(Timestamp(rfc3339: bytes) == instant) }
            }
        }
    }
}
