import ActivationCore
import Crypto
import Foundation
import Testing

@testable import ActivationServer

struct AccessTokenTests {
    private static let key = SymmetricKey(data: Array("0123456789abcdef0123456789abcdef".utf8))
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)

    private static var token: AccessToken {
        AccessToken(clientID: "client", orgID: "ORG@Org", issuedAt: now, id: "id-1")
    }

    @Test func `a token reads back as it was until its day is over`() throws {
        let text = AccessTokenTests.token.signed(with: AccessTokenTests.key)
        let end = Timestamp(milliseconds: AccessTokenTests.now.milliseconds + 86_400_000)

        #expect(AccessToken(text, key: AccessTokenTests.key, now: AccessTokenTests.now) == AccessTokenTests.token)
        #expect(AccessToken(text, key: AccessTokenTests.key, now: Timestamp(milliseconds: end.milliseconds - 1)) != nil)
        #expect(AccessToken(text, key: AccessTokenTests.key, now: end) == nil)
    }

    @Test func `any changed character makes a token worthless`() throws {
        let text = AccessTokenTests.token.signed(with: AccessTokenTests.key)

        for index in text.indices {
            for replacement in ["A", "b", "-", ".", "~"] where String(text[index]) != replacement {
                let changed = text.replacingCharacters(in: index...index, with: replacement)
                #expect(AccessToken(changed, key: AccessTokenTests.key, now: AccessTokenTests.now) == nil, "\(changed)")
            }
        }
    }

    @Test func `another key, another algorithm and broken forms are refused`() throws {
        let text = AccessTokenTests.token.signed(with: AccessTokenTests.key)
        let parts = text.split(separator: ".").map(String.init)
        func signed(_ header: String, _ claims: String) -> String {
            let content = Base64URL.encode(header.utf8) + "." + Base64URL.encode(claims.utf8)
            let code = HMAC<SHA256>.authenticationCode(for: Array(content.utf8), using: AccessTokenTests.key)
            return content + "." + Base64URL.encode(Array(code))
        }
        let claims = #"{"iss":"headwater","sub":"client","org":"ORG@Org","iat":1700000000,"exp":1700086400,"jti":"x"}"#
        let header = #"{"alg":"HS256","typ":"JWT"}"#
        let refused = [
            "", ".", "..", "a.b.c", parts[0], "\(parts[0]).\(parts[1]).", "\(parts[0]).\(parts[1])",
            text + "=", text + ".", " " + text, text + "\n", String(repeating: "a", count: 5_000),
            signed(#"{"alg":"none"}"#, claims), signed(#"{"alg":"HS512"}"#, claims), signed("{}", claims),
            signed("[]", claims), signed("x", claims), signed(header, "x"), signed(header, "{}"),
            signed(header, claims.replacingOccurrences(of: "headwater", with: "other")),
            signed(header, claims.replacingOccurrences(of: "1700086400", with: "\"1700086400\"")),
            signed(header, claims.replacingOccurrences(of: "1700086400", with: "1e30")),
            signed(header, claims.replacingOccurrences(of: "1700086400", with: "9223372036854775807")),
            signed(header, claims.replacingOccurrences(of: #""exp":1700086400,"#, with: "")),
            signed(header, claims.replacingOccurrences(of: #""sub":"client","#, with: "")),
        ]

        #expect(AccessToken(signed(header, claims), key: AccessTokenTests.key, now: AccessTokenTests.now) != nil)
        #expect(AccessToken(text, key: SymmetricKey(size: .bits256), now: AccessTokenTests.now) == nil)
        for text in refused {
            #expect(AccessToken(text, key: AccessTokenTests.key, now: AccessTokenTests.now) == nil, "\(text)")
        }
    }

    /// PyJWT is the independent reader and writer.
    @Test func `PyJWT reads our tokens and we read PyJWT's`() throws {
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        let ours = AccessToken(clientID: "client", orgID: "ORG@Org", issuedAt: now, id: "id-1")
        let script = """
            import json, sys, jwt
            given = json.load(sys.stdin)
            key = bytes.fromhex(given['key'])
            claims = jwt.decode(given['token'], key, algorithms=['HS256'], issuer='headwater')
            header = jwt.get_unverified_header(given['token'])
            theirs = jwt.encode({**claims, 'sub': 'other'}, key, algorithm='HS256')
            wrong = jwt.encode(claims, key, algorithm='HS512')
            tampered = given['token'][:-2] + ('AA' if given['token'][-2:] != 'AA' else 'BB')
            try:
                jwt.decode(tampered, key, algorithms=['HS256'])
                refuses = False
            except jwt.InvalidSignatureError:
                refuses = True
            json.dump({'claims': claims, 'header': header, 'theirs': theirs, 'wrong': wrong, 'refuses': refuses}, sys.stdout)
            """
        let hex = Array("0123456789abcdef0123456789abcdef".utf8).map { String(format: "%02x", $0) }.joined()
        let input: JSONValue = ["key": .string(hex), "token": .string(ours.signed(with: AccessTokenTests.key))]

        let output = try AccessTokenTests.python(script, input: input.text)

        let answer = try JSONValue(parsing: output)
        #expect(
            answer["claims"]
                == [
                    "iss": "headwater", "sub": "client", "org": "ORG@Org",
                    "iat": .integer(now.milliseconds / 1_000), "exp": .integer(now.milliseconds / 1_000 + 86_400),
                    "jti": "id-1",
                ]
        )
        #expect(answer["header"] == ["alg": "HS256", "typ": "JWT"])
        #expect(answer["refuses"] == true)
        let theirs = AccessToken(answer["theirs"]?.string ?? "", key: AccessTokenTests.key, now: now)
        #expect(theirs?.clientID == "other")
        #expect(theirs?.orgID == "ORG@Org")
        #expect(AccessToken(answer["wrong"]?.string ?? "", key: AccessTokenTests.key, now: now) == nil)
    }

    private static func python(_ script: String, input: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        let (standardInput, output, errors) = (Pipe(), Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "python3 with PyJWT is needed (pip install pyjwt): \(complaint)")
        return text
    }
}

struct Base64URLTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ])
    func `the vectors of RFC 4648, unpadded`(plain: String, encoded: String) {
        #expect(Base64URL.encode(plain.utf8) == encoded)
        #expect(Base64URL.decode(encoded) == Array(plain.utf8))
    }

    @Test func `every byte survives, and only canonical text is read`() {
        let bytes = (0...255).map { UInt8($0) }

        #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        for text in ["Z", "Zh", "Zm9=", "Zg==", "Zm9+", "Zm9/", "Zm 9", "Zm9v\n", "é"] {
            #expect(Base64URL.decode(text) == nil, "\(text)")
        }
    }
}
