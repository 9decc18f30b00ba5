@testable import ActivationServer
@testable import Console

/// Walks a template beside a value that it is to show: every name has to mean something there.
///
/// Mustache shows nothing for a name that is not found, and looks for it further out; so a slip of the pen is seen by
/// nobody until a person misses what is not there.
struct TemplateContract {
    /// What is wrong, each with the tag.
    private(set) var faults: [String] = []
    /// The sections whose inside was looked at, and those that a sample had nothing for.
    private(set) var entered: Set<String> = []
    private(set) var skipped: Set<String> = []
    private let parts: [String: String]

    /// What a page's template sees around the page.
    struct Root {
        let frame: PageFrame
        let page: any ConsolePage
    }

    init(parts: [String: String]) {
        self.parts = parts
    }

    /// Checks a page's own template.
    mutating func check(_ page: any ConsoleView, in frame: PageFrame) {
        let type = type(of: page)
        walk(type.template, of: type.templateName, [Root(frame: frame, page: page), page])
    }

    /// Checks the template of the frame.
    mutating func check(frame template: String, _ root: Root) {
        walk(template, of: "frame", [root])
    }

    private mutating func walk(_ text: String, of template: String, _ stack: [Any]) {
        for forbidden in ["{{{", "{{&", "{{=", "{{%", "={{", "='", "style=", "onclick", "javascript:"]
        where text.contains(forbidden) {
            faults.append("\(template) holds \(forbidden)")
        }
        var rest = text[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            let tag = String(rest[open.upperBound..<close.lowerBound]).trimmed
            rest = rest[close.upperBound...]
            switch tag.first {
            case "#", "^":
                let name = String(tag.dropFirst()).trimmed
                guard let end = rest.firstRange(of: "{{/\(name)}}") else {
                    faults.append("\(template) {{\(tag)}} has no end")
                    continue
                }
                // Sections of one name are not nested in one another.
                let inner = String(rest[..<end.lowerBound])
                rest = rest[end.upperBound...]
                enter(find(name, stack, "\(template) {{\(tag)}}"), tag, inner, of: template, stack)
            case ">":
                let name = String(tag.dropFirst()).trimmed
                guard let part = parts[name] else {
                    faults.append("\(template) {{\(tag)}} is no part")
                    continue
                }
                walk(part, of: name, stack)
            case "/", "$", "<": continue
            default: _ = find(tag, stack, "\(template) {{\(tag)}}")
            }
        }
    }

    /// Looks into a section as often as it would be shown.
    private mutating func enter(_ value: Any?, _ tag: String, _ inner: String, of template: String, _ stack: [Any]) {
        let section = "\(template) {{\(tag)}}"
        if tag.first == "^" || value is Bool {
            entered.insert(section)
            return walk(inner, of: template, stack)
        }
        var pushed = value
        if let value, Mirror(reflecting: value).displayStyle == .collection {
            pushed = Mirror(reflecting: value).children.first?.value
        }
        guard let pushed else {
            skipped.insert(section)
            return
        }
        entered.insert(section)
        walk(inner, of: template, stack + [pushed])
    }

    /// What a name means; nil when there is none of it, and a fault when nothing has the name.
    private mutating func find(_ name: String, _ stack: [Any], _ tag: String) -> Any? {
        guard name != ".", let last = stack.last else { return stack.last }
        let keys = name.split(separator: ".").map(String.init)
        let places = name.first == "." ? [last] : stack.reversed()
        let found = places.compactMap { TemplateContract.child(keys[0], of: $0) }
        guard var value = found.first else {
            faults.append("\(tag): nothing has this name")
            return nil
        }
        if found.count > 1, Mirror(reflecting: value).displayStyle == .optional {
            faults.append("\(tag): where there is none, one from further out is shown; begin the name with a dot")
        }
        for key in keys.dropFirst() {
            guard let next = TemplateContract.child(key, of: value) else {
                faults.append("\(tag): \(type(of: value)) has no \(key)")
                return nil
            }
            value = next
        }
        let mirror = Mirror(reflecting: value)
        return mirror.displayStyle == .optional ? mirror.children.first?.value : value
    }

    private static func child(_ name: String, of value: Any) -> Any? {
        var mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .optional {
            guard let some = mirror.children.first?.value else { return nil }
            mirror = Mirror(reflecting: some)
        }
        return mirror.children.first { $0.label == name }?.value
    }
}

extension String {
    fileprivate var trimmed: String {
        String(trimmingPrefix { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
