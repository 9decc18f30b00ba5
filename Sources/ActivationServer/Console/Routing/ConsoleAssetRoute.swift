import Console
import HTTPTypes
import Hummingbird
import NIOCore

/// `/console/assets/…`: style, script and symbols; a content never changes under its name.
struct ConsoleAssetRoute: Sendable {
    func add(to console: some RouterMethods<ServerContext>) {
        console.get("assets/:name") { request, context in
            guard let asset = ConsoleAssets.all[context.pathParameter("name")] else {
                throw APIError(.consolePage, "the console has no such file; reload the page")
            }
            return ConsoleAssetRoute.answer(asset, to: request)
        }
    }

    private static func answer(_ asset: ConsoleAsset, to request: Request) -> Response {
        let tag = "\"\(asset.name)\""
        var headers: HTTPFields = [
            .contentType: asset.mediaType,
            .cacheControl: "public, max-age=31536000, immutable",
            .eTag: tag,
            .vary: "Accept-Encoding",
        ]
        var response: Response
        let known = request.headers[values: .ifNoneMatch].flatMap { $0.split(separator: ",") }
        if known.contains(where: { $0.drop { $0 == " " || $0 == "W" || $0 == "/" }.hasPrefix(tag) }) {
            headers[.contentType] = nil
            response = Response(status: .notModified, headers: headers)
        } else {
            let takesGzip = request.headers[values: .acceptEncoding].contains { $0.lowercased().contains("gzip") }
            let bytes = takesGzip ? asset.compressed ?? asset.bytes : asset.bytes
            if takesGzip, asset.compressed != nil { headers[.contentEncoding] = "gzip" }
            response = Response(
                status: .ok,
                headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
            )
        }
        ConsoleHeaders.add(to: &response, isSecure: false)
        return response
    }
}
