import NIOCore
import NIOHTTP1

/// Keys of the task or pod that the process runs in, from the agent of ECS or EKS.
struct ContainerIdentity: CredentialsSource {
    let machine: MachineEnvironment
    let service: MetadataService

    /// The variables that say where the agent is; nil when there are none.
    init?(_ machine: MachineEnvironment, _ service: MetadataService) {
        guard machine.variable(Self.relative) != nil || machine.variable(Self.full) != nil else { return nil }
        self.machine = machine
        self.service = service
    }

    private static let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    private static let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"

    func issue(within limit: Duration) async throws(KinesisError) -> IssuedCredentials {
        let url = try url
        var headers: HTTPHeaders = ["accept": "application/json"]
        if let file = machine.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            let token = try machine.token(in: file, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
            headers.add(name: "authorization", value: token)
        } else if let token = machine.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            guard token.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
                throw KinesisError(.credentialsMissing, "AWS_CONTAINER_AUTHORIZATION_TOKEN holds no token")
            }
            headers.add(name: "authorization", value: token)
        }
        let answer = try await service.ask(.GET, url, headers: headers, until: .now() + TimeAmount(limit))
        guard let answer else {
            throw KinesisError(.credentialsUnavailable, "the container's credentials agent takes no connection")
        }
        return try answer.issuedCredentials(from: "the container's credentials agent")
    }

    /// Where the agent is: plain HTTP only to this machine and to the agents' own addresses.
    private var url: String {
        get throws(KinesisError) {
            if let path = machine.variable(Self.relative) {
                guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                    throw KinesisError(.credentialsMissing, "\(Self.relative) is no path")
                }
                return "http://169.254.170.2\(path)"
            }
            let url = machine.variable(Self.full) ?? ""
            let form = /(https?):\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?(?:[\/?][\x21-\x7E]*)?/.ignoresCase()
            guard let match = url.wholeMatch(of: form) else {
                throw KinesisError(.credentialsMissing, "\(Self.full) is no URL")
            }
            let host = match.2.lowercased()
            let isNear =
                ["localhost", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "[::1]"].contains(host)
                || NetworkAddress(ipv4: host)?.isLoopback ?? false
            guard match.1.lowercased() == "https" || isNear else {
                throw KinesisError(
                    .credentialsMissing,
                    "\(Self.full) is plain HTTP to another machine than the agents of ECS and EKS; use https"
                )
            }
            return url
        }
    }
}

/// Keys of the instance that the process runs on, from EC2's metadata service, version 2.
struct InstanceIdentity: CredentialsSource {
    let machine: MachineEnvironment
    let service: MetadataService

    /// Nil where it is switched off.
    init?(_ machine: MachineEnvironment, _ service: MetadataService) {
        guard machine.variable("AWS_EC2_METADATA_DISABLED")?.lowercased() != "true" else { return nil }
        self.machine = machine
        self.service = service
    }

    private static let path = "/latest/meta-data/iam/security-credentials/"

    func issue(within limit: Duration) async throws(KinesisError) -> IssuedCredentials {
        let base = try base
        let deadline = NIODeadline.now() + TimeAmount(limit)
        let tokenAnswer = try await service.ask(
            .PUT,
            base + "/latest/api/token",
            headers: ["x-aws-ec2-metadata-token-ttl-seconds": "21600", "content-length": "0"],
            until: min(deadline, .now() + .seconds(2))
        )
        guard let tokenAnswer else {
            throw KinesisError(.credentialsMissing, "no instance metadata: this is no instance of EC2, or it is off")
        }
        let token = String(decoding: tokenAnswer.body, as: UTF8.self)
        guard tokenAnswer.status == 200, !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw KinesisError(
                .credentialsUnavailable,
                "instance metadata gives no session token (HTTP \(tokenAnswer.status)); in a container it needs a hop limit of 2",
                httpStatus: tokenAnswer.status
            )
        }
        let headers: HTTPHeaders = ["x-aws-ec2-metadata-token": token]
        let roles = try await service.ask(.GET, base + Self.path, headers: headers, until: deadline)
        let role = roles.flatMap { String(decoding: $0.body, as: UTF8.self).split(whereSeparator: \.isNewline).first }
        guard let roles, roles.status == 200, let role = role.map(String.init),
            role.wholeMatch(of: /[A-Za-z0-9_+=,.@-]{1,64}/) != nil
        else {
            throw KinesisError(.credentialsMissing, "the instance has no role; attach an instance profile to it")
        }
        let answer = try await service.ask(.GET, base + Self.path + role, headers: headers, until: deadline)
        guard let answer else { throw KinesisError(.credentialsUnavailable, "instance metadata takes no connection") }
        return try answer.issuedCredentials(from: "instance metadata")
    }

    private var base: String {
        get throws(KinesisError) {
            guard let url = machine.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") else {
                return machine.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")?.lowercased() == "ipv6"
                    ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
            }
            guard url.wholeMatch(of: /https?:\/\/[\x21-\x7E&&[^\/?#@]]+\/?/) != nil else {
                throw KinesisError(.credentialsMissing, "AWS_EC2_METADATA_SERVICE_ENDPOINT is no URL of a host")
            }
            return url.hasSuffix("/") ? String(url.dropLast()) : url
        }
    }
}
