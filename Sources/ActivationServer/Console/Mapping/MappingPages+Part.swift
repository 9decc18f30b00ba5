import HTTPTypes

extension MappingPages {
    /// What of a mapping a page changes; the words are the last ones of its address.
    enum Part: String, CaseIterable {
        /// Audiences and attributes.
        case whole = "mapping"
        /// Audiences alone, for who may let them in and out and change nothing else.
        case audiences

        /// The widest that somebody may change; nil = none.
        init?(of viewer: ConsoleViewer) {
            let may = { (part: Part) in
                ConsoleAccess.of(.post, "dataflows/:id/\(part.rawValue)").map { $0.lack(viewer) == nil } ?? false
            }
            guard let part = Part.allCases.first(where: may) else { return nil }
            self = part
        }

        var title: String { self == .whole ? "Mapping" : "Audiences" }

        /// What leads to its page.
        var invitation: String { "Change \(title.lowercased())" }

        var about: String {
            switch self {
            case .whole:
                "Identities are in every message. Members of the audiences chosen here are sent, with the attributes below."
            case .audiences:
                "Members of the audiences chosen here are sent. What else is in a message stays as it is; it needs the permission "
                    + "\(Permission.activateDestinations.rawValue)."
            }
        }

        func path(of report: DataflowReport) -> String { "\(report.path)/\(rawValue)" }

        /// A wish in which what is not of this part is as in another one.
        func only(_ wish: MappingWish, of other: MappingWish) -> MappingWish {
            self == .whole ? wish : MappingWish(audiences: wish.audiences, paths: other.paths)
        }
    }
}
