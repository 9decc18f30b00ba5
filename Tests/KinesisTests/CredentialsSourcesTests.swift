import Crypto
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import Kinesis

/// What each place is asked for keys with, and what its answers come to.
@Suite struct CredentialsSourcesTests {
    private static let role = "arn:aws:iam::123456789012:role/path/activation"

    /// The example answer of AWS's reference of AssumeRole, with an end an hour after the answer's own time.
    private static func assumed(
        _ action: String = "AssumeRole",
        id: String = "ASgeIAIOSFODNN7EXAMPLE",
        expiration: String = "2019-11-09T14:34:41.000Z"
    ) -> String {
        """
        <\(action)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <\(action)Result>
            <SourceIdentity>Alice</SourceIdentity>
            <AssumedRoleUser>
              <Arn>arn:aws:sts::123456789012:assumed-role/demo/TestAR</Arn>
              <AssumedRoleId>ARO123EXAMPLE123:TestAR</AssumedRoleId>
            </AssumedRoleUser>
            <Credentials>
              <AccessKeyId>\(id)</AccessKeyId>
              <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>
              <SessionToken>AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQW&amp;=</SessionToken>
              <Expiration>\(expiration)</Expiration>
            </Credentials>
            <PackedPolicySize>6</PackedPolicySize>
          </\(action)Result>
          <ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>
        </\(action)Response>
        """
    }

    private static func refusal(_ code: String) -> String {
        """
        <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>\(code)</Code>
        <Message>User: arn:aws:iam::1:user/needle is not authorized</Message></Error></ErrorResponse>
        """
    }

    private static let xml: HTTPHeaders = ["content-type": "text/xml", "date": "Sat, 09 Nov 2019 13:34:41 GMT"]

    private static func machine(
        _ variables: [String: String] = [:],
        files: [String: String] = [:]
    ) -> MachineEnvironment {
        MachineEnvironment(
            variable: { variables[$0] },
            file: { path throws(KinesisError) in files[path].map { Array($0.utf8) } }
        )
    }

    private static func form(_ body: [UInt8]) -> [String: String] {
        var form: [String: String] = [:]
        for pair in String(decoding: body, as: UTF8.self).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            form[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        return form
    }

    /// Runs a body with a scripted machine around it: its security token service and its metadata services.
    private static func withServices(
        _ script: @escaping @Sendable (ScriptedService.Call) -> ScriptedService.Reply,
        probe body: (_ url: String, SecurityTokenService, MetadataService) async throws -> Void
    ) async throws {
        let service = try await ScriptedService.start(script)
        let http = AddressedHTTPClient(configuration: .kinesis())
        let metadata = MetadataService()
        let endpoint = try KinesisEndpoint.securityTokenService(region: "eu-west-1", override: service.url)
        let result: Result<Void, any Error>
        do {
            try await body(service.url, SecurityTokenService(endpoint: endpoint, http: http), metadata)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try await http.shutdown()
        try await service.stop()
        try result.get()
    }

    private static func identity(
        _ variables: [String: String],
        files: [String: String] = [:],
        _ service: SecurityTokenService,
        _ metadata: MetadataService
    ) -> MachineIdentity {
        MachineIdentity(machine(variables, files: files), metadata: metadata) { _ in service }
    }

    // MARK: Roles

    @Test func `a role is asked for by a signed request with the external id`() async throws {
        let calls = Mutex<[ScriptedService.Call]>([])
        try await Self.withServices { call in
            calls.withLock { $0.append(call) }
            return .text(status: 200, Self.assumed(), headers: Self.xml)
        } probe: { _, service, _ in
            let base = KinesisCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "sesame", sessionToken: "tok")
            let source = try AssumedRole(
                RoleARN(Self.role),
                trust: .external(id: "headwater-1/a"),
                base: StaticCredentials(base),
                service: service
            )
            let issued = try await source.issue(within: .seconds(5))
            #expect(issued.credentials.accessKeyID == "ASgeIAIOSFODNN7EXAMPLE")
            #expect(issued.credentials.secretAccessKey == "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY")
            #expect(issued.credentials.sessionToken?.hasSuffix("QW&=") ?? false)
            // By the service's clock, whatever ours says.
            #expect(issued.life.map { (3_599...3_601).contains($0.components.seconds) } ?? false)
        }
        let call = try #require(calls.withLock { $0.first })
        #expect(
            Self.form(call.body) == [
                "Action": "AssumeRole", "Version": "2011-06-15", "DurationSeconds": "3600",
                "RoleArn": "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpath%2Factivation",
                "RoleSessionName": "headwater", "ExternalId": "headwater-1%2Fa",
            ]
        )
        let authorization = try #require(call.headers.first(name: "authorization"))
        let date = try #require(call.headers.first(name: "x-amz-date"))
        let signed = "content-type;host;x-amz-date;x-amz-security-token"
        #expect(authorization.contains("/eu-west-1/sts/aws4_request, SignedHeaders=\(signed), "))
        #expect(call.headers.first(name: "x-amz-security-token") == "tok")
        // Recomputed from what arrived.
        let scope = SigV4.Scope(date: String(date.prefix(8)), region: "eu-west-1", service: "sts")
        let names = ["content-type", "host", "x-amz-date", "x-amz-security-token"]
        let canonical = SigV4.canonicalRequest(
            SigV4.Request(
                method: "POST",
                headers: names.map { (name: $0, value: call.headers.first(name: $0) ?? "") },
                bodyHash: SHA256.hash(data: call.body)
            )
        )
        let signature = SigV4.signature(
            canonicalRequest: canonical.text,
            key: SigV4.signingKey(secretAccessKey: "sesame", scope: scope),
            scope: scope,
            timestamp: date
        )
        #expect(authorization.hasSuffix("Signature=\(signature)"))
    }

