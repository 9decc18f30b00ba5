import Crypto
import Foundation
import Testing

@testable import Kinesis

/// Signatures compared with those of botocore, the signer of AWS's own tools, for the same request and time.
@Suite struct SigningOracleTests {
    private struct Case: Codable {
        var method: String
        var url: String
        var path: String
        var query: [[String]]
        var headers: [String: String]
        var body: Data
        var accessKey: String
        var secretKey: String
        var token: String?
        var region: String
        var service: String
        var time: Int64
    }

    private struct Answer: Codable {
        var authorization: String
        var date: String
        var token: String?
    }

    @Test func `random requests are signed as botocore signs them`() throws {
        let seed = UInt64.random(in: 0..<1 << 40)
        print("signing oracle seed \(seed)")
        var random = SplitMix64(seed: seed)
        let cases = (0..<300).map { _ in Self.randomCase(&random) }

        let answers = try Self.askBotocore(cases)

        try #require(answers.count == cases.count)
        for (example, expected) in zip(cases, answers) {
            let endpoint = try KinesisEndpoint.resolve(
                connectionURL: example.url,
                baseRegion: nil,
                targetRegion: nil,
                allowsInsecure: true
            )
            let headers = SigV4.sign(
                SigV4.Request(
                    method: example.method,
                    path: example.path,
                    query: example.query.map { (name: $0[0], value: $0[1]) },
                    headers: example.headers.map { (name: $0.key, value: $0.value) }
                        + [(name: "Host", value: endpoint.hostHeader)],
                    bodyHash: SHA256.hash(data: example.body)
                ),
                credentials: KinesisCredentials(
                    accessKeyID: example.accessKey,
                    secretAccessKey: example.secretKey,
                    sessionToken: example.token
                ),
                region: example.region,
                service: example.service,
                time: SigningTime(secondsSinceEpoch: example.time)
            )
            #expect(headers.authorization == expected.authorization, "seed \(seed): \(example)")
            #expect(headers.date == expected.date)
            #expect(headers.securityToken == expected.token)
        }
    }

    private static func randomCase(_ random: inout SplitMix64) -> Case {
        func text(_ alphabet: String, _ lengths: ClosedRange<Int>) -> String {
            let letters = Array(alphabet)
            return String(
                (0..<Int.random(in: lengths, using: &random)).map { _ in
                    letters[Int.random(in: 0..<letters.count, using: &random)]
                }
            )
        }
        let hosts = [
            "https://kinesis.eu-west-1.amazonaws.com", "http://127.0.0.1:4567", "http://localhost",
            "https://LOCALHOST:443", "http://localhost:80", "https://example.test:8443", "https://[::1]:9000",
            "http://[::1]", "http://[::1]:80", "https://[::1]:443", "https://[2001:DB8::A]:8443",
            "https://[2001:db8::a]",
            "http://[::ffff:127.0.0.1]:4567", "https://[fd12:3456:789a:0:0:0:0:1]",
            "https://vpce-0a1b.kinesis.us-east-2.vpce.amazonaws.com", "http://some_host.internal:65535",
        ]
        let isPost = Bool.random(using: &random) || Bool.random(using: &random)
        var example = Case(
            method: isPost ? "POST" : "GET",
            url: hosts.randomElement(using: &random) ?? hosts[0],
            path: "/",
            query: [],
            headers: [
                "Content-Type": ["application/x-amz-json-1.1", "application/x-amz-cbor-1.1"].randomElement(
                    using: &random
                ) ?? "",
                "X-Amz-Target": "Kinesis_20131202.\(text("PutRecordsList", 1...20))",
            ],
            body: Data(
                (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            ),
            accessKey: text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16...20),
            secretKey: text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789+/", 40...40),
            token: Bool.random(using: &random) ? text("abcdefgABCDEFG0123456789+/=", 1...400) : nil,
            region: ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"].randomElement(
                using: &random
            ) ?? "",
            service: ["kinesis", "sts"].randomElement(using: &random) ?? "",
            time: Int64.random(in: 0..<4_102_444_800, using: &random)
        )
        if !isPost {
            let segments = (0..<Int.random(in: 0...3, using: &random)).map { _ in text("abcXYZ019-._~", 1...8) }
            example.path = "/" + segments.joined(separator: "/")
            example.query = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                [text("abcABC12-_.~", 1...6), text("abc ABC/&=?+%~é", 0...8)]
            }
        }
        if Bool.random(using: &random) {
            example.headers["X-Amz-Note"] = text("ab ", 1...12) + "x"
        }
        return example
    }

    /// Has every request signed by botocore in one process; a missing Python or botocore is a failure, not a skip.
    private static func askBotocore(_ cases: [Case]) throws -> [Answer] {
        let script = """
            import base64, datetime, json, sys, urllib.parse
            import botocore.auth
            from botocore.awsrequest import AWSRequest
            from botocore.credentials import Credentials
            answers = []
            for case in json.load(sys.stdin):
                now = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=case['time'])
                botocore.auth.get_current_datetime = lambda: now
                quoted = lambda text: urllib.parse.quote(text, safe='-_.~')
                query = '&'.join(quoted(n) + '=' + quoted(v) for n, v in case['query'])
                request = AWSRequest(
                    method=case['method'], url=case['url'] + case['path'] + ('?' + query if query else ''),
                    headers=case['headers'], data=base64.b64decode(case['body']))
                credentials = Credentials(case['accessKey'], case['secretKey'], case.get('token'))
                botocore.auth.SigV4Auth(credentials, case['service'], case['region']).add_auth(request)
                answers.append({
                    'authorization': request.headers['Authorization'], 'date': request.headers['X-Amz-Date'],
                    'token': request.headers.get('X-Amz-Security-Token')})
            json.dump(answers, sys.stdout)
            """
        let directory = FileManager.default.temporaryDirectory.appending(path: "signing-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let input = directory.appending(path: "cases.json")
        try JSONEncoder().encode(cases).write(to: input)

        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        process.standardInput = try FileHandle(forReadingFrom: input)
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "python3 with botocore is needed: \(complaint)")
        return try JSONDecoder().decode([Answer].self, from: data)
    }
}
