import ActivationCore
import ActivationEngine
import Console
import NIOCore

/// An audience whose members are named by others: what it has that others have not, and changing it (BEHAVIOUR 5.7).
extension AudiencePages {
    /// Whether a request is about one.
    func isExternal(_ request: ConsoleRequest) throws(APIError) -> Bool {
        try desk.audiences.definition(request.parameter("id")).isExternal
    }

    /// What there is only of such an audience; nil for one that is made of a rule.
    func external(_ report: AudienceReport, _ viewer: ConsoleViewer, now: Timestamp) async -> AudiencePage.External? {
        guard let known = ExternalAudience(report.definition.body) else { return nil }
        let definition = report.definition
        let days = definition.body["ttlInDays"]?.int64 ?? ExternalAudienceMembers.standardDays
        let uploads = desk.uploadReports(of: report)
        let changes = await desk.memberChanges(of: uploads, in: report)
        let mayChange = viewer.may(.viewAudiences, .importAudiences) && definition.lifecycle != .inactive
        let refusal = AudiencePages.refusal(of: definition, now: now)
        return AudiencePage.External(
            facts: [
                AudiencePage.Fact(label: "External id", value: known.externalID),
                AudiencePage.Fact(label: "Namespace in records", value: known.namespace),
                AudiencePage.Fact(label: "Members stay", value: Figure.count(days, "day")),
                AudiencePage.Fact(label: "Dataset", value: AudienceDataset.id(of: definition.idText)),
            ],
            expiry: AudiencePages.expiry(of: definition, isBusy: uploads.contains { $0.upload.isUnderWay }, now: now),
            upload: mayChange ? "\(UploadPages.root.path)?audience=\(definition.idText)" : nil,
            mayRefresh: mayChange && refusal == nil,
            refreshNote: mayChange && definition.expiresAt != nil ? refusal?.sentence : nil,
            mayEmpty: mayChange,
            rows: uploads.map { upload in
                let rows = upload.upload.rows
                return AudiencePage.External.Row(
                    name: upload.name,
                    path: upload.path(upload.next),
                    mark: upload.mark,
                    text: upload.text(at: now),
                    began: Instant(upload.upload.createdAt, now: now),
                    by: desk.who(upload.upload.author),
                    accepted: Figure.count(rows.accepted),
                    refused: Figure.count(rows.refused),
                    download: upload.upload.place.refusalBytes > 0
                        ? UploadReport.path(upload.upload.id, "refused.csv") : nil,
                    entered: UploadFigures.entered(changes[upload.upload.id]),
                    exited: UploadFigures.exited(changes[upload.upload.id])
                )
            },
            hasRows: !uploads.isEmpty
        )
    }

    /// Why members cannot be confirmed now; nil when they can.
    private static func refusal(of definition: SegmentDefinition, now: Timestamp) -> APIError? {
        do throws(APIError) {
            _ = try definition.refreshed(at: now)
            return nil
        } catch {
            return error
        }
    }

    private static func expiry(of definition: SegmentDefinition, isBusy: Bool, now: Timestamp) -> String {
        guard let end = definition.expiresAt else {
            return isBusy
                ? "While a file is read nobody expires." : "Nothing expires: no upload has come to its end yet."
        }
        let instant = Instant(end, now: end).exact
        guard end > now else { return "Its members expired on \(instant). The next upload begins with nobody." }
        let left = Instant.span(seconds: now.duration(to: end).components.seconds)
        return "Its members exit on \(instant), in \(left), unless there is another upload, a change or a refresh."
    }

    static func externalPlan(_ definition: SegmentDefinition) -> String {
        definition.lifecycle == .inactive
            ? "It is not evaluated."
            : "Whoever is named enters at once; of a person nothing is read but what others said of them."
    }

    // MARK: Change

    /// The form in which it is changed, with what was typed.
    func externalForm(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) throws(APIError) -> ConsoleAnswer {
        try externalForm(request, items, version: nil)
    }