    @Test(arguments: [
        (403, "AccessDenied", "RoleRefused", false), (403, "ExpiredToken", "ExpiredToken", false),
        (403, "RegionDisabledException", "RegionDisabledException", false),
        (400, "Throttling", "CredentialsUnavailable", true),
        (503, "ServiceUnavailable", "CredentialsUnavailable", true),
        (400, "Quota needle", "CredentialsUnavailable", false),
    ])
    func `a refusal says who must do what, and never repeats the service's text`(
        _ status: Int,
        _ code: String,
        _ expected: String,
        _ isRetriable: Bool
    ) async throws {
        try await Self.withServices { _ in
            .text(status: status, Self.refusal(code), headers: ["content-type": "text/xml"])
        } probe: { _, service, _ in
            let keys = KinesisCredentials(accessKeyID: "AKID", secretAccessKey: "s3cr3t")
            let source = try AssumedRole(
                RoleARN(Self.role),
                trust: .external(id: "headwater-1"),
                base: StaticCredentials(keys),
                service: service
            )
            let error = await #expect(throws: KinesisError.self) { try await source.issue(within: .seconds(5)) }
            #expect(error?.code.rawValue == expected)
            #expect(error?.isRetriable == isRetriable && error?.needsOperator == !isRetriable)
            #expect(error?.isAmbiguous == false)
            let text = "\(error.map { "\($0)" } ?? "")"
            #expect(!text.contains("needle") && !text.contains("s3cr3t"))
            if code == "AccessDenied" { #expect(text.contains("external id headwater-1")) }
        }
    }

    @Test(arguments: ["", "a", "with space", String(repeating: "x", count: 1_225), "semi;colon"])
    func `a stranger's role needs an external id that the service takes`(_ id: String) async throws {
        try await Self.withServices { _ in
            .silence
        } probe: { _, service, _ in
            let base = try StaticCredentials(KinesisCredentials(accessKeyID: "A", secretAccessKey: "S"))
            #expect(throws: KinesisError.self) {
                try AssumedRole(RoleARN(Self.role), trust: .external(id: id), base: base, service: service)
            }
        }
    }

    @Test(arguments: [
        "arn:aws:iam::123456789012:user/x", "arn:aws:iam::12345678901:role/x", "arn:aws:iam::123456789012:role/",
        "arn:aws:iam::123456789012:role/a b", "role/x", "arn:gcp:iam::123456789012:role/x",
        "arn:aws:iam::123456789012:role/x\n",
    ])
    func `what is no role's ARN is refused`(_ text: String) {
        #expect(throws: KinesisError.self) { try RoleARN(text) }
    }

