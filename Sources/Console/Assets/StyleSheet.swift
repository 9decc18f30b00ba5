/// The console's one style sheet: system fonts, two colour schemes, from 320 pixels up.
enum StyleSheet {
    static let text = #"""
        :root {
          color-scheme: light dark;
          --page: #F6F7F9; --surface: #FFFFFF; --raised: #EEF1F5;
          --text: #1B2430; --muted: #536074; --link: #0B57B7; --on-link: #FFFFFF; --control: #7A8699;
          --focus: #0B57B7; --line: #DDE3EA;
          --good: #17663A; --good-ground: #E3F4E9; --warning: #7A4B00; --warning-ground: #FFF1D6;
          --bad: #A3161E; --bad-ground: #FDE8E8; --info: #0B4F8A; --info-ground: #E5F0FB;
          --chart-1: #0B57B7; --chart-2: #B4530A;
          --shadow: 0 1px 2px rgb(16 24 40 / 6%);
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #10151C; --surface: #171E27; --raised: #202935;
            --text: #E6EAF0; --muted: #A3AFBF; --link: #7FB5FF; --on-link: #0B1420; --control: #7F8CA0;
            --focus: #9CC7FF; --line: #2B3542;
            --good: #7BD6A0; --good-ground: #12301F; --warning: #F2C572; --warning-ground: #33260C;
            --bad: #FF9C9C; --bad-ground: #3A1618; --info: #8CC4FF; --info-ground: #112A42;
            --chart-1: #7FB5FF; --chart-2: #F0A35E;
            --shadow: none;
          }
        }
        *, ::before, ::after { box-sizing: border-box; }
        body {
          margin: 0; background: var(--page); color: var(--text);
          font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
          display: grid; grid-template: "top top" 48px "side main" 1fr "side foot" auto / 224px minmax(0, 1fr);
          min-height: 100vh;
        }
        body.outside { grid-template: "main" 1fr "foot" auto / minmax(0, 1fr); }
        h1, h2, h3, p, ul, dl, dd, table, figure { margin: 0; padding: 0; }
        [hidden] { display: none !important; }
        ul { list-style: none; }
        h1 { font-size: 28px; line-height: 36px; font-weight: 650; letter-spacing: -.01em; }
        h2 { font-size: 18px; line-height: 28px; font-weight: 620; }
        h3 { font-size: 16px; line-height: 24px; font-weight: 620; }
        a { color: var(--link); text-underline-offset: 2px; text-decoration-thickness: 1px; }
        a:hover { text-decoration-thickness: 2px; }
        code, pre, .code { font: 13px/20px ui-monospace, monospace; }
        svg { width: 20px; height: 20px; flex: none; vertical-align: -5px; fill: none; stroke: currentColor; stroke-width: 1.75;
          stroke-linecap: round; stroke-linejoin: round; }
        :focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
        main:focus, [data-focus]:focus { outline: none; }
        .muted { color: var(--muted); } .small { font-size: 13px; line-height: 20px; } .number { font-variant-numeric: tabular-nums; }
        .skip { position: absolute; left: -9999px; top: 8px; z-index: 3; background: var(--surface); padding: 8px 16px; }
        .skip:focus { left: 8px; }
        .sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

        .top { grid-area: top; display: flex; align-items: center; gap: 16px; padding: 0 16px; position: sticky; top: 0; z-index: 2;
          background: var(--surface); border-bottom: 1px solid var(--line); }
        .brand { display: flex; align-items: center; gap: 8px; font-weight: 650; color: var(--text); text-decoration: none; margin-right: auto;
          min-height: 32px; }
        .brand svg { color: var(--link); width: 24px; height: 24px; }
        .seek { display: flex; gap: 4px; flex: 0 1 360px; min-width: 0; }
        .seek input[type=search] { min-height: 32px; height: 32px; padding: 2px 10px; font-size: 14px; min-width: 0; }
        .seek button { min-height: 32px; padding: 0 8px; }
        .links { display: grid; gap: 8px; }
        .links a { display: inline-block; min-height: 24px; }
        .bell { position: relative; display: flex; align-items: center; min-height: 32px; min-width: 32px; justify-content: center;
          border-radius: 6px; color: var(--text); text-decoration: none; }
        .bell:hover { background: var(--raised); }
        .bell span { margin-left: 2px; min-width: 18px; padding: 0 5px; border-radius: 9px; font-size: 12px; line-height: 18px; text-align: center;
          font-weight: 600; color: var(--bad); border: 1px solid currentColor; }
        .menu { position: relative; }
        .menu summary { display: flex; align-items: center; gap: 8px; min-height: 32px; padding: 0 8px; border-radius: 6px; cursor: pointer;
          list-style: none; font-size: 14px; }
        .menu summary::-webkit-details-marker { display: none; }
        .menu summary:hover { background: var(--raised); }
        .menu .panel { position: absolute; right: 0; top: 40px; width: 260px; padding: 12px; display: grid; gap: 12px; background: var(--surface);
          border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 8px 24px rgb(0 0 0 / 16%); font-size: 14px; }
        .side { grid-area: side; padding: 16px 12px; border-right: 1px solid var(--line); background: var(--surface); font-size: 14px; }
        .side h2 { font-size: 12px; line-height: 16px; font-weight: 600; color: var(--muted); padding: 16px 12px 4px; }
        .side a { display: flex; align-items: center; gap: 12px; min-height: 36px; padding: 0 12px; border-radius: 6px; color: var(--text);
          text-decoration: none; }
        .side a svg { color: var(--muted); }
        .side a:hover { background: var(--raised); }
        .side a[aria-current] { background: var(--info-ground); color: var(--info); font-weight: 600; }
        .side a[aria-current] svg { color: inherit; }
        main { grid-area: main; width: 100%; max-width: 1280px; padding: 20px 32px 48px; display: grid; gap: 20px; align-content: start;
          scroll-margin-top: 48px; }
        .outside main { max-width: 440px; margin: 8vh auto 0; padding: 16px; }
        .foot { grid-area: foot; padding: 16px 32px; color: var(--muted); font-size: 13px; display: flex; gap: 16px; flex-wrap: wrap;
          justify-content: space-between; }
        .outside .foot { justify-content: center; text-align: center; }
        .crumbs { font-size: 14px; display: flex; flex-wrap: wrap; min-height: 20px; }
        .crumbs a { color: var(--muted); text-decoration: none; }
        .crumbs a:hover { text-decoration: underline; }
        .crumbs a::after { content: "/"; padding: 0 8px; color: var(--control); }
        .head { display: flex; align-items: center; gap: 8px 16px; flex-wrap: wrap; }
        .head h1 { margin-right: auto; }
        .head p { flex-basis: 100%; color: var(--muted); }
        .actions { display: flex; gap: 8px; flex-wrap: wrap; align-items: center; }
        .actions form { display: contents; }

        .card { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; box-shadow: var(--shadow); padding: 20px;
          display: grid; gap: 16px; align-content: start; min-width: 0; }
        .card.flush { padding: 0; gap: 0; overflow: hidden; }
        .card.flush > h2, .card.flush > .actions { padding: 16px 20px 12px; justify-content: space-between; }
        .grid { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)); }
        .two { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); align-items: start; }
        .tiles { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(150px, 100%), 1fr)); }
        .tile { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; box-shadow: var(--shadow); padding: 14px 20px; }
        .tile dt { font-size: 13px; color: var(--muted); }
        .tile dd { font-size: 24px; line-height: 32px; font-weight: 620; font-variant-numeric: tabular-nums; }
        .tile dd.small { font-size: 13px; line-height: 20px; font-weight: 400; color: var(--muted); }
        .verdict { display: flex; gap: 12px; align-items: center; font-size: 20px; line-height: 28px; font-weight: 600; padding: 20px; }
        .verdict svg { width: 28px; height: 28px; }
        .verdict.good svg { color: var(--good); } .verdict.bad svg { color: var(--bad); } .verdict.warning svg { color: var(--warning); }
        .verdict.quiet svg { color: var(--muted); }

        .note { padding: 12px 16px; border-radius: 8px; display: grid; gap: 4px; }
        .note h2 { font-size: 16px; line-height: 24px; }
        p.note { display: flex; gap: 8px; align-items: center; }
        .note.good { background: var(--good-ground); color: var(--good); } .note.bad { background: var(--bad-ground); color: var(--bad); }
        .note.warning { background: var(--warning-ground); color: var(--warning); } .note.info { background: var(--info-ground); color: var(--info); }
        .note a { color: inherit; }
        .problem { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 4px 12px; padding: 16px 20px; align-items: start;
          border-top: 1px solid var(--line); }
        .problem:first-child { border-top: 0; }
        .problem > svg { color: var(--bad); margin-top: 2px; }
        .problem.warning > svg { color: var(--warning); }
        .state { display: inline-flex; align-items: center; gap: 6px; padding: 0 10px 0 6px; border-radius: 999px; font-size: 13px; line-height: 24px;
          font-weight: 560; white-space: nowrap; }
        .state svg { width: 16px; height: 16px; }
        .state.good { background: var(--good-ground); color: var(--good); } .state.warning { background: var(--warning-ground); color: var(--warning); }
        .state.bad { background: var(--bad-ground); color: var(--bad); } .state.quiet { background: var(--raised); color: var(--muted); }
        .tag { display: inline-block; padding: 0 8px; border-radius: 4px; background: var(--raised); font-size: 13px; line-height: 24px; }
        .tags { display: flex; flex-wrap: wrap; gap: 6px; }

        .scroll { overflow-x: auto; position: relative; }
        table { border-collapse: collapse; width: 100%; font-size: 14px; line-height: 20px; }
        caption { text-align: left; }
        th, td { padding: 10px 12px; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
        tr > :first-child { padding-left: 20px; } tr > :last-child { padding-right: 20px; }
        thead th { font-weight: 560; font-size: 13px; color: var(--muted); border-top: 0; white-space: nowrap; }
        tbody th { font-weight: 560; }
        tbody tr:hover { background: color-mix(in srgb, var(--raised) 50%, transparent); }
        th.n, td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        td.short { white-space: nowrap; }
        td small, th small { display: block; color: var(--muted); font-size: 13px; font-weight: 400; }
        .pager { display: flex; gap: 8px; align-items: center; padding: 12px 20px; border-top: 1px solid var(--line); font-size: 14px; }
        .pager p { margin-right: auto; }
        .wrap { overflow-wrap: anywhere; white-space: normal; }
        .pad { padding: 0 20px 12px; }
        .facts { display: grid; grid-template-columns: minmax(110px, max-content) minmax(0, 1fr); gap: 8px 24px; font-size: 14px; }
        .facts dt { color: var(--muted); }
        .books { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; font-variant-numeric: tabular-nums; }
        .books div { display: flex; gap: 12px; align-items: center; }
        .books span { display: grid; } .books b { font-size: 20px; line-height: 28px; font-weight: 620; }
        .books small { color: var(--muted); font-size: 13px; } .books i { font-style: normal; color: var(--muted); font-size: 20px; }
        .chart { width: 100%; height: 140px; display: block; stroke: none; }
        .ticks { display: grid; grid-template-columns: repeat(4, 1fr); font-size: 12px; line-height: 16px; color: var(--muted); }
        .ticks.days { grid-template-columns: repeat(5, 1fr); }
        .chart .bar { fill: var(--chart-1); } .chart .bar.parked { fill: var(--chart-2); } .chart .axis { stroke: var(--line); stroke-width: 1; }
        .chart .line { fill: none; stroke: var(--chart-1); stroke-width: 2; vector-effect: non-scaling-stroke; }
        .chart .line.second { stroke: var(--chart-2); } .gap { fill: var(--raised); }
        .strip { width: 100%; height: 14px; display: block; stroke: none; } .strip .mark { fill: var(--bad); stroke: none; }
        .heat { display: grid; grid-template-columns: minmax(80px, max-content) minmax(0, 1fr) max-content; gap: 4px 12px; align-items: center; font-size: 13px; }
        .heat .ticks { grid-column: 2; } .heat bdi { max-width: 28ch; } .heat svg { background: var(--page); } .heat rect { fill: var(--chart-2); }
        .heat rect.gap { fill: var(--raised); }
        .heat-1 { fill-opacity: .3; } .heat-2 { fill-opacity: .55; } .heat-3 { fill-opacity: .8; }
        .chart .slot { fill: transparent; } .chart .slot:hover { fill: var(--line); fill-opacity: .5; }
        .graph { width: 100%; max-width: 520px; height: auto; margin: 0 auto; display: block; font-size: 12px; }
        .graph line { stroke: var(--control); stroke-width: 1.5; }
        .graph circle { fill: var(--surface); stroke: var(--chart-1); stroke-width: 2; }
        .graph circle.asked { fill: var(--info-ground); stroke-width: 3; }
        .graph text { fill: var(--text); stroke: none; text-anchor: middle; }
        .graph text.name { fill: var(--muted); }
        .tabs { display: flex; gap: 4px; overflow-x: auto; border-bottom: 1px solid var(--line); font-size: 14px; }
        .tabs a { padding: 8px 12px; min-height: 40px; color: var(--muted); text-decoration: none; border-bottom: 2px solid transparent; white-space: nowrap; }
        .tabs a:hover { color: var(--text); }
        .tabs a[aria-current] { color: var(--link); border-color: var(--link); font-weight: 600; }
        .note.reveal { grid-template-columns: minmax(0, 1fr) auto; align-items: center; }
        form.editor { display: grid; gap: 20px; }
        .suggest textarea { resize: vertical; font: 14px/22px ui-monospace, monospace; display: block; }
        .wrong textarea { border-color: var(--bad); border-width: 2px; }
        .suggest { position: relative; }
        .suggest ul { position: absolute; left: 0; top: 100%; z-index: 1; width: min(100%, 480px); background: var(--surface);
          border: 1px solid var(--line); border-radius: 6px; box-shadow: 0 8px 24px rgb(0 0 0 / 16%); }
        .suggest li { padding: 6px 12px; display: flex; gap: 12px; justify-content: space-between; font-size: 14px; cursor: pointer; }
        .suggest li[aria-selected=true], .suggest li:hover { background: var(--info-ground); }
        .suggest small { color: var(--muted); white-space: nowrap; }
        #rule-place { background: none; padding: 0; } #rule-place mark { background: var(--bad); color: var(--surface); font: 13px/20px ui-monospace, monospace; }
        .inset { padding: 12px 20px; } .card.flush > .inset { border-top: 1px solid var(--line); }
        .tree { display: grid; gap: 12px; }
        .tree .tree { margin: 12px 0 0 8px; padding-left: 16px; border-left: 2px solid var(--line); }
        .verdict-line { display: flex; gap: 8px; align-items: baseline; flex-wrap: wrap; }
        .timeline { list-style: none; padding: 0; border-left: 2px solid var(--line); margin: 4px 20px 16px 28px; display: grid; gap: 16px; }
        .timeline li { padding-left: 20px; position: relative; font-size: 14px; }
        .timeline li::before { content: ""; position: absolute; left: -6px; top: 6px; width: 10px; height: 10px; border-radius: 50%;
          background: var(--link); }
        .legend { display: flex; gap: 16px; font-size: 13px; color: var(--muted); }
        .legend b { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 6px; background: var(--chart-1); }
        .legend b.parked { background: var(--chart-2); }
        progress { width: 100%; height: 8px; accent-color: var(--link); }
        details.fold { min-width: 0; } details.fold > p + pre { margin-top: 8px; }
        details.fold > summary { cursor: pointer; font-size: 14px; color: var(--muted); min-height: 24px; }
        details.fold[open] > summary { margin-bottom: 12px; }
        .copy { display: flex; gap: 8px; align-items: center; min-width: 0; }
        .copy code { overflow: auto; white-space: nowrap; }
        .rows .copy code { white-space: normal; overflow-wrap: anywhere; }
        pre { margin: 0; padding: 12px; border-radius: 6px; background: var(--raised); overflow: auto; }

        button, .button { display: inline-flex; align-items: center; justify-content: center; gap: 6px; min-height: 36px; padding: 0 14px;
          border: 1px solid var(--control); border-radius: 6px; background: var(--surface); color: var(--text); font: 560 14px/20px system-ui, sans-serif;
          text-decoration: none; cursor: pointer; white-space: nowrap; }
        button:hover, .button:hover { background: var(--raised); }
        .primary { background: var(--link); border-color: var(--link); color: var(--on-link); }
        .primary:hover { background: var(--link); filter: brightness(1.08); }
        .danger { background: var(--bad); border-color: var(--bad); color: var(--surface); }
        .danger:hover { background: var(--bad); filter: brightness(1.08); }
        button[disabled] { opacity: .6; cursor: default; }
        .plain { border-color: transparent; padding: 0 8px; color: var(--link); }
        .tiny { min-height: 28px; padding: 0 8px; font-size: 13px; }
        .row-actions { display: flex; gap: 8px; align-items: end; }
        .row-actions .field { min-width: 180px; }
        form.form { display: grid; gap: 20px; max-width: 560px; }
        .field { display: grid; gap: 4px; }
        .field label { font-weight: 560; font-size: 14px; }
        .field label.switch { font-weight: 400; display: flex; gap: 8px; align-items: center; min-height: 24px; }
        .field label .muted { font-weight: 400; }
        .field:has(> .switch) .hint { padding-left: 26px; }
        .field:has([id$=".threshold"]) { margin: -8px 0 0 26px; max-width: 200px; }
        .hint { color: var(--muted); font-size: 13px; line-height: 20px; }
        .error { color: var(--bad); font-size: 14px; display: flex; gap: 6px; }
        input[type=text], input[type=email], input[type=password], input[type=url], input[type=search], select, textarea { width: 100%; min-height: 40px; padding: 8px 12px;
          border: 1px solid var(--control); border-radius: 6px; background: var(--surface); color: var(--text); font: 16px/22px system-ui, sans-serif; }
        .wrong input { border-color: var(--bad); border-width: 2px; }
        input[type=checkbox], input[type=radio] { width: 18px; height: 18px; accent-color: var(--link); margin: 0; }
        .secret { display: flex; gap: 8px; } .secret button { min-height: 40px; }
        .stack { display: grid; gap: 20px; min-width: 0; }
        .pick { display: flex; gap: 12px; align-items: center; min-height: 24px; }
        .pick > a { min-width: 8em; }
        textarea.code { font: 14px/22px ui-monospace, monospace; }
        .changes { display: grid; gap: 8px; }
        del { color: var(--muted); } ins { text-decoration: none; }
        .changes li { display: flex; gap: 12px; }
        .changes b { font: 620 16px/24px ui-monospace, monospace; } .changes .good b { color: var(--good); } .changes .bad b { color: var(--bad); }
        .note li .facts { margin: 8px 0; } .note .facts dt, .note details.fold > summary { color: inherit; }
        .compare ins, .compare del, .compare span { display: block; text-decoration: none; }
        .compare ins { background: var(--good-ground); color: var(--good); } .compare del { background: var(--bad-ground); color: var(--bad); }
        .changes small { display: block; color: var(--muted); font-size: 13px; }
        .wizard { display: flex; gap: 8px 24px; flex-wrap: wrap; margin: 0; padding: 0; list-style: none; font-size: 14px; color: var(--muted); }
        .wizard li { display: flex; gap: 8px; align-items: center; min-height: 28px; }
        .wizard li[aria-current] { color: var(--text); font-weight: 620; }
        .wizard .mark { width: 24px; height: 24px; border-radius: 50%; display: grid; place-items: center; background: var(--raised); font-size: 13px; }
        .wizard li[aria-current] .mark { background: var(--link); color: var(--on-link); }
        .choices { border: 0; margin: 0; padding: 0; display: grid; gap: 8px; min-width: 0; }
        .choices legend { font-weight: 560; font-size: 14px; padding: 0 0 4px; }
        .choices label { display: flex; gap: 12px; align-items: start; padding: 10px 12px; border: 1px solid var(--line); border-radius: 8px; }
        .choices label:has(:checked) { border-color: var(--link); }
        .choices input { margin-top: 3px; flex: none; }
        .choices small { display: block; color: var(--muted); font-size: 13px; }
        .form .form { display: grid; gap: 20px; }
        .form:has([name=account]:checked:not([value=new])) .new { display: none; }
        .form:has(#signIn option:checked:not([value=KeyAuth])) .field:has(#accessKeyId, #secretKey, #sessionToken),
        .form:has(#signIn option:checked:not([value=AssumedRole])) .field:has(#roleArn) { display: none; }
        .form:has(#audience option:checked:not([value=new])) .new { display: none; }
        input[type=file] { width: 100%; min-width: 0; font: 14px/22px system-ui, sans-serif; color: inherit; }
        ::file-selector-button { min-height: 36px; padding: 0 14px; margin-right: 12px; border: 1px solid var(--control); border-radius: 6px;
          background: var(--surface); color: inherit; font: 560 14px/20px system-ui, sans-serif; cursor: pointer; }
        .card > p:empty { display: none; }
        .rungs { display: grid; gap: 8px; }
        .rungs li { display: grid; grid-template-columns: 112px minmax(0, 1fr); gap: 12px; align-items: baseline; font-size: 14px; }
        .rungs .state { justify-self: start; }
        .rungs small { display: block; color: var(--muted); font-size: 13px; line-height: 20px; }
        .connect { display: grid; gap: 20px; grid-template-columns: minmax(0, 1fr); }
        .example, .stack > pre { min-width: 0; }
        .example pre { margin-top: 8px; max-height: 480px; }
        .example ~ .example { display: none; }
        .connect:has(#includeSegmentNames:checked) #example-plain, .connect:has(#includeSegmentTimestamps:checked) #example-plain { display: none; }
        .connect:has(#includeSegmentNames:checked):not(:has(#includeSegmentTimestamps:checked)) #example-names,
        .connect:has(#includeSegmentTimestamps:checked):not(:has(#includeSegmentNames:checked)) #example-timestamps,
        .connect:has(#includeSegmentNames:checked):has(#includeSegmentTimestamps:checked) #example-names-timestamps { display: block; }
        @media (min-width: 1180px) { .connect:has(.example) { grid-template-columns: minmax(0, 560px) minmax(0, 1fr); align-items: start; } }
        .filters { display: flex; gap: 8px; flex-wrap: wrap; align-items: end; }
        .filters .field { min-width: 180px; flex: 1 1 180px; max-width: 320px; }
        .filters .field:has(.switch) { flex: none; min-width: 0; padding: 8px 8px 8px 0; }
        .empty { padding: 40px 20px; text-align: center; display: grid; gap: 12px; justify-items: center; }
        .empty p { color: var(--muted); max-width: 60ch; }
        .steps { display: grid; gap: 12px; counter-reset: step; }
        .steps li { display: grid; grid-template-columns: 28px minmax(0, 1fr) auto; gap: 12px; align-items: center; }
        .steps .mark { width: 28px; height: 28px; border-radius: 50%; display: grid; place-items: center; background: var(--raised); color: var(--muted);
          font-size: 14px; font-weight: 600; }
        .steps .done .mark { background: var(--good-ground); color: var(--good); }
        .outside .card { padding: 28px; }
        .outside .brand { margin: 0 0 8px; font-size: 18px; }

        @media (max-width: 960px) {
          body { grid-template: "top" 48px "side" auto "main" 1fr "foot" auto / minmax(0, 1fr); }
          .side { display: flex; gap: 4px; overflow-x: auto; padding: 4px 8px; border-right: 0; border-bottom: 1px solid var(--line); }
          .side h2 { display: none; }
          .side ul { display: flex; gap: 4px; }
          .side a { white-space: nowrap; padding: 0 10px; gap: 6px; }
          main, .foot { padding-left: 20px; padding-right: 20px; }
        }
        @media (max-width: 640px) {
          main { padding: 16px 12px 32px; gap: 16px; }
          .foot { padding: 16px 12px; }
          h1 { font-size: 24px; line-height: 32px; }
          .brand { font-size: 0; gap: 0; }
          .who { max-width: 24vw; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
          table.rows, .rows tbody, .rows tr, .rows td, .rows th { display: block; }
          .rows thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          .rows tr { padding: 10px 16px; border-top: 1px solid var(--line); }
          .rows tr:first-child { border-top: 0; }
          .rows tr > td, .rows tr > th { border: 0; padding: 2px 0; }
          .rows td[data-label] { display: grid; grid-template-columns: 130px minmax(0, 1fr); gap: 8px; text-align: left; white-space: normal;
            justify-items: start; }
          .rows td[data-label] progress { width: 100%; }
          .rows td[data-label]::before { content: attr(data-label); color: var(--muted); font-size: 13px; }
          .problem { grid-template-columns: auto minmax(0, 1fr); }
          .problem .actions { grid-column: 2; }
          .row-actions { flex-wrap: wrap; }
          .facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
          .facts dd { margin-bottom: 8px; }
          .heat { grid-template-columns: minmax(0, 1fr) max-content; }
          .heat bdi { grid-column: 1 / -1; max-width: none; } .heat .ticks { grid-column: 1; }
          .card { padding: 16px; }
          .card.flush > h2, .card.flush > .actions, .pager, .inset, .pad { padding-left: 16px; padding-right: 16px; }
          tr > :first-child { padding-left: 16px; } tr > :last-child { padding-right: 16px; }
        }
        @media (prefers-reduced-motion: reduce) { * { scroll-behavior: auto !important; transition: none !important; } }
        @media (forced-colors: active) { .state, .tile, .card, .note { border: 1px solid; } .chart .bar { fill: Highlight; } .chart .line { stroke: Highlight; } .heat rect, .strip .mark { fill: Highlight; } }
        """#
}
