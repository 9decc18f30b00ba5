import NIOCore

/// Who the machine says that this process is: the first of AWS's usual places that is set up.
///
/// The order is that of AWS's own tools: the environment, a web identity, a profile of the shared files, the container, the
/// instance. A place that is set up and fails is not passed over, since the next could be somebody else.
public struct MachineIdentity: CredentialsSource {
    let machine: MachineEnvironment
    private let metadata: MetadataService
    let service: @Sendable (_ region: String) throws(KinesisError) -> SecurityTokenService

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
            return try await issue(profile: name ?? "default", of: files, within: limit)
        }
        if let name {
            throw KinesisError(
                .credentialsMissing,
                "AWS_PROFILE names \(name.prefix(64)), which the shared files do not have"
            )
        }
        return try await remaining(within: limit)
    }

    /// The container's keys, else the instance's: the places that are last.
    func remaining(within limit: Duration) async throws(KinesisError) -> IssuedCredentials {
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

    /// The keys that stand in the environment.
    var environmentKeys: KinesisCredentials? {
        guard let id = machine.variable("AWS_ACCESS_KEY_ID"), let secret = machine.variable("AWS_SECRET_ACCESS_KEY")
        else { return nil }
        return KinesisCredentials(
            accessKeyID: id,
            secretAccessKey: secret,
            sessionToken: machine.variable("AWS_SESSION_TOKEN")
        )
    }

    /// Where roles are asked for.
    var region: String {
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
}