    @Test func `a base whose keys have expired is renewed once and the role asked for again`() async throws {
        let ids = Mutex<[String]>([])
        try await Self.withServices { call in
            let authorization = call.headers.first(name: "authorization") ?? ""
            let id = authorization.contains("OLD") ? "OLD" : "NEW"
            ids.withLock { $0.append(id) }
            return id == "OLD"
                ? .text(status: 403, Self.refusal("ExpiredToken"), headers: Self.xml)
                : .text(status: 200, Self.assumed(), headers: Self.xml)
        } probe: { _, service, _ in
            let base = TwoKeys()
            let role = try AssumedRole(RoleARN(Self.role), trust: .external(id: "hw"), base: base, service: service)
            let keys = try await role.issue(within: .seconds(5)).credentials
            #expect(keys.accessKeyID == "ASgeIAIOSFODNN7EXAMPLE")
        }
        #expect(ids.withLock { $0.filter { $0 == "NEW" }.count } == 1)
    }

    private final class TwoKeys: CredentialsProvider {
        private let isRefused = Mutex(false)

        func credentials(within limit: Duration) async throws(KinesisError) -> KinesisCredentials {
            KinesisCredentials(accessKeyID: isRefused.withLock { $0 } ? "NEW" : "OLD", secretAccessKey: "s")
        }

        func refuse(_ credentials: KinesisCredentials) -> Bool {
            isRefused.withLock { $0 = true }
            return true
        }
    }

    // MARK: The machine's own identity

    @Test func `keys of the environment come first`() async throws {
        try await Self.withServices { _ in
            .silence
        } probe: { url, service, metadata in
            let variables = [
                "AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": url + "/x",
            ]
            let issued = try await Self.identity(variables, service, metadata).issue(within: .seconds(5))
            #expect(issued.credentials.accessKeyID == "AKIDENV" && issued.credentials.sessionToken == "t")
            #expect(issued.life == nil)
        }
    }

    @Test func `a web identity is shown unsigned, from the file as it is now`() async throws {
        let calls = Mutex<[ScriptedService.Call]>([])
        try await Self.withServices { call in
            calls.withLock { $0.append(call) }
            return .text(status: 200, Self.assumed("AssumeRoleWithWebIdentity"), headers: Self.xml)
        } probe: { _, service, metadata in
            let variables = ["AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": Self.role]
            let identity = Self.identity(variables, files: ["/token": "ey.J.sig\n"], service, metadata)
            let keys = try await identity.issue(within: .seconds(5)).credentials
            #expect(keys.accessKeyID.hasPrefix("ASge"))
        }
        let call = try #require(calls.withLock { $0.first })
        #expect(call.headers.first(name: "authorization") == nil)
        let form = Self.form(call.body)
        #expect(form["Action"] == "AssumeRoleWithWebIdentity" && form["WebIdentityToken"] == "ey.J.sig")
    }

    @Test func `a web identity that is set up and fails is not passed over`() async throws {
        try await Self.withServices { _ in
            .text(status: 403, Self.refusal("AccessDenied"), headers: Self.xml)
        } probe: { url, service, metadata in
            let variables = [
                "AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": Self.role,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": url,
            ]
            for (files, code) in [(["/token": "t"], "RoleRefused"), ([:], "CredentialsMissing")] {
                let identity = Self.identity(variables, files: files, service, metadata)
                let error = await #expect(throws: KinesisError.self) { try await identity.issue(within: .seconds(5)) }
                #expect(error?.code.rawValue == code)
            }
        }
    }

    @Test func `a container's agent is shown the token of its file`() async throws {
        let calls = Mutex<[ScriptedService.Call]>([])
        try await Self.withServices { call in
            calls.withLock { $0.append(call) }
            return .text(
                status: 200,
                #"{"AccessKeyId":"ASIAPOD","SecretAccessKey":"s","Token":"t","Expiration":"2019-11-09T19:34:41Z"}"#,
                headers: Self.xml
            )
        } probe: { url, service, metadata in
            let variables = [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": url + "/v1/credentials?x=1",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/pod-token", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "stale",
            ]
            let identity = Self.identity(variables, files: ["/pod-token": "Bearer-1\n"], service, metadata)
            let issued = try await identity.issue(within: .seconds(5))
            #expect(issued.credentials.accessKeyID == "ASIAPOD")
            #expect(issued.life.map { (21_599...21_601).contains($0.components.seconds) } ?? false)
        }
        let call = try #require(calls.withLock { $0.first })
        #expect(call.method == .GET && call.path == "/v1/credentials?x=1")
        #expect(call.headers.first(name: "authorization") == "Bearer-1")
    }

