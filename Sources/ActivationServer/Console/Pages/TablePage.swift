import Console

/// A list of objects of which there are few.
struct TablePage: ConsoleView {
    /// What stands in a column.
    struct Cell: Sendable, Equatable {
        let label: String
        let value: String
        let isNumber: Bool

        init(_ label: String, _ value: String, isNumber: Bool = false) {
            self.label = label
            self.value = value
            self.isNumber = isNumber
        }
    }

    struct Row: Sendable, Equatable {
        let name: String
        /// Its page; nil when there is none.
        let path: String?
        let mark: StateMark?
        let note: String?
        let cells: [Cell]
    }

    /// What can be done on the page.
    struct Action: Sendable, Equatable {
        let label: String
        let path: String
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let text: String
    let action: Action?
    /// What else can be done on it.
    let others: [Action]
    private let hasActions: Bool
    /// What the first column is called.
    let what: String
    let columns: [Cell]
    let rows: [Row]
    let isEmpty: Bool
    let emptyText: String
    let pager: Pager?

    init(
        _ title: String,
        under crumbs: [PageFrame.Crumb] = [],
        text: String,
        action: Action?,
        others: [Action] = [],
        what: String,
        rows: [Row],
        emptyText: String,
        pager: Pager? = nil
    ) {
        self.title = title
        self.crumbs = crumbs
        self.text = text
        self.action = action
        self.others = others
        hasActions = action != nil || !others.isEmpty
        self.what = what
        columns = rows.first?.cells ?? []
        self.rows = rows
        isEmpty = rows.isEmpty
        self.emptyText = emptyText
        self.pager = pager
    }

    static let template = #"""
        <div class="head"><h1>{{title}}</h1>{{#hasActions}}<div class="actions">{{#action}}<a class="button primary" href="{{.path}}">{{.label}}</a>{{/action}}{{#others}}<a class="button" href="{{.path}}">{{.label}}</a>{{/others}}</div>{{/hasActions}}<p>{{text}}</p></div>
        <section class="card flush">
        {{#isEmpty}}<div class="empty"><p>{{emptyText}}</p></div>{{/isEmpty}}
        {{^isEmpty}}
        <div class="scroll" tabindex="0" role="region" aria-label="{{title}}">
        <table class="rows">
        <thead><tr><th scope="col">{{what}}</th>{{#columns}}<th scope="col"{{#.isNumber}} class="n"{{/.isNumber}}>{{.label}}</th>{{/columns}}</tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row">{{#.path}}<a href="{{.}}">{{/.path}}<bdi>{{.name}}</bdi>{{#.path}}</a>{{/.path}} {{#.mark}}{{> state}}{{/.mark}}{{#.note}}<small><bdi>{{.}}</bdi></small>{{/.note}}</th>{{#.cells}}<td data-label="{{.label}}"{{#.isNumber}} class="n"{{/.isNumber}}><bdi>{{.value}}</bdi></td>{{/.cells}}</tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{#pager}}{{> pager}}{{/pager}}
        {{/isEmpty}}
        </section>
        """#
}
