import Console

/// Why a person is in an audience, or is not.
struct PersonWhyPage: ConsoleView {
    let title: String
    let crumbs: [PageFrame.Crumb]
    let head: PersonHead
    let sentence: String
    let tone: String
    let icon: String
    /// What the conditions are.
    let basis: String
    /// What would have to change; nil where nobody's change does.
    let reversal: String?
    /// What to know beside it.
    let notes: [String]
    let conditions: [RuleCondition]
    let audience: String
    let audiencePath: String

    static let template = #"""
        {{#head}}{{> person}}{{/head}}
        <section class="card verdict {{tone}}"><svg aria-hidden="true"><use href="{{frame.assets.icons}}#{{icon}}"/></svg><p>{{sentence}}</p></section>
        <section class="card">
        <h2>{{basis}}</h2>
        {{#reversal}}<p>{{.}}</p>{{/reversal}}
        <ul class="tree">{{#conditions}}{{> condition}}{{/conditions}}</ul>
        {{#notes}}<p class="muted">{{.}}</p>{{/notes}}
        <p>Audience: <a href="{{audiencePath}}"><bdi>{{audience}}</bdi></a></p>
        </section>
        """#
}
