import ActivationCore
import ArgumentParser
import Glibc
import NIOCore

extension PrivacyCommand {
    /// `headwater privacy download`.
    struct Download: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "download",
            abstract: "Fetches the copy of a person's data that a job has made, as JSON.",
            discussion: "Only its owner may read the file, which is there whole or not at all."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id of the job.")
        var job: String

        @Option(help: "The file; standard output when absent.")
        var output: String?

        func run() async throws {
            let path = "\(PrivacyCommand.path(of: job))/content"
            guard let output else {
                return try await options.withServer { (server) throws(CommandFailure) in
                    try await server.download(path) { piece in Terminal.print(lines: Array(piece.readableBytesView)) }
                }
            }
            let file = try DraftFile(for: output)
            do {
                try await options.withServer { (server) throws(CommandFailure) in
                    try await server.download(path) { (piece) throws(CommandFailure) in
                        try file.write(Array(piece.readableBytesView))
                    }
                }
                try file.finish()
            } catch {
                file.giveUp()
                throw error
            }
            if options.json { return Terminal.print(["file": .string(output)]) }
            Terminal.print("The copy is in \(output).")
        }
    }

    /// A file that takes the place of another one when it is whole.
    private struct DraftFile {
        let path: String
        let file: Int32

        init(for path: String) throws(CommandFailure) {
            self.path = path
            file = open("\(path).new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw DraftFile.failure("create", path) }
        }

        func write(_ bytes: [UInt8]) throws(CommandFailure) {
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes { buffer in
                    Glibc.write(file, buffer.baseAddress?.advanced(by: sent), bytes.count - sent)
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw DraftFile.failure("write", path) }
                sent += count
            }
        }

        func finish() throws(CommandFailure) {
            guard fsync(file) == 0, rename("\(path).new", path) == 0 else { throw DraftFile.failure("write", path) }
            close(file)
        }

        func giveUp() {
            close(file)
            unlink("\(path).new")
        }

        private static func failure(_ verb: String, _ path: String) -> CommandFailure {
            CommandFailure(.noInput, "cannot \(verb) \(path): \(String(cString: strerror(errno)))")
        }
    }
}
