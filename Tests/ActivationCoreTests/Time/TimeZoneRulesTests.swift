import Testing

@testable import ActivationCore

struct TimeZoneRulesTests {
    private func refusal(_ bytes: [UInt8]) -> String? {
        do throws(TimeZoneError) {
            _ = try TimeZoneRules(name: "Test/Zone", tzif: bytes)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `UTC is the same by name, by file and everywhere`() throws {
        let read = try ZoneinfoOracle.rules("UTC")

        #expect(read == .utc)
        #expect(read.isUTC && TimeZoneRules.utc.isUTC)
        #expect(try ZoneinfoOracle.rules("Europe/Berlin") != .utc)
        for instant in [Int64.min, -1, 0, 1, .max] { #expect(TimeZoneRules.utc.offset(at: instant) == 0) }
    }

    @Test func `rules are told apart by their name and by what the clocks show`() throws {
        let rule = "CET-1CEST,M3.5.0,M10.5.0/3"
        let posix = try #require(PosixTimeZone(Array(rule.utf8)[...]))
        /// The same clocks, of which the file says until when they follow no rule yet.
        func rules(through year: Int, shiftedBy seconds: Int64 = 0) throws -> TimeZoneRules {
            var writer = TZifWriter(rule: rule)
            writer.offsets = [3_600, 7_200]
            for year in 1996...year {
                for change in posix.changes(in: year) {
                    writer.changes.append((change.instant / 1_000 + seconds, change.offset == 3_600_000 ? 0 : 1))
                }
            }
            return try TimeZoneRules(name: "Test/Zone", tzif: writer.bytes)
        }

        let zone = try rules(through: 2037)

        #expect(zone.calendarID == "Test/Zone \(zone.digest)")
        #expect(try rules(through: 1996) == zone)
        #expect(try rules(through: 1996).hashValue == zone.hashValue)
        #expect(try rules(through: 2037, shiftedBy: 60) != zone)
        #expect(try ZoneinfoOracle.rules("Arctic/Longyearbyen").digest == ZoneinfoOracle.rules("Europe/Berlin").digest)
        #expect(try ZoneinfoOracle.rules("Arctic/Longyearbyen") != ZoneinfoOracle.rules("Europe/Berlin"))
        // What has no days but those of UTC has the calendar of UTC.
        #expect(try ZoneinfoOracle.rules("Etc/GMT").calendarID == nil)
        // States in stores are named by it, so it may never come out otherwise.
        #expect(try TimeZoneRules(name: "a", tzif: TZifWriter(rule: "<+01>-1").bytes).digest == "6ff6a0f84ed18b8d")
    }

    @Test func `a file of the first version is read`() throws {
        var writer = TZifWriter()
        writer.version = 0
        writer.offsets = [-600, 3_600]
        writer.changes = [(-1_000, 1), (5_000, 0)]

        let zone = try TimeZoneRules(name: "Test/Old", tzif: writer.bytes)

        #expect(zone.offset(at: -1_000_001) == -600_000)
        #expect(zone.offset(at: -1_000_000) == 3_600_000)
        #expect(zone.offset(at: 4_999_999) == 3_600_000)
        #expect(zone.offset(at: 5_000_000) == -600_000)
        #expect(zone.offset(at: .max) == -600_000)
    }

    @Test func `changes beyond what can be told are taken for the beginning, or never come`() throws {
        var writer = TZifWriter()
        writer.offsets = [60, 120, 180]
        writer.changes = [(.min, 1), (.min + 1, 2), (0, 1), (.max, 0)]

        let zone = try TimeZoneRules(name: "Test/Far", tzif: writer.bytes)

        #expect(zone.offset(at: .min) == 180_000)
        #expect(zone.offset(at: -1) == 180_000)
        #expect(zone.offset(at: .max) == 120_000)
    }

    @Test func `a damaged file is refused with what is wrong`() throws {
        var unordered = TZifWriter()
        unordered.changes = [(5, 0), (5, 0)]
        var unknown = TZifWriter()
        unknown.changes = [(5, 1)]
        var none = TZifWriter()
        none.offsets = []
        var far = TZifWriter()
        far.offsets = [93_600]
        var leap = TZifWriter()
        leap.leapSeconds = 1

        #expect(refusal([]) == "Test/Zone: the file is cut off: 4 bytes more are announced and 0 are there")
        #expect(refusal(Array("#!/bin/sh\n".utf8))?.contains("TZif") == true)
        #expect(refusal(unordered.bytes)?.contains("order") == true)
        #expect(refusal(unknown.bytes)?.contains("offset number 1 of 1") == true)
        #expect(refusal(none.bytes)?.contains("no offset") == true)
        #expect(refusal(far.bytes)?.contains("26 hours") == true)
        #expect(refusal(leap.bytes)?.contains("leap seconds") == true)
        #expect(refusal(TZifWriter(rule: "whatever").bytes)?.contains("POSIX") == true)
        #expect(refusal(Array(TZifWriter().bytes.dropLast()))?.contains("cut off") == true)
    }

    @Test(arguments: ["Europe/Berlin", "Pacific/Apia", "America/St_Johns", "Africa/Casablanca", "Asia/Kathmandu"])
    func `a file with any damage is refused or read without a trap`(name: String) throws {
        var random = TestSeed.generator()
        let whole = try ZoneinfoOracle.bytes(name)
        for end in stride(from: 0, to: whole.count - 1, by: 7) { #expect(refusal(Array(whole[..<end])) != nil) }
        for _ in 0..<400 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                // Most damage to the head and the end shows; that to the tables gives other zones.
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[random.oneIn(4) ? place % 60 : place] = UInt8.random(in: 0...255, using: &random)
            }
            guard let zone = try? TimeZoneRules(name: name, tzif: bytes) else { continue }
            let calendar = PQLCalendar(zone: zone)
            for _ in 0..<20 {
                let instant =
                    Int64.random(in: -PQLCalendar.farthest...PQLCalendar.farthest, using: &random)
                    >> Int64.random(in: 0...30, using: &random)
                let day = zone.day(of: instant)
                #expect(zone.startOfDay(day) <= instant && instant < zone.startOfDay(day + 1))
                _ = zone.instant(ofLocal: instant)
                for unit in PQLUnit.allCases {
                    let index = calendar.index(of: unit, around: instant)
                    let start = calendar.start(of: unit, at: index)
                    #expect(start <= instant && instant < calendar.start(of: unit, at: index + 1), "\(unit) \(instant)")
                    _ = calendar.add(Int64.random(in: .min ... .max, using: &random), unit, to: instant)
                }
            }
        }
    }
}
