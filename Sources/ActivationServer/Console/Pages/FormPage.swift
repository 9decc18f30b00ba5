import Console

/// A page that is one form.
struct FormPage: ConsoleView {
    /// Something that is sent along.
    struct Hidden: Sendable, Equatable {
        let name: String
        let value: String
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    /// What the form is for.
    let text: String
    let mistakes: FormMistakes?
    let path: String
    let token: String
    let hidden: [Hidden]
    let fields: [FormField]
    /// What its button says.
    let button: String
    /// Whether it does what cannot be undone.
    let isDangerous: Bool
    /// What the button says that shows what the form would do; nil when there is none.
    let review: String?
    /// Where else to go.
    let cancel: String?
    /// Where the object that is changed is deleted; nil when it cannot be.
    let deletion: String?
    /// What else there is to see of it.
    let places: [PageFrame.Crumb]

    init(
        _ title: String,
        under crumbs: [PageFrame.Crumb] = [],
        text: String,
        mistakes: FormMistakes? = nil,
        path: String,
        token: String,
        hidden: [Hidden] = [],
        fields: [FormField],
        button: String,
        isDangerous: Bool = false,
        review: String? = nil,
        cancel: String? = nil,
        deletion: String? = nil,
        places: [PageFrame.Crumb] = []
    ) {
        self.title = mistakes == nil ? title : "Error: \(title)"
        self.crumbs = crumbs
        self.text = text
        self.mistakes = mistakes
        self.path = path
        self.token = token
        self.hidden = hidden
        self.fields = fields
        self.button = button
        self.isDangerous = isDangerous
        self.review = review
        self.cancel = cancel
        self.deletion = deletion
        self.places = places
        hasPlaces = !places.isEmpty
        heading = title
    }

    private let heading: String
    private let hasPlaces: Bool
    /// Tells this drawing of the form from all others.
    private let once = SubmittedForms.mark()

    static let template = #"""
        <div class="head"><h1>{{heading}}</h1>{{#hasPlaces}}<div class="actions">{{#places}}<a class="button" href="{{.path}}">{{.name}}</a>{{/places}}</div>{{/hasPlaces}}<p>{{text}}</p></div>
        {{#mistakes}}{{> mistakes}}{{/mistakes}}
        <section class="card">
        <form class="form" method="post" action="{{path}}" novalidate>
        <input type="hidden" name="token" value="{{token}}"><input type="hidden" name="once" value="{{once}}">
        {{#hidden}}<input type="hidden" name="{{.name}}" value="{{.value}}">{{/hidden}}
        {{#fields}}{{> field}}{{/fields}}
        <div class="actions"><button class="{{#isDangerous}}danger{{/isDangerous}}{{^isDangerous}}primary{{/isDangerous}}">{{button}}</button>{{#review}}<button name="do" value="review">{{.}}</button>{{/review}}{{#cancel}}<a class="button" href="{{.}}">Cancel</a>{{/cancel}}{{#deletion}}<a class="button plain" href="{{.}}">Delete</a>{{/deletion}}</div>
        </form>
        </section>
        """#
}
