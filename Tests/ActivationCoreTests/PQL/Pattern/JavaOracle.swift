import Foundation

/// Asks the Java of this machine, where there is one, what it makes of patterns and texts.
enum JavaOracle {
    /// The path of the `java` of version 17, in JAVA_HOME or else on PATH; nil where there is none.
    static let java: String? = {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["JAVA_HOME"].map { ["\($0)/bin"] } ?? []
        let path = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return (home + path).map { "\($0)/java" }.first(where: isVersion17)
    }()

    private static func isVersion17(_ path: String) -> Bool {
        guard FileManager.default.isExecutableFile(atPath: path) else { return false }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["--version"]
        let output = Pipe()
        process.standardOutput = output
        guard (try? process.run()) != nil, let bytes = try? output.fileHandleForReading.readToEnd() else {
            return false
        }
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self).split(separator: " ").dropFirst().first?.hasPrefix("17.") == true
    }

    /// How many pairs a test tries: HEADWATER_ORACLE_PAIRS, else 300.
    static let pairCount = ProcessInfo.processInfo.environment["HEADWATER_ORACLE_PAIRS"].flatMap { Int($0) } ?? 300

    /// A question to JavaOracle.java, whose texts go over in hexadecimal.
    static func question(_ word: String, _ texts: String...) -> String {
        ([word] + texts.map { hexadecimal($0.utf8) }).joined(separator: " ")
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The answers to questions, one each.
    static func answers(to questions: [String]) throws -> [String] {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let input = directory.appendingPathComponent("questions")
        let output = directory.appendingPathComponent("answers")
        try Data((questions.joined(separator: "\n") + "\n").utf8).write(to: input)
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: java ?? "java")
        let source = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../JavaOracle/JavaOracle.java")
        process.arguments = ["-Xss16m", source.standardizedFileURL.path]
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw JavaOracleFailure(status: process.terminationStatus) }
        return String(decoding: try Data(contentsOf: output), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
}

struct JavaOracleFailure: Error {
    var status: Int32
}
