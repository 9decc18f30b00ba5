/// The document around every page.
enum FrameTemplate {
    static let text = #"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{frame.title}} · Headwater</title>
        <link rel="icon" href="{{frame.assets.favicon}}" type="image/svg+xml">
        <link rel="stylesheet" href="{{frame.assets.style}}">
        <script src="{{frame.assets.script}}" defer></script>
        </head>
        <body{{^frame.viewer}} class="outside"{{/frame.viewer}}>
        <a class="skip" href="#main">Skip to content</a>
        {{#frame.viewer}}
        <header class="top">
        <a class="brand" href="/console"><svg aria-hidden="true"><use href="{{frame.assets.icons}}#mark"/></svg>Headwater</a>
        <form class="seek" role="search" method="post" action="/console/search"><input type="hidden" name="token" value="{{.token}}"><label class="sr" for="seek">Search everything</label><input type="search" id="seek" name="q" autocomplete="off" spellcheck="false"><button aria-label="Search everything"><svg aria-hidden="true"><use href="{{frame.assets.icons}}#search"/></svg></button></form>
        {{#frame.sandboxes}}
        <details class="menu">
        <summary aria-label="Sandbox {{.current}}"><svg aria-hidden="true"><use href="{{frame.assets.icons}}#catalog"/></svg><span class="who"><bdi>{{.current}}</bdi></span></summary>
        <div class="panel">
        {{#.others}}
        <form method="post" action="{{.path}}"><input type="hidden" name="token" value="{{frame.viewer.token}}"><button class="plain">Go to <bdi>{{.name}}</bdi></button></form>
        {{/.others}}
        <a href="/console/sandboxes">All sandboxes</a>
        </div>
        </details>
        {{/frame.sandboxes}}
        {{#frame.bell}}<a class="bell" href="/console/alerts" aria-label="{{.label}}"><svg aria-hidden="true"><use href="{{frame.assets.icons}}#bell"/></svg>{{#.count}}<span aria-hidden="true">{{.}}</span>{{/.count}}</a>{{/frame.bell}}
        <details class="menu user">
        <summary aria-label="Account of {{.email}}"><svg aria-hidden="true"><use href="{{frame.assets.icons}}#user"/></svg><span class="who"><bdi>{{.email}}</bdi></span></summary>
        <div class="panel">
        <p class="muted">Signed in as <bdi>{{.email}}</bdi></p>
        <a href="/console/me">Password and sessions</a>
        <form method="post" action="/console/sign-out"><input type="hidden" name="token" value="{{.token}}"><button class="plain">Sign out</button></form>
        </div>
        </details>
        </header>
        <nav class="side" aria-label="Main">
        {{#frame.groups}}
        {{#.name}}<h2>{{.}}</h2>{{/.name}}
        <ul>
        {{#.places}}
        <li><a href="{{.path}}"{{#.isCurrent}} aria-current="page"{{/.isCurrent}}><svg aria-hidden="true"><use href="{{frame.assets.icons}}#{{.icon}}"/></svg>{{.name}}</a></li>
        {{/.places}}
        </ul>
        {{/frame.groups}}
        </nav>
        {{/frame.viewer}}
        <main id="main" tabindex="-1">
        {{#frame.hasCrumbs}}
        <nav class="crumbs" aria-label="Breadcrumb">{{#frame.crumbs}}<a href="{{.path}}"><bdi>{{.name}}</bdi></a>{{/frame.crumbs}}</nav>
        {{/frame.hasCrumbs}}
        {{#frame.notice}}<p class="note good" role="status"><svg aria-hidden="true"><use href="{{frame.assets.icons}}#check"/></svg>{{.}}</p>{{/frame.notice}}
        {{$body}}{{/body}}
        </main>
        <footer class="foot">
        <p>Headwater {{frame.version}} · times in {{frame.zone}} · request <code>{{frame.requestID}}</code></p>
        <p role="status" aria-live="polite" id="said"></p>
        </footer>
        </body>
        </html>
        """#
}
