import ActivationCore
import Testing

@testable import headwater

/// What is said of names that are no time zone, and of a machine that has none.
struct TimeZoneFileTests {
    private static func refusal(_ name: String, in directory: String) -> CommandFailure? {
        do throws(CommandFailure) {
            _ = try TimeZoneFile.rules(of: name, in: directory)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a zone is read from the directory, UTC from nowhere`() throws {
        #expect(try TimeZoneFile.rules(of: "Europe/Berlin", in: TimeZoneFile.systemDirectory).name == "Europe/Berlin")
        #expect(try TimeZoneFile.rules(of: "UTC", in: "/nonexistent") == .utc)
    }

    @Test func `a name the database lacks is told from a database that is not there`() throws {
        let directory = try TestDirectory()
        _ = try directory.write("not a zone", to: "Local")

        let unknown = try #require(Self.refusal("Europe/Nowhere", in: directory.path))
        let missing = try #require(Self.refusal("Europe/Berlin", in: "\(directory.path)/none"))
        let damaged = try #require(Self.refusal("Local", in: directory.path))

        #expect(unknown.code == .noInput)
        #expect(unknown.message.contains("there is no time zone Europe/Nowhere in the tz database"))
        #expect(missing.code == .noInput)
        #expect(missing.message.contains("\(directory.path)/none") && missing.message.contains("tzdata"))
        #expect(damaged.code == .badInput && damaged.message.contains("TZif"))
    }

    @Test(arguments: [
        "", "/", "..", "../Local", "Europe/../Local", "/etc/passwd", "Europe//Berlin", "a\0b", "Ünited", "a b",
    ])
    func `no name leads out of the directory`(name: String) throws {
        let refusal = try #require(Self.refusal(name, in: TimeZoneFile.systemDirectory))

        #expect(refusal.code == .usage)
        #expect(refusal.message.contains("Europe/Berlin"))
    }
}
