import Console

/// A step of making a dataflow.
struct ConnectPage: ConsoleView {
    struct Step: Sendable, Equatable {
        let number: Int
        let name: String
        let path: String?
        let isCurrent: Bool
    }

    /// A part of a check that was made.
    struct Rung: Sendable, Equatable {
        let name: String
        let mark: StateMark
    }

    /// An account that there is.
    struct Account: Sendable, Equatable {
        let id: String
        let name: String
        let facts: String
        let isChosen: Bool
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let heading: String
    let steps: [Step]
    let mistakes: FormMistakes?
    let rungs: [Rung]
    let hasRungs: Bool
    let path: String
    let cancel: String
    let token: String
    /// The version of the draft that is shown.
    let version: String
    let accounts: [Account]
    let hasAccounts: Bool
    let isNewChosen: Bool
    let fields: [FormField]
    let folded: [FormField]
    let hasFolded: Bool
    let button: String

    static let template = #"""
        <div class="head"><h1>{{heading}}</h1></div>
        <ol class="wizard" aria-label="Steps">
        {{#steps}}<li{{#.isCurrent}} aria-current="step"{{/.isCurrent}}><span class="mark">{{.number}}</span>{{#.path}}<a href="{{.}}">{{name}}</a>{{/.path}}{{^.path}}{{.name}}{{/.path}}</li>{{/steps}}
        </ol>
        {{#mistakes}}{{> mistakes}}{{/mistakes}}
        {{#hasRungs}}<section class="card" aria-label="Check"><ul class="tags">{{#rungs}}<li>{{#.mark}}{{> state}}{{/.mark}} {{.name}}</li>{{/rungs}}</ul></section>{{/hasRungs}}
        <section class="card">
        <form class="form" method="post" action="{{path}}" novalidate>
        <input type="hidden" name="token" value="{{token}}"><input type="hidden" name="version" value="{{version}}">
        {{#hasAccounts}}
        <fieldset class="choices"><legend>Account</legend>
        {{#accounts}}<label><input type="radio" name="account" value="{{.id}}"{{#.isChosen}} checked{{/.isChosen}}><span><bdi>{{.name}}</bdi><small>{{.facts}}</small></span></label>{{/accounts}}
        <label><input type="radio" name="account" value="new"{{#isNewChosen}} checked{{/isNewChosen}}><span>A new account<small>with credentials of its own</small></span></label>
        </fieldset>
        {{/hasAccounts}}
        <div class="form new">{{#fields}}{{> field}}{{/fields}}</div>
        {{#hasFolded}}<details class="fold"><summary>Options</summary><div class="form">{{#folded}}{{> field}}{{/folded}}</div></details>{{/hasFolded}}
        <div class="actions"><button class="primary">{{button}}</button><a class="button" href="{{cancel}}">Cancel</a></div>
        </form>
        </section>
        """#
}
