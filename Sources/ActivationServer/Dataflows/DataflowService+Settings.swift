import ActivationCore
import ActivationEngine

extension DataflowService {
    /// What can be said of a dataflow and its target beside what is mapped; what is left out stays as it is.
    struct Settings: Sendable {
        /// Members of the flow: name, description, marketing actions, alerts.
        var flow: JSONObject = [:]
        /// The whole `params` of the target connection.
        var params: JSONObject?
        /// `exportOn` of mapped attributes, by path; an empty word = none of its own.
        var exports: [String: String] = [:]
    }

    /// Changes settings of a dataflow and its target, all of them or none.
    ///
    /// A target that leads elsewhere, or is reached in another way, is tried first.
    ///
    /// - Parameters:
    ///   - id: The flow's id.
    ///   - tag: The ``ControlSnapshot/settingsTag(of:)`` that the change was decided on.
    ///   - settings: The change.
    ///   - client: Who asks.
    /// - Returns: The flow.
    /// - Throws: `1430-404`, `1404-412`, the codes of ``FlowBody`` and ``ConnectionBody``, the code of the probe.
    func change(
        _ id: String,
        ifMatch tag: String,
        to settings: Settings,
        by client: AuthenticatedClient
    ) async throws(APIError) -> ControlEntry {
        let control = dependencies.control
        try await tryTarget(of: try control.flowServiceEntry(.flow, id), settings.params, in: control.snapshot)
        return try await control.write(by: client.author) { draft throws(APIError) in
            let old = try draft.snapshot.flowServiceEntry(.flow, id)
            try EntityTag.check(tag, is: draft.snapshot.settingsTag(of: old))
            let flow = try change(old, to: settings, in: &draft, by: client)
            if let params = settings.params, let target = draft.snapshot.target(of: old) {
                try change(target, to: params, in: &draft, by: client)
            }
            return flow
        }
    }

    /// A dataflow with other settings, to be rehearsed before they are saved; the destination is not asked.
    ///
    /// - Parameters:
    ///   - settings: The change.
    ///   - flow: The flow.
    /// - Returns: The flow as it would be.
    /// - Throws: What the change itself would throw.
    func propose(_ settings: Settings, of flow: ControlEntry) throws(APIError) -> DataflowProposal {
        var wish = Wish(id: flow.id, transformations: DataflowService.transformations(of: flow, settings.exports))
        if var params = settings.params {
            let old = dependencies.control.snapshot.target(of: flow)?.body["params"]?.object ?? [:]
            for key in old.keys where params[key] == nil { params[key] = .null }
            wish.params = try Fields(.object(params))
        }
        return try propose(wish)
    }

    /// Looks at a target whose own fields are to change, as far as its account may.
    private func tryTarget(
        of flow: ControlEntry,
        _ params: JSONObject?,
        in snapshot: ControlSnapshot
    ) async throws(APIError) {
        guard let params, let target = snapshot.target(of: flow), let kind = dependencies.destinations[of: target.body]
        else { return }
        let before = target.body["params"]?.object ?? [:]
        let own = kind.spec.target["properties"]?.object?.keys ?? []
        guard own.contains(where: { before[$0] != params[$0] }) else { return }
        var body = target.body
        body["params"] = .object(params)
        let checked = try ConnectionBody.target(
            try Fields(.object(body)),
            destinations: dependencies.destinations,
            in: snapshot
        )
        _ = try await dependencies.inspectTarget(checked, in: snapshot)
    }

    private func change(
        _ old: ControlEntry,
        to settings: Settings,
        in draft: inout ControlDraft,
        by client: AuthenticatedClient
    ) throws(APIError) -> ControlEntry {
        var object = old.body
        for (key, value) in settings.flow { object[key] = value }
        object["transformations"] = DataflowService.transformations(of: old, settings.exports)
        let fields = try Fields(.object(object))
        var check = SelectorCheck(snapshot: draft.snapshot, previous: old, now: draft.now)
        var body = try FlowBody.checked(fields, in: draft.snapshot)
        body["transformations"] = try check.transformations(fields)
        body["state"] = old.body["state"]
        try client.requireActivation(from: old.body, to: body)
        return try draft.replace(old, body: AuditTrail.updated(body, from: old, by: client))
    }

    /// The transformations of a flow with other words for when attributes are exported.
    private static func transformations(of flow: ControlEntry, _ exports: [String: String]) -> JSONValue? {
        guard !exports.isEmpty, let parts = flow.body["transformations"]?.array else {
            return flow.body["transformations"]
        }
        return .array(
            parts.map { part in
                guard var part = part.object, var params = part["params"]?.object,
                    var profile = params["profileSelectors"]?.object,
                    let selectors = profile["selectors"]?.array
                else { return part }
                profile["selectors"] = .array(
                    selectors.map { selector in
                        guard var selector = selector.object, var value = selector["value"]?.object,
                            let word = value["path"]?.string.flatMap({ exports[$0] })
                        else { return selector }
                        value["exportOn"] = word.isEmpty ? nil : .string(word)
                        selector["value"] = .object(value)
                        return .object(selector)
                    }
                )
                params["profileSelectors"] = .object(profile)
                part["params"] = .object(params)
                return .object(part)
            }
        )
    }

    private func change(
        _ target: ControlEntry,
        to params: JSONObject,
        in draft: inout ControlDraft,
        by client: AuthenticatedClient
    ) throws(APIError) {
        var object = target.body
        object["params"] = .object(params)
        let body = try ConnectionBody.target(
            try Fields(.object(object)),
            destinations: dependencies.destinations,
            in: draft.snapshot
        )
        guard body["params"] != target.body["params"] else { return }
        try client.require(.manageDestinations)
        try draft.follow(target, to: body, destinations: dependencies.destinations, dependencies.control)
        try draft.replace(target, body: AuditTrail.updated(body, from: target, by: client))
    }
}

extension ControlSnapshot {
    /// The target connection of a flow.
    func target(of flow: ControlEntry) -> ControlEntry? {
        flow.body["targetConnectionIds"]?[0]?.string.flatMap { entry(.targetConnection, $0) }
    }

    /// What changes whenever a flow or its target does.
    func settingsTag(of flow: ControlEntry) -> String {
        ([flow.etag] + [target(of: flow)?.etag].compactMap { $0 }).joined(separator: ".")
    }
}
