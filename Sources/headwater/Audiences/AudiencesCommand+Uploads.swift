import ActivationCore
import ArgumentParser
import NIOHTTP1

extension AudiencesCommand {
    /// `headwater audiences uploads`.
    struct Uploads: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "uploads",
            abstract: "Lists the files that were uploaded to an external audience, the newest first."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name of the audience.")
        var audience: String

        func run() async throws {
            let name = audience
            let uploads = try await options.withAudiences { (audiences) throws(CommandFailure) in
                let id = try await audiences.audienceID(name)
                return try await audiences.client.call(.GET, "/v1/audiences/\(id)/uploads")
            }
            guard !options.json else { return Terminal.print(uploads) }
            let list = uploads["uploads"]?.array ?? []
            if list.isEmpty { Terminal.print("nothing was uploaded") }
            for upload in list {
                let file = upload["fileName"]?.string.map { "  \($0)" } ?? ""
                Terminal.print("\(upload["createdAt"]?.string ?? "")\(file)  \(UploadText(upload: upload).line)")
            }
        }
    }

    /// `headwater audiences refusals`.
    struct Refusals: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "refusals",
            abstract: "Prints the rows of an upload that were refused, as CSV: line, column, code, message.",
            discussion: "No value of the file is in it."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id of the upload, as `upload` and `uploads` print it.")
        var upload: String

        func run() async throws {
            let path = "/v1/uploads/\(ServerClient.percentEncoded(upload))/refusals"
            let list = try await options.withAudiences { (audiences) throws(CommandFailure) in
                let answer = try await audiences.client.send(.GET, path)
                guard answer.status == 200 else {
                    throw CommandFailure(.badInput, "GET \(path) failed: \(answer.reason)")
                }
                return answer.text
            }
            Terminal.print(list.hasSuffix("\r\n") ? String(list.dropLast()) : list)
        }
    }
}
