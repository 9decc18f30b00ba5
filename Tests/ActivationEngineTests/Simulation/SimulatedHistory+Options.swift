import ActivationCore

extension SimulatedHistory {
    /// Changes one thing that can be chosen of a dataflow (BEHAVIOUR 2.3).
    mutating func changeOptions(_ flow: inout ReferenceFlow) {
        switch random.number(0..<18) {
        case 0:
            flow.options.triggers = random.pick([
                .changes, .changes, .membership, .identity, .attribute, [.membership, .attribute],
                [.identity, .attribute], [.membership, .identity],
            ])
        case 1: flow.options.suppressesNoopAttributeUpdates.toggle()
        case 2: flow.options.membershipScope = random.pick(Dataflow.MembershipScope.allCases)
        case 3: flow.options.showsExisting.toggle()
        case 4: flow.options.namespaceCase = flow.options.namespaceCase == .lower ? .asDefined : .lower
        case 5:
            flow.options.identityNamespaces = random.pick([
                .all, .allow(["email", "Phone"]), .allow(["crm"]), .deny(["ECID", "idfa", "TNTID"]), .deny(["EMAIL"]),
            ])
        case 6: flow.options.allowsArraysAndMaps.toggle()
        case 7: flow.options.envelope = flow.options.envelope == .none ? .cloudEvents : .none
        case 8:
            flow.options.partitionKey = random.pick([
                .profile, .random, .namespace("email"), .namespace("CRM"), .attribute(["city"]),
                .attribute(["person", "name", "firstName"]), .attribute(["visits"]),
            ])
        case 9: flow.options.appendsNewline.toggle()
        case 10: flow.options.emitsDeletes.toggle()
        case 11: flow.options.externalNamespace = random.pick([nil, "ups", "Lists"])
        case 17: flow.options.emitsUnmapping.toggle()
        case 12...15:
            guard !flow.attributes.isEmpty else { return }
            let export = random.pick(Dataflow.AttributeExport.allCases.map { Optional($0) } + [nil])
            flow.attributes[random.number(0..<flow.attributes.count)].export = export
        default:
            guard !flow.attributes.isEmpty else { return }
            let place = random.number(0..<flow.attributes.count)
            let path = flow.attributes[place].path
            let key = path.split(separator: ".").joined(separator: " ")
            flow.attributes[place].destination = random.pick([
                path, "moved.\(key)", "moved.to.\(key)", key + " \"moved\"",
            ])
        }
    }
}
