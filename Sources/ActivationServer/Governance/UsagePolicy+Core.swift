import ActivationCore

extension UsagePolicy {
    /// The policies that everybody has, off until they are enabled.
    static let core = aboutLabels + [generalOptOut].compactMap(\.self)

    private static let aboutLabels = [
        core("0001", "3rd party export restriction", .any(["C2"]), "exportToThirdParty", "handed to others"),
        core(
            "0002",
            "Restrict cross site targeting",
            .any(["C4", "C5"]),
            "crossSiteTargeting",
            "targeted across sites"
        ),
        core("0003", "Restrict email targeting", .any(["C4", "C5"]), "emailTargeting", "used to target e-mail"),
        core(
            "0004",
            "Restrict onsite advertising",
            .any(["C4", "C6"]),
            "onsiteAdvertising",
            "used for advertisements"
        ),
        core(
            "0005",
            "Restrict onsite personalization",
            .any(["C4", "C7"]),
            "onsitePersonalization",
            "used to choose content"
        ),
        core("0006", "Restrict analytics", .any(["C8"]), "analytics", "measured with"),
        core("0007", "Restrict data science", .any(["C9"]), "dataScience", "used to build models"),
        core(
            "0008",
            "Restrict combining with directly identifiable data",
            .any(["C3"]),
            "combineWithPii",
            "joined with names"
        ),
        core("0009", "Restrict data sharing", .any(["C11"]), "segmentMatch", "compared with partners"),
        core(
            "0010",
            "Restrict single identity personalization",
            .any([UsageLabel.joinedIdentities]),
            "singleIdentityPersonalization",
            "used where one identity alone is allowed"
        ),
    ]

    /// Whose rule nobody can misread: tests hold that it is there.
    private static let generalOptOut = (try? ConsentRule(text: GeneralOptOut.rule)).map { rule in
        UsagePolicy(
            kind: .core,
            id: generalOptOutID,
            name: "General opt-out",
            meaning:
                "Who has opted out of everything is not told of by dataflows with an audience that leaves such people out "
                + "(excludeOptOut).",
            status: .disabled,
            actions: [],
            rule: .consent(rule)
        )
    }

    private static func core(
        _ number: String,
        _ name: String,
        _ deny: PolicyCondition,
        _ action: String,
        _ use: String
    ) -> UsagePolicy {
        UsagePolicy(
            kind: .core,
            id: "corepolicy_\(number)",
            name: name,
            meaning: "Data with label \(deny.text) is not \(use).",
            status: .disabled,
            actions: [ActionReference(.core, action)],
            rule: .deny(deny)
        )
    }

    /// What every server keeps to.
    static let noExport = UsagePolicy(
        kind: .core,
        id: noExportID,
        name: "No export",
        meaning: "Data with label \(UsageLabel.noExport) leaves by no dataflow; nobody can switch this off.",
        status: .enabled,
        actions: [],
        rule: .deny(.label(UsageLabel.noExport))
    )
}

extension PolicyCondition {
    fileprivate static func any(_ labels: [String]) -> PolicyCondition {
        labels.count == 1 ? .label(labels[0]) : .any(labels.map { .label($0) })
    }
}
