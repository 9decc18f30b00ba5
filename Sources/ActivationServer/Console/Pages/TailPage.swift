import Console

/// The live tail of a dataflow.
struct TailPage: ConsoleView {
    let title = "Live tail"
    let crumbs: [PageFrame.Crumb]
    let name: String
    let path: String
    let mark: StateMark
    let stream: String
    /// Where its news come from.
    let feed: String

    static let template = #"""
        <div class="head"><h1>Live tail</h1>{{#mark}}{{> state}}{{/mark}}
        <div class="actions"><a class="button" href="{{path}}">Back to the dataflow</a></div>
        <p>Records of <bdi>{{name}}</bdi> as the stream <bdi>{{stream}}</bdi> takes them; of values the kind and the size.</p></div>
        <noscript><section class="note"><h2>This page needs scripts</h2><p>At a terminal <code>headwater tail</code> prints a stream as it fills.</p></section></noscript>
        <section class="card flush" data-tail="{{feed}}" hidden>
        <form class="filters" data-tail-filter>
        <div class="field"><label for="tail-filter">Rows that contain</label><input type="search" id="tail-filter" autocomplete="off" spellcheck="false"></div>
        <button type="button" data-tail-pause aria-pressed="false">Pause</button>
        <button type="button" data-tail-clear>Clear</button>
        </form>
        <p class="muted small pad" role="status" data-tail-state>Connecting</p>
        <div class="scroll" tabindex="0" role="region" aria-label="Records">
        <table class="rows"><thead><tr><th scope="col">Time (UTC)</th><th scope="col">Result</th><th scope="col">Person</th><th scope="col">Why</th><th scope="col">Audiences</th><th scope="col" class="n">Bytes</th></tr></thead>
        <tbody data-tail-rows></tbody></table>
        </div>
        <template>
        <tr><th scope="row"><span data-field="time"></span></th>
        <td data-label="Result"><span><b data-field="end"></b><small class="wrap" data-field="place"></small></span></td>
        <td data-label="Person"><span><code data-field="profile"></code><small>revision <span data-field="revision"></span></small></span></td>
        <td data-label="Why" data-field="reasons"></td><td data-label="Audiences" data-field="audiences"></td>
        <td data-label="Bytes" class="n"><details><summary data-field="bytes"></summary><code class="wrap" data-field="message"></code></details></td></tr>
        </template>
        </section>
        """#
}
