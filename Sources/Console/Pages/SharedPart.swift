/// A piece of a page that several pages have; a template shows it with `{{> name}}`.
struct SharedPart: Sendable {
    /// The name in templates.
    var name: String
    /// Its Mustache text; the names in it mean members of whatever it is shown for.
    var text: String

    /// All there are.
    static let all = [condition, field, mistakes, pager, person, series, state, time, wizard]

    /// One field of a form, a ``FormField``.
    static let field = SharedPart(
        name: "field",
        text: #"""
            <div class="field{{#.error}} wrong{{/.error}}">
            {{^.isSwitch}}<label for="{{.name}}">{{.label}}{{#.isOptional}} <span class="muted">(optional)</span>{{/.isOptional}}</label>{{/.isSwitch}}
            {{#.isSwitch}}
            <label class="switch"><input type="checkbox" id="{{.name}}" name="{{.name}}" value="true"{{#.isOn}} checked{{/.isOn}}{{#.describedBy}} aria-describedby="{{.}}"{{/.describedBy}}> {{.label}}</label>
            {{/.isSwitch}}
            {{#.hint}}<p class="hint" id="{{hintID}}">{{.}}</p>{{/.hint}}
            {{#.error}}<p class="error" id="{{errorID}}"><svg aria-hidden="true"><use href="{{frame.assets.icons}}#alert"/></svg>{{.}}</p>{{/.error}}
            {{#.isSecret}}
            <div class="secret"><input type="password" id="{{.name}}" name="{{.name}}" autocomplete="{{.autocomplete}}"{{#.describedBy}} aria-describedby="{{.}}"{{/.describedBy}}{{#.error}} aria-invalid="true"{{/.error}}{{#.isRequired}} required{{/.isRequired}}><button type="button" data-reveal="{{.name}}" hidden>Show</button></div>
            {{/.isSecret}}
            {{#.isText}}
            <input type="{{.type}}" id="{{.name}}" name="{{.name}}" value="{{.value}}" autocomplete="{{.autocomplete}}"{{#.describedBy}} aria-describedby="{{.}}"{{/.describedBy}}{{#.error}} aria-invalid="true"{{/.error}}{{#.isRequired}} required{{/.isRequired}}{{#.hasSuggestions}} list="{{.listID}}"{{/.hasSuggestions}} spellcheck="false">
            {{#.hasSuggestions}}<datalist id="{{.listID}}">{{#.suggestions}}<option value="{{.}}"></option>{{/.suggestions}}</datalist>{{/.hasSuggestions}}
            {{/.isText}}
            {{#.isLines}}
            <textarea id="{{.name}}" name="{{.name}}" rows="{{.rows}}" class="code" spellcheck="false"{{#.describedBy}} aria-describedby="{{.}}"{{/.describedBy}}{{#.error}} aria-invalid="true"{{/.error}}>{{.value}}</textarea>
            {{/.isLines}}
            {{#.isChoice}}
            <select id="{{.name}}" name="{{.name}}"{{#.describedBy}} aria-describedby="{{.}}"{{/.describedBy}}{{#.error}} aria-invalid="true"{{/.error}}>
            {{#.choices}}<option value="{{.value}}"{{#.isChosen}} selected{{/.isChosen}}>{{.label}}</option>{{/.choices}}
            </select>
            {{/.isChoice}}
            </div>
            """#
    )

    /// The way to older and newer rows, a ``Pager``.
    static let pager = SharedPart(
        name: "pager",
        text: #"""
            <nav class="pager" aria-label="Pages"><p class="muted">{{.text}}</p>{{#.first}}<a class="button" href="{{.}}">First</a>{{/.first}}{{#.next}}<a class="button" rel="next" href="{{.}}">Next</a>{{/.next}}</nav>
            """#
    )

    /// The steps of a way through several pages, of ``WizardStep``.
    static let wizard = SharedPart(
        name: "wizard",
        text: #"""
            <ol class="wizard" aria-label="Steps">
            {{#steps}}<li{{#.isCurrent}} aria-current="step"{{/.isCurrent}}><span class="mark">{{.number}}</span>{{#.path}}<a href="{{.}}">{{name}}</a>{{/.path}}{{^.path}}{{.name}}{{/.path}}</li>{{/steps}}
            </ol>
            """#
    )

    /// What is wrong with a form, ``FormMistakes``.
    static let mistakes = SharedPart(
        name: "mistakes",
        text: #"""
            <div class="note bad" role="alert" tabindex="-1" data-focus>
            <h2>{{.heading}}</h2>
            <ul>{{#.items}}<li>{{#.field}}<a href="#{{.}}">{{/.field}}{{.text}}{{#.field}}</a>{{/.field}}</li>{{/.items}}</ul>
            </div>
            """#
    )

    /// A measure over time, a ``SeriesChart``.
    static let series = SharedPart(
        name: "series",
        text: #"""
            <section class="card">
            <div class="actions"><h2>{{.title}}</h2><p class="legend">{{#.names}}<span><b{{#.isSecond}} class="parked"{{/.isSecond}}></b>{{.name}}</span>{{/.names}}</p></div>
            <p class="muted small">{{.bound}}</p>
            <svg class="chart" viewBox="0 0 624 122" preserveAspectRatio="none" role="img" aria-label="{{.summary}}">
            {{#.gaps}}<rect class="gap" x="{{.x}}" y="0" width="{{.width}}" height="120"/>{{/.gaps}}
            <line class="axis" x1="0" y1="121" x2="624" y2="121"/>
            {{#.bars}}<rect class="bar{{#.isSecond}} parked{{/.isSecond}}" x="{{.x}}" y="{{.y}}" width="{{.width}}" height="{{.height}}"/>{{/.bars}}
            {{#.lines}}<polyline class="line{{#.isSecond}} second{{/.isSecond}}" points="{{.points}}"/>{{/.lines}}
            {{#.slots}}<rect class="slot" x="{{.x}}" y="0" width="{{.width}}" height="122"><title>{{.text}}</title></rect>{{/.slots}}
            </svg>
            <p class="ticks{{#.hasFiveTicks}} days{{/.hasFiveTicks}}" aria-hidden="true">{{#.ticks}}<span>{{.}}</span>{{/.ticks}}</p>
            {{^.isEmpty}}
            <details class="fold"><summary>The same as a table</summary>
            <div class="scroll" tabindex="0" role="region" aria-label="{{.title}}, as a table">
            <table><thead><tr><th scope="col">Began (UTC)</th>{{#.names}}<th scope="col" class="n">{{.name}}</th>{{/.names}}</tr></thead>
            <tbody>{{#.rows}}<tr><th scope="row">{{.start}}</th>{{#.cells}}<td class="n">{{.}}</td>{{/.cells}}</tr>{{/.rows}}</tbody></table>
            </div>
            </details>
            {{/.isEmpty}}
            </section>
            """#
    )

    /// How something stands, a ``StateMark``.
    static let state = SharedPart(
        name: "state",
        text: #"""
            <span class="state {{.tone}}"><svg aria-hidden="true"><use href="{{frame.assets.icons}}#{{.icon}}"/></svg>{{.word}}</span>
            """#
    )

    /// An instant, an ``Instant``.
    static let time = SharedPart(
        name: "time",
        text: #"""
            <time datetime="{{.machine}}" title="{{.exact}}">{{.ago}}<span class="sr"> ({{.exact}})</span></time>
            """#
    )

    /// What stands above every page of a person, a ``PersonHead``.
    static let person = SharedPart(
        name: "person",
        text: #"""
            <div class="head"><h1>{{.heading}}</h1>{{#.hasActions}}<div class="actions">{{#.revealPath}}<a class="button" href="{{.}}">Reveal values</a>{{/.revealPath}}{{#.erasePath}}<a class="button" href="{{.}}">Erase</a>{{/.erasePath}}</div>{{/.hasActions}}<p>{{.about}}</p></div>
            {{#.revealed}}<div class="note warning reveal"><p>Personal values are visible until {{.end}}. Reason: <bdi>{{.reason}}</bdi></p><form method="post" action="{{.path}}"><input type="hidden" name="token" value="{{.token}}"><button class="tiny">Mask them now</button></form></div>{{/.revealed}}
            <nav class="tabs" aria-label="Profile">{{#.tabs}}<a href="{{.path}}"{{#.isCurrent}} aria-current="page"{{/.isCurrent}}>{{.name}}</a>{{/.tabs}}</nav>
            """#
    )

    /// What a condition of a rule says of a person, a ``RuleCondition``, with those that it consists of.
    static let condition = SharedPart(
        name: "condition",
        text: #"""
            <li><p class="verdict-line">{{#.mark}}{{> state}}{{/.mark}} {{#.heading}}<b>{{.}}</b>{{/.heading}}{{#.text}}<code>{{.}}</code>{{/.text}}{{^.decides}} <span class="muted small">makes no difference now</span>{{/.decides}}{{#.hasToChange}} <b class="small">would have to change</b>{{/.hasToChange}}</p>
            {{#.until}}<p class="muted small">{{.}}</p>{{/.until}}
            {{#.values}}<p class="small"><code>{{.path}}</code> is <bdi>{{.value}}</bdi>{{#.source}}<span class="muted">, {{.}}</span>{{/.source}}</p>{{/.values}}
            {{#.facts}}<p class="small">{{.}}</p>{{/.facts}}
            {{#.hasParts}}<ul class="tree">{{#.parts}}{{> condition}}{{/.parts}}</ul>{{/.hasParts}}</li>
            """#
    )
}
