/// The profiles of AWS's shared files, `credentials` and `config`.
struct ProfileFile: Sendable {
    /// A profile's settings by their names in lower case.
    typealias Profile = [String: String]

    private(set) var profiles: [String: Profile] = [:]

    /// Adds what a file says; what is known already stays.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - isConfig: Whether sections are called `profile NAME`, as in `config`, and not `NAME`.
    mutating func add(_ bytes: [UInt8], isConfig: Bool) {
        var current: String?
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let text = line.trimmed
            guard let first = text.first, first != "#", first != ";" else { continue }
            if first == "[" {
                current = Self.name(text, isConfig: isConfig)
                continue
            }
            // Settings inside a setting are indented; none that matters here has any.
            guard let current, line.first?.isWhitespace == false, let equals = text.firstIndex(of: "=")
            else { continue }
            let key = text[..<equals].trimmed.lowercased()
            let value = Self.withoutComment(text[text.index(after: equals)...])
            if profiles[current]?[key] == nil { profiles[current, default: [:]][key] = value }
        }
    }

    private static func name(_ header: String, isConfig: Bool) -> String? {
        let inside = header.dropFirst().prefix { $0 != "]" }.trimmed
        guard isConfig, inside != "default" else { return inside }
        let words = inside.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == "profile" else { return nil }
        let name = words[1].trimmed
        let isQuoted = name.count > 2 && name.hasPrefix("\"") && name.hasSuffix("\"")
        return isQuoted ? String(name.dropFirst().dropLast()) : name
    }

    private static func withoutComment(_ value: some StringProtocol) -> String {
        var kept = ""
        for character in value {
            if character == "#" || character == ";", kept.last?.isWhitespace ?? true { break }
            kept.append(character)
        }
        return kept.trimmed
    }
}

extension ProfileFile {
    /// Reads both files, where the machine says that they are.
    init(_ machine: MachineEnvironment) throws(KinesisError) {
        let home = machine.variable("HOME") ?? "/"
        let credentials = machine.variable("AWS_SHARED_CREDENTIALS_FILE") ?? "\(home)/.aws/credentials"
        let config = machine.variable("AWS_CONFIG_FILE") ?? "\(home)/.aws/config"
        if let bytes = try machine.file(credentials) { add(bytes, isConfig: false) }
        if let bytes = try machine.file(config) { add(bytes, isConfig: true) }
    }
}
