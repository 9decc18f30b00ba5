import Testing

@testable import ActivationCore

/// The construct of an example expression on one of Adobe's pages, form by form and operand by operand, under names and
/// values of our own; what it is told to be, and what it gives for profiles made for it.
struct PublishedExample: Sendable, CustomTestStringConvertible {
    /// A profile without its outer braces, and the example's value for it as JSON text.
    typealias Trial = (profile: String, value: String)
    /// An instant, with the value until then and from then on.
    typealias Change = (instant: String, before: String, after: String)

    /// The page of the documentation's repository; filled in by ``on(_:_:)``.
    var page = ""
    var text: String
    /// Kind and span of its plan.
    var plan: String
    /// Whether the clock alone can change it.
    var readsClock: Bool
    /// How the reason begins for which Adobe evaluates it in batches; nil when it need not.
    var batch: String?
    var trials: [Trial] = []
    var changing: (profile: String, changes: [Change])?

    var testDescription: String { "\(page): \(text)" }

    /// An example that data alone changes, with profiles of different values.
    init(_ text: String, plan: String = "incremental", batch: String? = nil, _ trials: Trial...) {
        (self.text, self.plan, self.batch, self.trials) = (text, plan, batch, trials)
        readsClock = false
    }

    /// An example that changes with the clock, for one profile.
    init(
        _ text: String,
        plan: String = "incremental",
        batch: String? = nil,
        changing profile: String,
        _ changes: Change...
    ) {
        (self.text, self.plan, self.batch) = (text, plan, batch)
        (readsClock, changing) = (true, (profile, changes))
    }

    static func on(_ page: String, _ examples: [PublishedExample]) -> [PublishedExample] {
        examples.map { example in
            var example = example
            example.page = page
            return example
        }
    }

    /// Those that an audience can be.
    static let usable = values + arrays + texts + times + definitions + computed + formulas

    /// The instant of trials.
    static let now = "2026-03-10T12:00:00Z"

    /// Events of March 2026, each with its day and time (`09T13:00`) and its fields.
    static func events(_ events: (time: String, fields: String)...) -> String {
        let items = events.map { "{\"timestamp\": \"2026-03-\($0.time):00Z\", \($0.fields)}" }
        return "\"xEvent\": [\(items.joined(separator: ", "))]"
    }

    static func events(_ time: String, kinds: String...) -> String {
        let items = kinds.map { "{\"timestamp\": \"2026-03-\(time):00Z\", \"kind\": \"\($0)\"}" }
        return "\"xEvent\": [\(items.joined(separator: ", "))]"
    }

    // Why Adobe evaluates in batches.
    static let noWindow = "this test of events has no time window"
    static let longWindow = "the window is not one of the last 24 hours"
    static let isMap = "a result that is a map or an object"
    static let isNegated = "the events as a whole are negated"
    static let noOrder = "a second test of events has no strict order"
}
