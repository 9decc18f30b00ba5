package import ActivationEngine

/// How the files of a log are called: `commits-` and a running number of eight digits or more.
package enum LogSegmentName {
    private static let prefix = "commits-"

    /// The name of a file.
    package static func name(_ number: UInt64) -> String {
        let digits = String(number)
        return prefix + String(repeating: "0", count: max(8 - digits.utf8.count, 0)) + digits
    }

    /// The files of a log, by number; whatever else stands there is left alone.
    package static func all(in volume: any LogVolume) throws(StorageError) -> [(number: UInt64, name: String)] {
        try volume.names().compactMap { name in
            guard name.hasPrefix(prefix), let number = UInt64(name.dropFirst(prefix.count)), number < .max,
                name == LogSegmentName.name(number)
            else { return nil }
            return (number, name)
        }.sorted { $0.0 < $1.0 }
    }
}
