import Console

/// A step of making a dataflow.
struct ConnectPage: ConsoleView {
    /// An account that there is.
    struct Account: Sendable, Equatable {
        let id: String
        let name: String
        let facts: String
        let isChosen: Bool
    }

    /// A message as it would be sent; the style sheet shows the one that fits the two switches.
    struct Example: Sendable, Equatable {
        let about: String
        let id: String
        let text: String
    }

    /// A button that sends the step.
    struct Button: Sendable, Equatable {
        let value: String
        let label: String
        let isPrimary: Bool
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let heading: String
    let steps: [WizardStep]
    let mistakes: FormMistakes?
    let ladder: CheckLadder?
    /// What the account's owner allows it, to be copied; nil when there is nothing to say.
    let policy: String?
    /// Whether that is what is missing.
    let isPolicyMissing: Bool
    /// What the owner of a role writes into it to let this server in; nil when nobody signs in as a role.
    let trust: String?
    /// Whether that may be what is missing.
    let isTrustMissing: Bool
    /// What the step is about.
    let about: String?
    let path: String
    let cancel: String
    let token: String
    /// The version of the draft that is shown.
    let version: String
    /// Tells this drawing of the form from all others.
    let once = SubmittedForms.mark()
    let accounts: [Account]
    let hasAccounts: Bool
    /// Finds more accounts; nil when all are shown.
    let accountSearch: FormField?
    /// How many are not shown.
    let moreAccounts: String?
    let isNewChosen: Bool
    let fields: [FormField]
    let folded: [FormField]
    let hasFolded: Bool
    let examples: [Example]
    let hasExamples: Bool
    let buttons: [Button]

    static let template = #"""
        <div class="head"><h1>{{heading}}</h1></div>
        {{> wizard}}
        {{#mistakes}}{{> mistakes}}{{/mistakes}}
        {{#ladder}}
        <section class="card" aria-label="Check"><h2>Check</h2>
        <ul class="rungs">{{#.rungs}}<li>{{#.mark}}{{> state}}{{/.mark}} <span>{{.name}}{{#.text}}<small>{{.}}</small>{{/.text}}{{#.cure}}<small>{{.}}</small>{{/.cure}}</span></li>{{/.rungs}}</ul>
        {{#.hasFacts}}<dl class="facts">{{#facts}}<dt>{{.label}}</dt><dd>{{.value}}</dd>{{/facts}}</dl>{{/.hasFacts}}
        </section>
        {{/ladder}}
        <div class="connect">
        <section class="card">
        {{#about}}<p>{{.}}</p>{{/about}}
        <form class="form" method="post" action="{{path}}" novalidate>
        <input type="hidden" name="token" value="{{token}}"><input type="hidden" name="version" value="{{version}}"><input type="hidden" name="once" value="{{once}}">
        {{#hasAccounts}}
        <fieldset class="choices"><legend>Account</legend>
        {{#accountSearch}}<div class="filters">{{> field}}<button name="do" value="find">Find</button></div>{{/accountSearch}}
        {{#accounts}}<label><input type="radio" name="account" value="{{.id}}"{{#.isChosen}} checked{{/.isChosen}}><span><bdi>{{.name}}</bdi><small>{{.facts}}</small></span></label>{{/accounts}}
        {{#moreAccounts}}<p class="muted">{{.}}</p>{{/moreAccounts}}
        <label><input type="radio" name="account" value="new"{{#isNewChosen}} checked{{/isNewChosen}}><span>A new account<small>with credentials of its own</small></span></label>
        </fieldset>
        {{/hasAccounts}}
        <div class="form new">{{#fields}}{{> field}}{{/fields}}</div>
        {{#hasFolded}}<details class="fold"><summary>Options</summary><div class="form">{{#folded}}{{> field}}{{/folded}}</div></details>{{/hasFolded}}
        <div class="actions">{{#buttons}}<button name="do" value="{{.value}}"{{#.isPrimary}} class="primary"{{/.isPrimary}}>{{.label}}</button>{{/buttons}}<a class="button" href="{{cancel}}">Cancel</a></div>
        </form>
        </section>
        {{#hasExamples}}
        <section class="card" aria-labelledby="example"><h2 id="example">A message</h2>
        {{#examples}}<div class="example" id="{{.id}}"><p class="muted small">{{.about}}</p><pre tabindex="0">{{.text}}</pre></div>{{/examples}}
        </section>
        {{/hasExamples}}
        </div>
        {{#trust}}
        <section class="card">
        <details class="fold"{{#isTrustMissing}} open{{/isTrustMissing}}><summary>Trust policy of an IAM role, with this server's external ID, to copy</summary>
        <div class="stack"><pre id="trust" tabindex="0">{{trust}}</pre><div class="actions"><button type="button" data-copy="trust" hidden>Copy</button></div></div>
        </details>
        </section>
        {{/trust}}
        {{#policy}}
        <section class="card">
        <details class="fold"{{#isPolicyMissing}} open{{/isPolicyMissing}}><summary>Permissions to give to the key or the role, to copy</summary>
        <div class="stack"><pre id="policy" tabindex="0">{{policy}}</pre><div class="actions"><button type="button" data-copy="policy" hidden>Copy</button></div></div>
        </details>
        </section>
        {{/policy}}
        """#
}
