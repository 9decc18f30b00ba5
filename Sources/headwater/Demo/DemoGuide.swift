/// How to go on after the demo: lines that can be pasted into a shell.
struct DemoGuide {
    let server: String
    /// A link by which somebody gets into the console.
    let firstUser: String?
    let kinesis: String
    let stream: String
    let directory: String
    let dataflow: String
    /// Whether server and endpoint still run.
    let isRunning: Bool

    private static let laterPort = 8080

    /// How this program was called.
    private var program: String { CommandLine.arguments.first ?? "headwater" }

    private var url: String { isRunning ? server : "http://127.0.0.1:\(DemoGuide.laterPort)" }

    /// The lines.
    var text: String {
        var lines: [String] = []
        if isRunning {
            if let firstUser { lines.append("In a browser, the console: \(firstUser)") }
            lines.append("Server and endpoint keep running; Ctrl-C ends them. To go on, in another shell:")
        } else {
            lines.append("The profiles are kept in \(directory). To go on:")
            lines.append("  \(program) serve --data \(directory) --port \(DemoGuide.laterPort) &")
            lines.append("  until curl -sf \(url)/ready >/dev/null; do sleep 0.2; done")
        }
        lines.append(
            """
              value() { sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/" \(directory)/admin.json; }
              TOKEN=$(curl -s \(url)/ims/token/v3 -d grant_type=client_credentials -d client_id=$(value client_id) \\
                -d client_secret=$(value client_secret) | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
              curl -s \(url)/v1/dataflows/\(dataflow)/stats -H "authorization: Bearer $TOKEN"
              curl -s "\(url)/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityId=00111&entityIdNS=CDNOW" \\
                -H "authorization: Bearer $TOKEN" -H "x-api-key: $(value client_id)" -H "x-gw-ims-org-id: $(value org_id)"
              echo '{"_id":"mine","timestamp":"1998-07-01T00:00:00Z","identityMap":{"CDNOW":[{"id":"00111"}]},
                "commerce":{"order":{"priceTotal":12.5}}}' | tr -d '\\n' | curl -s \(url)/v1/events --data-binary @- \\
                -H "authorization: Bearer $TOKEN" -H "content-type: application/x-ndjson"
            """
        )
        if isRunning {
            lines.append("  \(program) tail --endpoint \(kinesis) --stream \(stream) --json")
        } else {
            lines.append("`\(program) demo --keep` leaves everything running, the stream with its records too.")
        }
        return lines.joined(separator: "\n")
    }
}
