import ActivationCore
import Glibc

/// The tz database of this machine.
enum TimeZoneFile {
    /// Where it is: named by TZDIR, as for the C library, or where Debian has it.
    static var systemDirectory: String { Environment["TZDIR"] ?? "/usr/share/zoneinfo" }

    /// The rules of a zone.
    ///
    /// - Parameters:
    ///   - name: A name of the tz database, such as `Europe/Berlin`; `UTC` needs no database.
    ///   - directory: Where the tz database is.
    /// - Returns: Its rules.
    /// - Throws: When there is no zone of that name, or its file cannot be read.
    static func rules(
        of name: String,
        in directory: String = systemDirectory
    ) throws(CommandFailure) -> TimeZoneRules {
        if name == "UTC" { return .utc }
        guard isName(name) else {
            throw CommandFailure(
                .usage,
                "a time zone is given by its name in the tz database, such as Europe/Berlin or UTC; found \"\(name)\""
            )
        }
        let bytes: [UInt8]
        do throws(CommandFailure) {
            bytes = try SmallFile.contents(of: "\(directory)/\(name)", bytesMax: 1 << 20)
        } catch {
            guard access(directory, X_OK) == 0 else {
                throw CommandFailure(
                    .noInput,
                    "the tz database cannot be read in \(directory): \(String(cString: strerror(errno))); install it, "
                        + "Debian's package tzdata, or use UTC, which needs none"
                )
            }
            throw CommandFailure(
                .noInput,
                "there is no time zone \(name) in the tz database, which is in \(directory): \(error.message)"
            )
        }
        do throws(TimeZoneError) {
            return try TimeZoneRules(name: name, tzif: bytes)
        } catch {
            throw CommandFailure(.badInput, "\(directory)/\(error)")
        }
    }

    /// Whether a text is made as names of zones are: words of letters, digits, `+`, `-` and `_` between slashes.
    private static func isName(_ text: String) -> Bool {
        let words = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return words.allSatisfy { word in
            !word.isEmpty
                && word.allSatisfy { byte in
                    (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
                        || [UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "_")].contains(byte)
                }
        }
    }
}
