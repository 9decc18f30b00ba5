import ActivationCore
import Console

/// A part of a dataflow's settings that has a form of its own.
enum SettingsTopic: String, Sendable, CaseIterable {
    case settings
    case when
    case governance
    case alerts

    /// Its heading.
    var title: String {
        switch self {
        case .settings: "Settings"
        case .when: "When records are sent"
        case .governance: "Governance"
        case .alerts: "Alerts"
        }
    }

    /// What it is about.
    var about: String {
        switch self {
        case .settings:
            "A change counts from the next record. Another stream gets what is triggered from now on; what waits still "
                + "goes to the former one."
        case .when:
            "Which changes make a record, what it tells of memberships, and how it is wrapped and spread. A change "
                + "counts from the next record; records that wait stay as they are."
        case .governance: SettingsWords.governance
        case .alerts: SettingsWords.alerts
        }
    }

    /// Whether somebody may use its form.
    func isOpen(to viewer: ConsoleViewer) -> Bool {
        viewer.may(.manageDestinations) && (self != .governance || viewer.may(.activateDestinations))
    }

    /// Whether its form may make records others, so that what it does is shown before it is saved.
    var shapesRecords: Bool { self == .settings || self == .when }

    /// The form's fields.
    ///
    /// - Parameters:
    ///   - flow: The dataflow.
    ///   - spec: The kind of its destination.
    ///   - typed: What they hold.
    ///   - mistakes: What is wrong.
    /// - Returns: The fields.
    func fields(
        of flow: ControlEntry,
        _ spec: DestinationSpec,
        _ typed: QueryItems,
        _ mistakes: FormMistakes?
    ) -> [FormField] {
        switch self {
        case .settings:
            let target = TargetForm(spec, .settings).fields(typed, mistakes)
            return [
                FormField("name", "Name", value: typed["name"], error: mistakes?.text(of: "name")),
                FormField("description", "Description", value: typed["description"], isOptional: true),
            ] + target.shown + target.folded
        case .when:
            return TargetForm(spec, .when).fields(typed, mistakes).shown
                + SettingsTopic.paths(of: flow).map { path in
                    FormField(
                        SettingsTopic.field(path),
                        "Writes of \(path)",
                        .choice(SettingsTopic.exports),
                        value: typed[SettingsTopic.field(path)]
                    )
                }
        case .governance: return MarketingActionForm.fields(typed, mistakes)
        case .alerts: return FlowAlertForm.fields(typed, mistakes)
        }
    }

    /// What is stored, as the form would hold it.
    func stored(_ flow: ControlEntry, _ spec: DestinationSpec, _ params: JSONObject) -> QueryItems {
        switch self {
        case .settings:
            return QueryItems(
                [("name", flow.string("name") ?? ""), ("description", flow.string("description") ?? "")]
                    + TargetForm(spec, .settings).typed(params).items
            )
        case .when:
            let attributes = FlowTransformation(flow).attributes
            return QueryItems(
                TargetForm(spec, .when).typed(params).items
                    + attributes.map { attribute in
                        let path = attribute.path.joined(separator: ".")
                        return (SettingsTopic.field(path), attribute.export?.rawValue ?? "")
                    }
            )
        case .governance: return MarketingActionForm.typed(MarketingAction.stored(flow.body))
        case .alerts: return FlowAlertForm.typed(FlowAlert.stored(flow.body))
        }
    }

    /// What a form asks for.
    ///
    /// - Parameters:
    ///   - typed: The form.
    ///   - flow: The dataflow.
    ///   - spec: The kind of its destination.
    ///   - params: `params` of its target as they are.
    /// - Returns: The change.
    /// - Throws: A mistake that only a form can have.
    func wish(
        _ typed: QueryItems,
        for flow: ControlEntry,
        _ spec: DestinationSpec,
        _ params: JSONObject
    ) throws(TargetFormMistake) -> DataflowService.Settings {
        var wish = DataflowService.Settings()
        switch self {
        case .settings:
            let name = typed["name"] ?? ""
            guard !name.isEmpty else {
                throw TargetFormMistake(key: "name", text: "Give the dataflow a name by which you will know it.")
            }
            wish.flow = ["name": .string(name), "description": .string(typed["description"] ?? "")]
            let form = TargetForm(spec, .settings)
            wish.params = form.applied(try form.params(typed).get(), to: params)
        case .when:
            let form = TargetForm(spec, .when)
            wish.params = form.applied(try form.params(typed).get(), to: params)
            for path in SettingsTopic.paths(of: flow) {
                wish.exports[path] = typed[SettingsTopic.field(path)] ?? ""
            }
        case .governance: wish.flow = ["marketingActions": .array(try MarketingActionForm.actions(typed))]
        case .alerts: wish.flow = ["alerts": .array(try FlowAlertForm.alerts(typed))]
        }
        return wish
    }

    private static let exports = [
        (value: "", label: "as set above"),
        (value: Dataflow.AttributeExport.anyWrite.rawValue, label: "any write"),
        (value: Dataflow.AttributeExport.valueChange.rawValue, label: "value change"),
        (value: Dataflow.AttributeExport.never.rawValue, label: "never"),
    ]

    private static func field(_ path: String) -> String { "export.\(path)" }

    /// The paths of mapped attributes, each once.
    private static func paths(of flow: ControlEntry) -> [String] {
        var seen = Set<ByteKey>()
        return FlowTransformation(flow).attributes.map { $0.path.joined(separator: ".") }
            .filter { seen.insert(ByteKey($0)).inserted }
    }
}
