import Console

/// The third step of an upload: for which audience it is.
struct UploadDetailsPage: ConsoleView {
    let title: String
    let heading: String
    let crumbs: [PageFrame.Crumb]
    let steps: [WizardStep]
    let mistakes: FormMistakes?
    /// What is read.
    let about: String
    let path: String
    let token: String
    /// Which audience.
    let audience: FormField
    /// What a new one is.
    let fields: [FormField]
    let folded: [FormField]
    let discard: String
    /// Tells this drawing of the form from all others.
    let once = SubmittedForms.mark()

    static let template = #"""
        <div class="head"><h1><bdi>{{heading}}</bdi></h1><p>{{about}}</p></div>
        {{> wizard}}
        {{#mistakes}}{{> mistakes}}{{/mistakes}}
        <section class="card">
        <form class="form" method="post" action="{{path}}" novalidate>
        <input type="hidden" name="token" value="{{token}}"><input type="hidden" name="once" value="{{once}}">
        {{#audience}}{{> field}}{{/audience}}
        <div class="form new">{{#fields}}{{> field}}{{/fields}}
        <details class="fold"><summary>Options</summary><div class="form">{{#folded}}{{> field}}{{/folded}}</div></details></div>
        <p class="note info">When it has started, the file is read once to see whether it can be taken. Then its rows become members as they are read, and when all are in, whoever the file does not name exits. Closing the page stops nothing.</p>
        <div class="actions"><button class="primary">Start</button><a class="button" href="{{discard}}">Discard</a></div>
        </form>
        </section>
        """#
}
