#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The variables and files by which a machine tells its programs who they are.
public struct MachineEnvironment: Sendable {
    /// A variable's value; nil when it is not set or empty.
    var variable: @Sendable (_ name: String) -> String?
    /// A file's bytes, at most 1 MiB; nil when there is no such file.
    var file: @Sendable (_ path: String) throws(KinesisError) -> [UInt8]?

    /// That of this process.
    public static let process = MachineEnvironment(
        variable: { name in
            guard let value = getenv(name), value.pointee != 0 else { return nil }
            return String(cString: value)
        },
        file: MachineEnvironment.read
    )

    /// The one line of a file that holds a token.
    func token(in path: String, _ setting: String) throws(KinesisError) -> String {
        guard let bytes = try file(path) else {
            throw KinesisError(.credentialsMissing, "\(setting) names a file that is not there; correct it")
        }
        let token = String(decoding: bytes, as: UTF8.self).trimmed
        guard !token.isEmpty, token.utf8.count <= 65_536, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw KinesisError(.credentialsMissing, "the file that \(setting) names holds no token")
        }
        return token
    }

    private static func read(_ path: String) throws(KinesisError) -> [UInt8]? {
        // Not to wait for ever where somebody put a pipe.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw unreadable(path)
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count <= 1 << 20 {
            let count = part.withUnsafeMutableBytes { Self.read(file, into: $0) }
            if count < 0 { throw unreadable(path) }
            if count == 0 { return bytes }
            bytes += part[..<count]
        }
        throw KinesisError(.credentialsMissing, "\(path) is larger than 1 MiB; it cannot be what it is used for")
    }

    private static func read(_ file: CInt, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            #if canImport(Darwin)
            let count = Darwin.read(file, buffer.baseAddress, buffer.count)
            #elseif canImport(Glibc)
            let count = Glibc.read(file, buffer.baseAddress, buffer.count)
            #elseif canImport(Musl)
            let count = Musl.read(file, buffer.baseAddress, buffer.count)
            #endif
            if count >= 0 || errno != EINTR { return count }
        }
    }

    private static func unreadable(_ path: String) -> KinesisError {
        KinesisError(.credentialsMissing, "\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: String {
        let start = drop(while: \.isWhitespace)
        let count = start.reversed().drop(while: \.isWhitespace).count
        return String(start.prefix(count))
    }
}
