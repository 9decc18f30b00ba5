import Console
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import ActivationServer

@Suite struct ConsoleAssetsTests {
    static var names: [String] { Array(ConsoleAssets.all.keys) }

    @Test func `files are kept for ever, compressed, and not sent twice`() async throws {
        try await FlowWorld.runConsole { world in
            for (name, asset) in ConsoleAssets.all {
                let plain = try await world.client.executeRequest(
                    uri: "/console/assets/\(name)",
                    method: .get,
                    headers: [:],
                    body: nil
                )
                #expect(plain.status == .ok)
                #expect(Array(plain.body.readableBytesView) == asset.bytes)
                #expect(plain.headers[.cacheControl] == "public, max-age=31536000, immutable")
                let tag = try #require(plain.headers[.eTag])

                let packed = try await world.client.executeRequest(
                    uri: "/console/assets/\(name)",
                    method: .get,
                    headers: [.acceptEncoding: "br, gzip"],
                    body: nil
                )
                #expect(packed.headers[.contentEncoding] == "gzip")
                let inflater = try GzipInflater(expandedBytesMax: 1 << 20)
                inflater.push(Array(packed.body.readableBytesView))
                #expect(try inflater.pull(bytesMax: 1 << 20) == asset.bytes)

                let known = try await world.client.executeRequest(
                    uri: "/console/assets/\(name)",
                    method: .get,
                    headers: [.ifNoneMatch: "W/\(tag), \"x\""],
                    body: nil
                )
                #expect(known.status == .notModified)
                #expect(known.body.readableBytes == 0)
            }
            let gone = try await world.client.executeRequest(
                uri: "/console/assets/0000.css",
                method: .get,
                headers: [:],
                body: nil
            )
            #expect(gone.status == .notFound)
        }
    }
}
