import ActivationCore
import ActivationEngine
import Console

/// The third step: for which audience the file is; then it is started.
extension UploadPages {
    /// What stands for an audience that is to be made.
    private static let new = "new"
    /// Audiences that are on offer.
    private static let offeredMax = 200

    func details(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) throws(APIError) -> ConsoleAnswer {
        let report = try report(request)
        if let answer = elsewhere(report, than: .details) { return answer }
        let form = request.form
        let mistakes = FormMistakes(items)
        func field(
            _ name: String,
            _ label: String,
            _ present: String = "",
            hint: String? = nil,
            isOptional: Bool = false
        ) -> FormField {
            FormField(
                name,
                label,
                value: form[name] ?? present,
                hint: hint,
                error: mistakes?.text(of: name),
                isOptional: isOptional
            )
        }
        let reading = report.upload.reading
        let choices = audiences(report)
        let page = UploadDetailsPage(
            title: mistakes == nil ? "Details of \(report.name)" : "Error: Details of \(report.name)",
            heading: report.name,
            crumbs: crumbs(report),
            steps: report.steps(at: .details),
            mistakes: mistakes,
            about: "\(Figure.bytes(report.upload.received)), members by the column \(reading?.identityColumn ?? ""), "
                + "which holds identities of \(reading?.namespace ?? "").",
            path: report.path(.details),
            token: try request.signedIn().token,
            audience: FormField(
                "audience",
                "Audience",
                .choice(choices),
                value: form["audience"] ?? report.audience?.definition.idText ?? UploadPages.new,
                hint: choices.count > UploadPages.offeredMax
                    ? "The newest \(UploadPages.offeredMax); for another one begin on its page." : nil,
                error: mistakes?.text(of: "audience")
            ),
            fields: [
                field("name", "Name", UploadPages.name(report.upload)),
                field(
                    "audienceId",
                    "External id",
                    UploadPages.externalID(report.upload),
                    hint: "What others call it, in records too: \(ExternalAudience.namespaceRule). It never changes."
                ),
                field(
                    "ttlInDays",
                    "Days that members stay",
                    String(ExternalAudienceMembers.standardDays),
                    hint:
                        "\(ExternalAudienceMembers.days.lowerBound) to \(ExternalAudienceMembers.days.upperBound). Then all exit, "
                        + "unless there is another upload or they are confirmed."
                ),
            ],
            folded: [
                field("description", "Description", isOptional: true),
                field(
                    "namespace",
                    "Namespace in records",
                    ExternalAudienceMembers.standardNamespace,
                    hint: "What it stands under in segmentMembership. It never changes."
                ),
                desk.policyChoice("policy", "Merge policy", chosen: form["policy"]),
            ],
            discard: UploadReport.path(report.upload.id, "discard")
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    func submitDetails(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try report(request)
        if let answer = elsewhere(report, than: .details) { return answer }
        guard let reading = report.upload.reading else { return .redirect(report.path(.columns)) }
        do throws(APIError) {
            // A file that cannot be taken makes no audience.
            try await desk.uploads.examine(report.upload, reading)
            let audience = try await audience(request)
            try await desk.uploads.decide(report.upload.id) { $0.audience = audience.id }
            _ = try await desk.uploads.start(report.upload.id, reading, by: try request.author())
            desk.note("Upload started", report.upload.id, by: try request.signedIn())
        } catch {
            // It was started meanwhile, by whom ever.
            if error.code == .uploadState, try desk.uploads.upload(report.upload.id).state != .receiving {
                return .redirect(report.path(.progress))
            }
            guard [400, 404, 409].contains(error.code.status) else { throw error }
            return try details(request.choosing(try desk.uploads.upload(report.upload.id)), [mistake(error)])
        }
        return .redirect(report.path(.progress))
    }

    /// The audience that was chosen, or a new one.
    private func audience(_ request: ConsoleRequest) async throws(APIError) -> SegmentDefinition {
        let form = request.form
        if let id = form["audience"], id != UploadPages.new {
            let audience = try desk.control.snapshot.externalAudience(id)
            try audience.refuseInactive()
            return audience
        }
        var body: JSONObject = ["type": .string(ExternalAudienceMembers.type)]
        for key in ["name", "audienceId", "namespace", "description"] {
            if let text = form[key]?.trimmingSpaces, !text.isEmpty { body[key] = .string(text) }
        }
        let days = form["ttlInDays"]?.trimmingSpaces ?? ""
        if !days.isEmpty { body["ttlInDays"] = Int64(days).map { .integer($0) } ?? .string(days) }
        if let policy = form["policy"], !policy.isEmpty { body["mergePolicyId"] = .string(policy) }
        let made = try await desk.audiences.create(.object(body), by: try request.author()).definition
        desk.note("Audience made", made.idText, by: try request.signedIn())
        return made
    }

    private func mistake(_ error: APIError) -> FormMistakes.Item {
        let keys = ["name", "audienceId", "namespace", "ttlInDays"]
        var field = keys.first { error.detail.hasPrefix("\($0) ") || error.detail.hasPrefix("\($0):") }
        if error.detail.contains("/ttlInDays") { field = "ttlInDays" }
        var text = UploadPages.text(of: error)
        switch (field, error.code) {
        case ("name", .definitionNameTaken):
            text = "Another audience has this name. Take another one, or choose that one."
        case ("name", _): text = "Give the audience a name of 1 to \(ServerLimits.nameCharactersMax) characters."
        case ("audienceId", .definitionNameTaken):
            text = "Another audience is known by this id in this namespace. Take another one, or choose that one."
        case ("audienceId", _): text = "The external id has \(ExternalAudience.namespaceRule)."
        case ("ttlInDays", _):
            let days = ExternalAudienceMembers.days
            text = "Members stay a whole number of days from \(days.lowerBound) to \(days.upperBound)."
        case (nil, _) where error.code != .fieldInvalid && error.code != .uploadInvalid: field = "audience"
        default: break
        }
        return FormMistakes.Item(field: field, text: text)
    }

    private func audiences(_ report: UploadReport) -> [(value: String, label: String)] {
        var external = desk.control.entries(.segmentDefinition).reversed().filter {
            $0.isExternalAudience && AudienceLifecycle($0) != .inactive
        }
        // The one that it is for comes first, however many there are.
        if let own = report.audience?.entry {
            external = [own] + external.filter { $0.id != own.id }
        }
        return [(value: UploadPages.new, label: "A new audience")]
            + external.prefix(UploadPages.offeredMax).map { (value: $0.id, label: $0.string("name") ?? $0.id) }
    }

    /// What a file is called, as the name of an audience.
    private static func name(_ upload: Upload) -> String {
        let name = upload.fileName ?? ""
        return String(name.prefix(upTo: name.lastIndex(of: ".") ?? name.endIndex)).excerpt(
            ServerLimits.nameCharactersMax
        )
    }

    /// The same as an external id.
    private static func externalID(_ upload: Upload) -> String {
        let letters = name(upload).unicodeScalars.map { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || "0"..."9" ~= scalar) ? Character(scalar) : "_"
        }
        let id = String(letters.prefix(128))
        return ExternalAudience.isNamespace(id) ? id : String("_\(id)".prefix(128))
    }
}

extension ConsoleRequest {
    /// The same, for the audience that an upload has by now: one that was made is not made again.
    fileprivate func choosing(_ upload: Upload) -> ConsoleRequest {
        guard let audience = upload.audience else { return self }
        var request = self
        request.form = QueryItems(
            form.without(["audience"]).items + [(name: "audience", value: audience.uuid.description)]
        )
        return request
    }
}
