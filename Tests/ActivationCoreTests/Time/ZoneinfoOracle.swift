import Foundation
import Synchronization
import Testing

@testable import ActivationCore

/// Asks Python's zoneinfo; a machine without `python3` or the tz database fails the tests.
enum ZoneinfoOracle {
    /// HEADWATER_ORACLE_ZONES, separated by commas; `all` = every zone there is.
    static let zones: [String] = {
        let named = ProcessInfo.processInfo.environment["HEADWATER_ORACLE_ZONES"]
        if named == "all" { return everyZone }
        if let named { return named.split(separator: ",").map(String.init) }
        return [
            "UTC", "Europe/Berlin", "America/New_York",
            // Half an hour of daylight saving time, and the southern half of the year.
            "Australia/Lord_Howe",
            // Midnights that are leapt over, and one minute after midnight.
            "America/Sao_Paulo", "Africa/Cairo", "America/St_Johns",
            // No whole hours, no changes, a day that is missing, a rule the other way round, offsets of seconds.
            "Asia/Kathmandu", "Pacific/Apia", "Europe/Dublin", "Africa/Monrovia", "Africa/Casablanca",
            // More midnights, and days that are missing or come twice.
            "Asia/Beirut", "Pacific/Kwajalein", "Pacific/Enderbury", "Pacific/Kiritimati", "America/Juneau",
            "Asia/Manila",
        ]
    }()

    /// Every zone there is.
    static let everyZone: [String] = {
        let list = (try? String(contentsOfFile: "/usr/share/zoneinfo/tzdata.zi", encoding: .utf8)) ?? ""
        return list.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            switch words.first {
            case "Z": return String(words[1])
            case "L": return String(words[2])
            default: return nil
            }
        }
    }()

    private static let known = Mutex<[String: TimeZoneRules]>([:])

    static func rules(_ zone: String) throws -> TimeZoneRules {
        if let rules = known.withLock({ $0[zone] }) { return rules }
        let rules = try TimeZoneRules(name: zone, tzif: bytes(zone))
        known.withLock { $0[zone] = rules }
        return rules
    }

    /// Any zone, from its file.
    static func anyZone(_ random: inout some RandomNumberGenerator) throws -> TimeZoneRules {
        try rules(everyZone.randomElement(using: &random) ?? "UTC")
    }

    /// The file of a zone.
    static func bytes(_ zone: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(zone)")))
    }

    /// The answers to questions, one each.
    static func answers(to questions: [String]) throws -> [Int64] {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let input = directory.appending(path: "questions")
        let output = directory.appending(path: "answers")
        try Data((questions.joined(separator: "\n") + "\n").utf8).write(to: input)
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let program = URL(filePath: #filePath).appending(path: "../../../Python/zoneinfo_oracle.py").standardized
        process.arguments = ["python3", program.path]
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "python3 with zoneinfo is needed")
        return String(decoding: try Data(contentsOf: output), as: UTF8.self).split(separator: "\n").compactMap {
            Int64($0)
        }
    }
}