    @Test(arguments: [
        "http://example.com/x", "http://10.0.0.1/x", "http://169.254.169.254/x", "ftp://localhost/x", "http://",
        "http://user@localhost/x",
    ])
    func `a container's agent is never asked elsewhere by plain HTTP`(_ url: String) async throws {
        try await Self.withServices { _ in
            .silence
        } probe: { _, service, metadata in
            let identity = Self.identity(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url], service, metadata)
            let error = await #expect(throws: KinesisError.self) { try await identity.issue(within: .seconds(5)) }
            #expect(error?.code == .credentialsMissing)
        }
    }

    @Test func `an instance is asked by version 2`() async throws {
        let calls = Mutex<[ScriptedService.Call]>([])
        try await Self.withServices { call in
            calls.withLock { $0.append(call) }
            switch (call.method, call.path) {
            case (.PUT, "/latest/api/token"): return .text(status: 200, "imds-token", headers: Self.xml)
            case (.GET, "/latest/meta-data/iam/security-credentials/"):
                return .text(status: 200, "my-role\n", headers: Self.xml)
            case (.GET, "/latest/meta-data/iam/security-credentials/my-role"):
                return .text(
                    status: 200,
                    #"{"Code":"Success","AccessKeyId":"ASIAEC2","SecretAccessKey":"s","Token":"t","#
                        + #""Expiration":"2019-11-09T14:34:41Z"}"#,
                    headers: Self.xml
                )
            default: return .text(status: 404, "")
            }
        } probe: { url, service, metadata in
            let identity = Self.identity(["AWS_EC2_METADATA_SERVICE_ENDPOINT": url + "/"], service, metadata)
            let keys = try await identity.issue(within: .seconds(5)).credentials
            #expect(keys.accessKeyID == "ASIAEC2")
        }
        let made = calls.withLock { $0 }
        #expect(made.first?.headers.first(name: "x-aws-ec2-metadata-token-ttl-seconds") == "21600")
        let tokens = made.dropFirst().map { $0.headers.first(name: "x-aws-ec2-metadata-token") }
        #expect(tokens == ["imds-token", "imds-token"])
    }

    @Test func `a machine without an identity says where it was looked for`() async throws {
        try await Self.withServices { _ in
            .text(status: 404, "")
        } probe: { url, service, metadata in
            for variables in [
                ["AWS_EC2_METADATA_DISABLED": "true"], ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"],
            ] {
                let identity = Self.identity(variables, service, metadata)
                let error = await #expect(throws: KinesisError.self) { try await identity.issue(within: .seconds(5)) }
                #expect(error?.code == .credentialsMissing && error?.needsOperator == true)
                #expect(error?.message.contains("no AWS identity") ?? false)
            }
        }
    }

    // MARK: Profiles

    private static let credentialsFile = """
        # comment
        [default]
        aws_access_key_id = AKIADEFAULT
        aws_secret_access_key=s  # not part of it
        [work]
        aws_access_key_id=AKIAWORK
        aws_secret_access_key=w
        aws_session_token=wt
        """

    private static let configFile = """
        [default]
        region = eu-west-1
        aws_access_key_id = IGNORED
        [profile customer]
        role_arn = \(role)
        source_profile = work
        external_id = ext-9
        s3 =
          max_concurrent_requests = 20
        [profile loop]
        role_arn = \(role)
        source_profile = loop
        [profile process]
        credential_process = /bin/true
        [profile "with space"]
        aws_access_key_id=AKIASPACE
        aws_secret_access_key=x
        [sso-session work]
        aws_access_key_id=AKIASSO
        """

    private static let profileFiles = ["/h/.aws/credentials": credentialsFile, "/h/.aws/config": configFile]

    @Test(arguments: [("", "AKIADEFAULT"), ("work", "AKIAWORK"), ("with space", "AKIASPACE")])
    func `profiles are read from both files`(_ profile: String, _ expected: String) async throws {
        try await Self.withServices { _ in
            .silence
        } probe: { _, service, metadata in
            var variables = ["HOME": "/h"]
            if !profile.isEmpty { variables["AWS_PROFILE"] = profile }
            let identity = Self.identity(variables, files: Self.profileFiles, service, metadata)
            let keys = try await identity.issue(within: .seconds(5)).credentials
            #expect(keys.accessKeyID == expected)
            if profile.isEmpty { #expect(keys.secretAccessKey == "s") }
        }
    }

    @Test func `a profile's role is assumed with its source's keys`() async throws {
        let calls = Mutex<[ScriptedService.Call]>([])
        try await Self.withServices { call in
            calls.withLock { $0.append(call) }
            return .text(status: 200, Self.assumed(), headers: Self.xml)
        } probe: { _, service, metadata in
            let variables = ["HOME": "/h", "AWS_PROFILE": "customer"]
            let identity = Self.identity(variables, files: Self.profileFiles, service, metadata)
            let keys = try await identity.issue(within: .seconds(5)).credentials
            #expect(keys.accessKeyID.hasPrefix("ASge"))
        }
        let call = try #require(calls.withLock { $0.first })
        #expect(call.headers.first(name: "authorization")?.contains("Credential=AKIAWORK/") ?? false)
        #expect(Self.form(call.body)["ExternalId"] == "ext-9")
    }

    @Test(arguments: ["loop", "process", "absent", "sso-session work"])
    func `a profile that cannot be used is told, not passed over`(_ profile: String) async throws {
        try await Self.withServices { _ in
            .silence
        } probe: { url, service, metadata in
            let variables = [
                "HOME": "/h", "AWS_PROFILE": profile, "AWS_CONTAINER_CREDENTIALS_FULL_URI": url,
            ]
            let identity = Self.identity(variables, files: Self.profileFiles, service, metadata)
            let error = await #expect(throws: KinesisError.self) { try await identity.issue(within: .seconds(5)) }
            #expect(error?.code == .credentialsMissing)
        }
    }

    // MARK: Clients

    @Test(arguments: ["ExpiredTokenException", "UnrecognizedClientException"])
    func `refused keys are renewed and the request sent once more`(_ name: String) async throws {
        let numbers = Mutex(0)
        let source = CountedKeys()
        let provider = RenewedCredentials(source, seed: 1) { .start }
        let service = try await ScriptedService.start { call in
            let isOld = call.headers.first(name: "x-amz-security-token") == "t1"
            if !isOld || numbers.withLock({ $0 }) == 0 {
                return .answer(status: 200, ["StreamNames": [], "HasMoreStreams": false])
            }
            return .error(400, name)
        }
        let http = AddressedHTTPClient(configuration: .kinesis())
        let client = KinesisClient(
            httpClient: http,
            endpoint: try KinesisEndpoint.resolve(connectionURL: service.url, baseRegion: nil, targetRegion: nil),
            provider: provider
        )
        _ = try await client.listStreams()
        // The keys are taken back.
        numbers.withLock { $0 = 1 }
        _ = try await client.listStreams()
        #expect(source.count.withLock { $0 } == 2)
        try await http.shutdown()
        try await service.stop()
    }

    @Test func `all who ask at a time share one request`() async throws {
        let source = CountedKeys()
        let provider = RenewedCredentials(source, seed: 1) { .start }
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 {
                group.addTask { try await provider.credentials(within: .seconds(20)).accessKeyID }
            }
            for try await id in group { #expect(id == "ASIA1") }
        }
        #expect(source.count.withLock { $0 } == 1)
    }

    private final class CountedKeys: CredentialsSource {
        let count = Mutex(0)

        func issue(within limit: Duration) async throws(KinesisError) -> IssuedCredentials {
            let number = count.withLock {
                $0 += 1
                return $0
            }
            for _ in 0..<100 { await Task.yield() }
            let keys = KinesisCredentials(
                accessKeyID: "ASIA\(number)",
                secretAccessKey: "s",
                sessionToken: "t\(number)"
            )
            return IssuedCredentials(keys, life: .seconds(3_600))
        }
    }

    @Test func `who waits for keys waits no longer than its request may take`() async throws {
        let provider = RenewedCredentials(NoKeys(), seed: 1) { .start }
        let error = await #expect(throws: KinesisError.self) {
            try await provider.credentials(within: .milliseconds(20))
        }
        #expect(error?.code == .credentialsUnavailable && error?.isRetriable == true)
    }

    private struct NoKeys: CredentialsSource {
        func issue(within limit: Duration) async throws(KinesisError) -> IssuedCredentials {
            try? await Task.sleep(for: .seconds(1))
            throw KinesisError(.credentialsUnavailable, "none")
        }
    }
}
