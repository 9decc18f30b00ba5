extension ActivationRecord {
    /// The `type` of the events.
    static let cloudEventType = "headwater.profile.exported"

    /// Appends a CloudEvents 1.0 event up to the place of the message; two braces end it (BEHAVIOUR 3.4).
    func appendCloudEvent(_ id: MessageID, catalog: borrowing Catalog, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "{\"specversion\":\"1.0\",\"id\":\"\(id.text)\"".utf8)
        bytes.append(contentsOf: ",\"source\":\"/v1/dataflows/\(id.dataflow.uuid)\"".utf8)
        bytes.append(contentsOf: ",\"type\":\"\(Self.cloudEventType)\",\"subject\":\"\(id.profile.uuid)\"".utf8)
        bytes.append(contentsOf: ",\"time\":\"".utf8)
        admittedAt.appendRFC3339Milliseconds(to: &bytes)
        bytes.append(contentsOf: "\",\"datacontenttype\":\"application/json\",\"data\":{\"mergePolicyId\":\"".utf8)
        bytes.append(contentsOf: "\(id.mergePolicy.uuid)\",\"revision\":\(id.revision),\"reasons\":[".utf8)
        for (index, name) in reasons.names.enumerated() {
            bytes.append(contentsOf: "\(index > 0 ? "," : "")\"\(name)\"".utf8)
        }
        bytes.append(contentsOf: "],\"changedAudiences\":[".utf8)
        appendChangedAudiences(catalog, to: &bytes)
        bytes.append(contentsOf: "],\"changedPaths\":[".utf8)
        for (index, attribute) in writtenAttributes.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONWriter.appendString(flow.attributes[attribute].destination, to: &bytes)
        }
        bytes.append(contentsOf: "],\"profile\":".utf8)
    }

    /// Mapped audiences whose status the input changed, in the order of mapping.
    private func appendChangedAudiences(_ catalog: borrowing Catalog, to bytes: inout [UInt8]) {
        var isFirst = true
        for mapped in group.mapped {
            guard let status = statusChanges.first(where: { $0.audience == mapped.audience }) else { continue }
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            bytes.append(contentsOf: "{\"id\":\"".utf8)
            bytes.append(contentsOf: catalog.audiences[mapped.audience].idText)
            bytes.append(contentsOf: "\",\"status\":\"\(status.status.text)\",\"previousStatus\":".utf8)
            bytes.append(contentsOf: (status.before.map { "\"\($0.status.text)\"" } ?? "null").utf8)
            bytes.append(UInt8(ascii: "}"))
        }
    }
}
