import ActivationCore

/// The tz database of this machine.
enum TimeZoneFile {
    private static let directory = "/usr/share/zoneinfo"

    /// The rules of a zone.
    ///
    /// - Parameter name: A name of the tz database, such as `Europe/Berlin`; `UTC` needs no database.
    /// - Returns: Its rules.
    /// - Throws: When there is no zone of that name, or its file cannot be read.
    static func rules(of name: String) throws(CommandFailure) -> TimeZoneRules {
        if name == "UTC" { return .utc }
        guard isName(name) else {
            throw CommandFailure(.usage, "--time-zone is a name of the tz database, such as Europe/Berlin or UTC")
        }
        let bytes: [UInt8]
        do throws(CommandFailure) {
            bytes = try InputFile.contents(of: "\(directory)/\(name)", bytesMax: 1 << 20)
        } catch {
            throw CommandFailure(
                .noInput,
                "there is no time zone \(name): \(error); names are those of the tz database, Debian's package tzdata"
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
