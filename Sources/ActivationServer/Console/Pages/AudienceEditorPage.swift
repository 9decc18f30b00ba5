import Console

/// Writes an audience: its rule is checked while it is typed, counted and tried before it is saved.
struct AudienceEditorPage: ConsoleView {
    /// What there is to say of the rule.
    struct Verdict: Sendable, Equatable {
        let tone: String
        let text: String
        let before: String
        let wrong: String
        let after: String
        let isPlaced: Bool
    }

    /// That somebody else changed the audience meanwhile.
    struct Conflict: Sendable, Equatable {
        /// Who, as far as the history knows.
        let who: String
        let at: Instant
        let name: String
        let rule: String
    }

    /// What the rule says of one person.
    struct Trial: Sendable, Equatable {
        let sentence: String
        /// What would have to change.
        let reversal: String
        let conditions: [RuleCondition]
    }

    /// What saving would change.
    struct Effect: Sendable, Equatable {
        /// A dataflow and how many records it would send.
        struct Use: Sendable, Equatable {
            let name: String
            let path: String
            let records: String
            /// What comes in a day, and what that takes.
            let facts: [ReviewPage.Fact]
        }

        let members: String
        let records: String
        let dataflows: [Use]
        let hasDataflows: Bool
        /// Messages of some who would enter or exit.
        let messages: [MessageComparison]
    }

    /// The rule's field.
    struct Rule: Sendable, Equatable {
        let text: String
        let error: String?
        let rows: String
    }

    let title: String
    let heading: String
    let crumbs: [PageFrame.Crumb]
    let mistakes: FormMistakes?
    let conflict: Conflict?
    let path: String
    let token: String
    /// The version that is changed; empty for a new one.
    let version: String
    /// The audience; empty for a new one.
    let id: String
    let name: FormField
    let details: [FormField]
    let rule: Rule
    let verdict: Verdict?
    let count: String?
    let effect: Effect?
    /// What counts; for an audience that is there it tells the effect too.
    let countButton: String
    /// The fields of a person to try; empty when the viewer may not see profiles.
    let person: [FormField]
    let mayTry: Bool
    let trial: Trial?
    let paths: [RuleWords.Word]
    let hasPaths: Bool
    let pathsText: String
    let functions: String
    let button: String
    /// Whether it can be kept as a draft.
    let isNew: Bool
    let cancel: String

    static let template = #"""
        <div class="head"><h1><bdi>{{heading}}</bdi></h1></div>
        {{#mistakes}}{{> mistakes}}{{/mistakes}}
        {{#conflict}}<div class="note warning"><h2><bdi>{{.who}}</bdi> changed the audience meanwhile</h2><p>{{#.at}}{{> time}}{{/.at}} it was changed. It is called <bdi>{{.name}}</bdi> and its rule is now:</p><pre><code>{{.rule}}</code></pre><p>What you typed is below. Save once more to put it in the place of theirs.</p></div>{{/conflict}}
        <form class="editor" method="post" action="{{path}}" novalidate>
        <input type="hidden" name="token" value="{{token}}"><input type="hidden" name="version" value="{{version}}">
        <section class="card">
        {{#name}}{{> field}}{{/name}}
        <div class="field{{#rule.error}} wrong{{/rule.error}}">
        <label for="expression">Rule</label>
        <p class="hint" id="expression-hint">In PQL, such as <code>person.age &gt;= 18 and homeAddress.city = "Bonn"</code></p>
        {{#rule.error}}<p class="error" id="expression-error"><svg aria-hidden="true"><use href="{{frame.assets.icons}}#alert"/></svg>{{.}}</p>{{/rule.error}}
        <div class="suggest"><textarea id="expression" name="expression" rows="{{rule.rows}}" spellcheck="false" autocapitalize="off" autocomplete="off" required aria-describedby="expression-hint rule-text" data-check="/console/audiences/check" data-words="/console/audiences/words" data-id="{{id}}">{{rule.text}}</textarea><ul id="rule-words" role="listbox" aria-label="Paths and functions" hidden></ul></div>
        </div>
        <div id="rule-check" role="status" class="note {{#verdict}}{{.tone}}{{/verdict}}"{{^verdict}} hidden{{/verdict}}><p id="rule-text">{{#verdict}}{{.text}}{{/verdict}}</p><pre id="rule-place"{{^verdict}} hidden{{/verdict}}{{#verdict}}{{^.isPlaced}} hidden{{/.isPlaced}}{{/verdict}}><code>{{#verdict}}{{.before}}{{/verdict}}</code><mark>{{#verdict}}{{.wrong}}{{/verdict}}</mark><code>{{#verdict}}{{.after}}{{/verdict}}</code></pre></div>
        {{#count}}<p class="note info" role="status">{{.}}</p>{{/count}}
        {{#effect}}<div class="note info" role="status"><h2>If it is saved</h2><p>{{.members}}</p><p>{{.records}}</p>{{#.hasDataflows}}<ul>{{#.dataflows}}<li><a href="{{.path}}"><bdi>{{.name}}</bdi></a>: {{.records}}<dl class="facts">{{#.facts}}<dt>{{.label}}</dt><dd>{{.value}}{{#.note}}<span class="small"> {{.}}</span>{{/.note}}</dd>{{/.facts}}</dl></li>{{/.dataflows}}</ul>{{/.hasDataflows}}{{#.messages}}<details class="fold"{{#.isFirst}} open{{/.isFirst}}><summary id="{{.id}}">Message {{.number}}, before and after</summary><p class="small">{{.about}}</p><pre class="compare" tabindex="0" role="region" aria-labelledby="{{.id}}"><code>{{#.lines}}{{#.isAdded}}<ins>{{.text}}</ins>{{/.isAdded}}{{#.isRemoved}}<del>{{.text}}</del>{{/.isRemoved}}{{^.isAdded}}{{^.isRemoved}}<span>{{.text}}</span>{{/.isRemoved}}{{/.isAdded}}{{/.lines}}</code></pre></details>{{/.messages}}</div>{{/effect}}
        {{#details}}{{> field}}{{/details}}
        <div class="actions"><button class="primary" name="act" value="save">{{button}}</button>{{#isNew}}<button name="act" value="draft">Save as draft</button>{{/isNew}}<button name="act" value="check">Check</button><button name="act" value="count">{{countButton}}</button><a class="button plain" href="{{cancel}}">Cancel</a></div>
        </section>
        {{#mayTry}}
        <section class="card">
        <h2>Try it on a person</h2>
        <div class="filters">{{#person}}{{> field}}{{/person}}<button name="act" value="try">Try</button></div>
        {{#trial}}<p><b>{{.sentence}}</b> {{.reversal}}</p><ul class="tree">{{#.conditions}}{{> condition}}{{/.conditions}}</ul>{{/trial}}
        </section>
        {{/mayTry}}
        </form>
        <section class="card">
        <details class="fold"><summary>Paths that profiles have</summary>
        <p class="muted small">{{pathsText}}</p>
        {{#hasPaths}}<dl class="facts">{{#paths}}<dt><code>{{.text}}</code></dt><dd>{{.note}}</dd>{{/paths}}</dl>{{/hasPaths}}
        </details>
        <details class="fold"><summary>Functions</summary><p><code>{{functions}}</code></p></details>
        </section>
        """#
}
