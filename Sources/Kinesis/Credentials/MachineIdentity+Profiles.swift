/// Profiles of AWS's shared files.
extension MachineIdentity {
    /// The keys of a profile: those in it, or those of the role that it names.
    ///
    /// - Parameters:
    ///   - name: The profile.
    ///   - files: All profiles.
    ///   - before: Those whose roles are assumed with it.
    ///   - limit: How long it may take.
    /// - Returns: Keys and how long they live.
    /// - Throws: `credentialsMissing` for a profile that cannot be used, else what its role was refused with.
    func issue(
        profile name: String,
        of files: ProfileFile,
        before: [String] = [],
        within limit: Duration
    ) async throws(KinesisError) -> IssuedCredentials {
        func unusable(_ reason: String) -> KinesisError {
            KinesisError(.credentialsMissing, "profile \(name.prefix(64)) of the shared files \(reason)")
        }
        guard let profile = files.profiles[name] else { throw unusable("is not there") }
        guard !before.contains(name), before.count < 5 else { throw unusable("is its own source") }
        let keys = ProfileFile.keys(profile)
        if keys == nil, let key = Self.unsupported.first(where: { profile[$0] != nil }) {
            throw unusable("uses \(key), which is not supported; give keys, a role or a web identity")
        }
        guard let role = profile["role_arn"] else {
            if let keys { return IssuedCredentials(keys) }
            // Such a profile says no more than a region.
            guard before.isEmpty else { throw unusable("has no keys") }
            return try await remaining(within: limit)
        }
        let clock = ContinuousClock()
        let end = clock.now + limit
        let arn = try RoleARN(role)
        let sessionName = profile["role_session_name"] ?? "headwater"
        let service = try service(machine.variable("AWS_REGION") ?? profile["region"] ?? region)
        if let file = profile["web_identity_token_file"] {
            return try await WebIdentity(
                arn,
                sessionName: sessionName,
                tokenFile: file,
                machine: machine,
                service: service
            ).issue(within: limit)
        }
        let base: KinesisCredentials
        switch (profile["source_profile"], profile["credential_source"]) {
        case (name?, _):
            guard let keys else { throw unusable("is its own source and has no keys") }
            base = keys
        case (let source?, _):
            base = try await issue(profile: source, of: files, before: before + [name], within: limit).credentials
        case (nil, "Environment"):
            guard let keys = environmentKeys else { throw unusable("needs keys in the environment") }
            base = keys
        case (nil, "EcsContainer"), (nil, "Ec2InstanceMetadata"):
            base = try await remaining(within: limit).credentials
        default:
            throw unusable("has a role_arn and neither source_profile nor a credential_source that is known")
        }
        // Named in the files of who runs the process: a role of its own.
        return try await AssumedRole(
            arn,
            trust: .own(externalID: profile["external_id"]),
            sessionName: sessionName,
            base: try StaticCredentials(base),
            service: service
        ).issue(within: end - clock.now)
    }

    /// Ways to keys that other tools know.
    private static let unsupported = ["credential_process", "sso_session", "sso_start_url"]
}

extension ProfileFile {
    /// The keys in a profile.
    fileprivate static func keys(_ profile: Profile) -> KinesisCredentials? {
        guard let id = profile["aws_access_key_id"], let secret = profile["aws_secret_access_key"] else { return nil }
        return KinesisCredentials(
            accessKeyID: id,
            secretAccessKey: secret,
            sessionToken: profile["aws_session_token"]
        )
    }
}
