import NIOCore

/// Who the machine says that this process is: the first of AWS's usual places that is set up.
///
/// The order is that of AWS's own tools: the environment, a web identity, a profile of the shared files, the container, the
/// instance. A place that is set up and fails is not passed over, since the next could be somebody else.
public struct MachineIdentity: CredentialsSource {
    private let machine: MachineEnvironment
    private let metadata: MetadataService
    private let service: @Sendable (_ region: String) throws(KinesisError) -> SecurityTokenService

    /// Creates a source; nothing is read or asked.
    ///
    /// - Parameters:
    ///   - machine: The variables and files.
    ///   - metadata: Asks containers and instances.
    ///   - service: The Security Token Service of a region.
    public init(
        _ machine: MachineEnvironment = .process,
        metadata: MetadataService = MetadataService(),
        service: @escaping @Sendable (_ region: String) throws(KinesisError) -> SecurityTokenService
    ) {
        self.machine = machine
        self.metadata = metadata
        self.service = service
    }

    /// Asks the first place that is set up.
    public func issue(within limit: Duration) async throws(KinesisError) -> IssuedCredentials {
        if let keys = environmentKeys { return IssuedCredentials(keys) }
        if let webIdentity = try webIdentity { return try await webIdentity.issue(within: limit) }
        let files = try ProfileFile(machine)
        let name = machine.variable("AWS_PROFILE")
        if files.profiles[name ?? "default"] != nil {
            return try await issue(profile: name ?? "default", of: files, before: [], within: limit)
        }
        if let name {
            throw KinesisError(
                .credentialsMissing,
                "AWS_PROFILE names \(name.prefix(64)), which the shared files do not have"
            )
        }
        return try await remaining(within: limit)
    }

    /// The container's keys, else the instance's.
    private func remaining(within limit: Duration) async throws(KinesisError) -> IssuedCredentials {
        if let container = ContainerIdentity(machine, metadata) { return try await container.issue(within: limit) }
        guard let instance = InstanceIdentity(machine, metadata) else { throw Self.missing("instance metadata is off") }
        do throws(KinesisError) {
            return try await instance.issue(within: limit)
        } catch  where error.code == .credentialsMissing {
            throw Self.missing(error.message)
        } catch {
            throw error
        }
    }

    private static func missing(_ last: String) -> KinesisError {
        KinesisError(
            .credentialsMissing,
            "this server has no AWS identity: no keys in its environment, no web identity, no profile, no container's "
                + "agent; \(last)"
        )
    }

    // MARK: Environment

    private var environmentKeys: KinesisCredentials? {
        guard let id = machine.variable("AWS_ACCESS_KEY_ID"), let secret = machine.variable("AWS_SECRET_ACCESS_KEY")
        else { return nil }
        return KinesisCredentials(
            accessKeyID: id,
            secretAccessKey: secret,
            sessionToken: machine.variable("AWS_SESSION_TOKEN")
        )
    }

    private var region: String {
        machine.variable("AWS_REGION") ?? machine.variable("AWS_DEFAULT_REGION") ?? "us-east-1"
    }

    private var webIdentity: WebIdentity? {
        get throws(KinesisError) {
            guard let file = machine.variable("AWS_WEB_IDENTITY_TOKEN_FILE"),
                let role = machine.variable("AWS_ROLE_ARN")
            else { return nil }
            return WebIdentity(
                try RoleARN(role),
                sessionName: machine.variable("AWS_ROLE_SESSION_NAME") ?? "headwater",
                tokenFile: file,
                machine: machine,
                service: try service(region)
            )
        }
    }

    // MARK: Profiles

    private func issue(
        profile name: String,
        of files: ProfileFile,
        before: [String],
        within limit: Duration
    ) async throws(KinesisError) -> IssuedCredentials {
        func unusable(_ reason: String) -> KinesisError {
            KinesisError(.credentialsMissing, "profile \(name.prefix(64)) of the shared files \(reason)")
        }
        guard let profile = files.profiles[name] else { throw unusable("is not there") }
        guard !before.contains(name), before.count < 5 else { throw unusable("is its own source") }
        for key in ["credential_process", "sso_session", "sso_start_url"] where profile[key] != nil {
            if profile["aws_access_key_id"] == nil {
                throw unusable("uses \(key), which is not supported; give keys, a role or a web identity")
            }
        }
        let clock = ContinuousClock()
        let end = clock.now + limit
        if let role = profile["role_arn"] {
            let region = machine.variable("AWS_REGION") ?? profile["region"] ?? region
            let service = try service(region)
            if let file = profile["web_identity_token_file"] {
                let identity = WebIdentity(
                    try RoleARN(role),
                    sessionName: profile["role_session_name"] ?? "headwater",
                    tokenFile: file,
                    machine: machine,
                    service: service
                )
                return try await identity.issue(within: limit)
            }
            let base: IssuedCredentials
            if let source = profile["source_profile"] {
                base =
                    if source == name, let keys = Self.keys(profile) { IssuedCredentials(keys) } else {
                        try await issue(profile: source, of: files, before: before + [name], within: limit)
                    }
            } else {
                switch profile["credential_source"] {
                case "Environment":
                    guard let keys = environmentKeys else { throw unusable("needs keys in the environment") }
                    base = IssuedCredentials(keys)
                case "EcsContainer", "Ec2InstanceMetadata": base = try await remaining(within: limit)
                default: throw unusable("has a role_arn and neither source_profile nor credential_source")
                }
            }
            // Named in the files of who runs the process: a role of its own.
            let assumed = try AssumedRole(
                try RoleARN(role),
                trust: .own(externalID: profile["external_id"]),
                sessionName: profile["role_session_name"] ?? "headwater",
                base: try StaticCredentials(base.credentials),
                service: service
            )
            return try await assumed.issue(within: end - clock.now)
        }
        guard let keys = Self.keys(profile) else {
            // Such a profile says no more than a region.
            if before.isEmpty { return try await remaining(within: limit) }
            throw unusable("has no keys")
        }
        return IssuedCredentials(keys)
    }

    private static func keys(_ profile: ProfileFile.Profile) -> KinesisCredentials? {
        guard let id = profile["aws_access_key_id"], let secret = profile["aws_secret_access_key"] else { return nil }
        return KinesisCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: profile["aws_session_token"])
    }
}