    private func externalForm(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item],
        version: Int64?
    ) throws(APIError) -> ConsoleAnswer {
        let report = try desk.audienceReport(request.parameter("id"))
        let definition = report.definition
        let form = request.form
        let mistakes = FormMistakes(items)
        func typed(_ field: String, _ present: String?) -> String {
            (form.items.isEmpty ? present : form[field]) ?? ""
        }
        let standard = desk.control.entries(.mergePolicy).first(where: \.isDefaultPolicy)?.id
        let policy = report.entry.string("mergePolicyId")
        let days = ExternalAudienceMembers.days
        let page = FormPage(
            "Change \(definition.name)",
            under: [AudiencePages.root, PageFrame.Crumb(definition.name, report.path)],
            text:
                "Any change before the members expire lets their days begin anew. External id and namespace never change.",
            mistakes: mistakes,
            path: "\(report.path)/edit",
            token: try request.signedIn().token,
            hidden: [
                FormPage.Hidden(
                    name: "version",
                    value: version.map { String($0) } ?? typed("version", String(definition.version))
                )
            ],
            fields: [
                FormField("name", "Name", value: typed("name", definition.name), error: mistakes?.text(of: "name")),
                FormField(
                    "ttlInDays",
                    "Days that members stay",
                    value: typed("ttlInDays", definition.body["ttlInDays"]?.int64.map { String($0) }),
                    hint: "\(days.lowerBound) to \(days.upperBound).",
                    error: mistakes?.text(of: "ttlInDays")
                ),
                FormField(
                    "description",
                    "Description",
                    value: typed("description", report.entry.string("description")),
                    isOptional: true
                ),
                FormField(
                    "tags",
                    "Tags",
                    value: typed("tags", definition.tags.joined(separator: ", ")),
                    hint: "Words to find it by, with commas between.",
                    error: mistakes?.text(of: "tags"),
                    isOptional: true
                ),
                desk.policyChoice("policy", "Merge policy", chosen: typed("policy", policy == standard ? "" : policy)),
            ],
            button: "Save",
            cancel: report.path
        )
        return .page(page, status: mistakes == nil ? 200 : version == nil ? 400 : 409)
    }

    func submitExternal(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let form = request.form
        let report = try desk.audienceReport(request.parameter("id"))
        let standard = desk.control.entries(.mergePolicy).first(where: \.isDefaultPolicy)
        let days = form["ttlInDays"]?.trimmingSpaces ?? ""
        var body: JSONObject = [
            "name": .string(form["name"] ?? ""), "description": .string(form["description"] ?? ""),
            "ttlInDays": Int64(days).map { .integer($0) } ?? .integer(0),
            "tags": .array(AudiencePages.tags(form["tags"] ?? "").map { .string($0) }),
        ]
        let policy = form["policy"] ?? ""
        if let id = policy.isEmpty ? standard?.id : policy { body["mergePolicyId"] = .string(id) }
        do throws(APIError) {
            _ = try await desk.audiences.change(
                report.definition.idText,
                of: form["version"].flatMap { Int64($0) },
                to: .object(body),
                by: try request.author()
            )
        } catch {
            switch error.code {
            case .matchFailed:
                let current = try desk.audienceReport(report.definition.idText).definition
                let object = ConfigurationChange.Object(.segmentDefinition, current.idText)
                let last = try await ChangeHistory(control: desk.control).page(of: [object], limit: 1).changes.first
                let text =
                    "\(last.map { desk.who($0.author) } ?? "Somebody") changed the audience meanwhile; it is called \(current.name) "
                    + "now. What you typed is below: save once more to put it in the place of theirs."
                return try externalForm(
                    request,
                    [FormMistakes.Item(field: nil, text: text)],
                    version: current.version
                )
            case .fieldInvalid, .definitionNameTaken:
                let field = ["name", "ttlInDays", "tags", "mergePolicyId"].first { error.detail.hasPrefix($0) }
                return try externalForm(
                    request,
                    [FormMistakes.Item(field: field == "mergePolicyId" ? "policy" : field, text: error.sentence)]
                )
            default: throw error
            }
        }
        desk.note("Audience changed", report.definition.idText, by: try request.signedIn())
        return .redirect(report.path, .audienceChanged)
    }

    // MARK: Members

    /// Lets its members stay for its days from now on.
    func refresh(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let id = request.parameter("id")
        _ = try await desk.audiences.refresh(id, by: try request.author())
        desk.note("Audience refreshed", id, by: try request.signedIn())
        return .redirect("\(AudiencePages.root.path)/\(id)", .audienceRefreshed)
    }

    /// Asks before all members exit.
    func emptying(_ request: ConsoleRequest, _ obstacle: String? = nil) throws(APIError) -> ConsoleAnswer {
        let report = try desk.audienceReport(request.parameter("id"))
        _ = try desk.control.snapshot.externalAudience(report.definition.idText)
        return .page(
            ConfirmPage(
                title: "Empty \(report.definition.name)",
                crumbs: [AudiencePages.root, PageFrame.Crumb(report.definition.name, report.path)],
                text:
                    "Every member exits, and dataflows that export the audience tell so. It is an upload that names nobody.",
                obstacle: obstacle,
                obstacles: [],
                path: "\(report.path)/empty",
                token: try request.signedIn().token,
                etag: "",
                button: "Empty audience",
                cancel: report.path
            )
        )
    }

    /// A file with a header and a row without data, which names nobody.
    private static let nobody = "nobody,else\n,\n"

    /// Uploads a file that names nobody.
    func empty(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let (uploads, author) = (desk.uploads, try request.author())
        do throws(APIError) {
            let audience = try desk.control.snapshot.externalAudience(request.parameter("id"))
            let upload = try await uploads.begin(
                audience,
                fileName: "Emptied at the console",
                stamp: nil,
                size: Int64(AudiencePages.nobody.utf8.count),
                by: author
            )
            do throws(APIError) {
                var rest: ByteBuffer? = ByteBuffer(string: AudiencePages.nobody)
                _ = try await uploads.receive(upload.id, at: 0) {
                    defer { rest = nil }
                    return rest
                }
                let reading = Upload.Reading(
                    identityColumn: "nobody",
                    namespace: desk.control.snapshot.namespaces.all.first?.symbol ?? ""
                )
                _ = try await uploads.start(upload.id, reading, by: author)
            } catch {
                try await uploads.remove(upload.id, by: author)
                throw error
            }
            desk.note("Audience emptied", audience.idText, by: try request.signedIn())
            return .redirect(UploadReport.path(upload.id, "progress"))
        } catch {
            guard [409, 429].contains(error.code.status) else { throw error }
            return try emptying(request, UploadPages.text(of: error))
        }
    }
}
