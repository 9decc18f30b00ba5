/// The console's one script, by hand; every page works without it.
enum Script {
    static let text = #"""
        "use strict";
        (() => {
          const say = (text) => { named("said").textContent = text; };
          const each = (selector, act) => document.querySelectorAll(selector).forEach(act);
          const first = (part, selector) => part.querySelector(selector);
          const lock = (form, is) => form.querySelectorAll("button").forEach((button) => { button.disabled = is; });
          const named = (id) => document.getElementById(id);
          const on = (target, name, act) => target.addEventListener(name, act);
          const filled = (template, texts) => {
            const row = template.content.firstElementChild.cloneNode(true);
            row.querySelectorAll("[data-field]").forEach((field) => { field.textContent = texts[field.dataset.field]; });
            return row;
          };
          const words = (path, text) => ask(`${path}?q=${encodeURIComponent(text)}`);
          const ask = async (path, options) => {
            try { return await (await fetch(path, options)).json(); } catch { return null; }
          };

          each("[data-copy]", (button) => {
            button.hidden = !navigator.clipboard;
            on(button, "click", async () => {
              const source = named(button.dataset.copy);
              if (!source) return;
              try {
                await navigator.clipboard.writeText(source.textContent.trim());
                say("Copied");
                const label = button.textContent;
                button.textContent = "Copied";
                setTimeout(() => { button.textContent = label; }, 2000);
              } catch {
                say("The browser did not allow copying; select the text instead");
              }
            });
          });

          each("[data-reveal]", (button) => {
            button.hidden = false;
            on(button, "click", () => {
              const input = named(button.dataset.reveal);
              const hides = input.type === "text";
              input.type = hides ? "password" : "text";
              button.textContent = hides ? "Show" : "Hide";
              input.focus();
            });
          });

          // A second click sends nothing; the first answer is the one that counts.
          each("form[method=post]", (form) => {
            on(form, "submit", (event) => {
              if (form.dataset.sent) return event.preventDefault();
              form.dataset.sent = "yes";
              setTimeout(lock, 0, form, true);
            });
          });
          on(window, "pageshow", (event) => {
            if (!event.persisted) return;
            each("form[data-sent]", (form) => {
              delete form.dataset.sent;
              lock(form, false);
            });
          });

          // Records as they leave; at most 200 are kept.
          each("[data-tail]", (part) => {
            part.hidden = false;
            const rows = first(part, "[data-tail-rows]"), state = first(part, "[data-tail-state]");
            const pause = first(part, "[data-tail-pause]"), filter = first(part, "input[type=search]"), template = first(part, "template");
            let source = null, seen = 0, dropped = 0, hiding = 0;
            const tell = (text) => { state.textContent = `${text}. ${seen} shown, ${dropped} too many to show.`; };
            const matches = (row) => row.textContent.toLowerCase().includes(filter.value.toLowerCase());
            const paused = () => pause.ariaPressed === "true";
            const stop = (text) => { if (source) source.close(); source = null; tell(text); };
            const start = () => {
              if (source || paused()) return;
              source = new EventSource(part.dataset.tail);
              on(source, "open", () => tell("Connected"));
              on(source, "error", () => {
                tell(source && source.readyState === EventSource.CLOSED
                  ? "Not connected: too many live pages are open, or the session has ended" : "Connecting again");
              });
              on(source, "row", (event) => {
                const row = filled(template, JSON.parse(event.data));
                row.hidden = !matches(row);
                rows.prepend(row);
                while (rows.children.length > 200) rows.lastElementChild.remove();
                seen += 1;
                tell("Connected");
              });
              on(source, "dropped", (event) => {
                dropped += Number(JSON.parse(event.data).count);
                tell("Connected");
              });
              on(source, "bye", (event) => {
                const ends = JSON.parse(event.data).reason === "expired";
                if (ends) stop("The session has ended; sign in again"); else tell("The server stops");
              });
            };
            on(pause, "click", () => {
              const now = !paused();
              pause.ariaPressed = now;
              pause.textContent = now ? "Go on" : "Pause";
              if (now) stop("Paused"); else start();
            });
            on(first(part, "[data-tail-clear]"), "click", () => { rows.replaceChildren(); });
            on(filter, "input", () => { for (const row of rows.children) row.hidden = !matches(row); });
            on(first(part, "form"), "submit", (event) => event.preventDefault());
            // A hidden tab keeps no connection: a browser has few of them for all its tabs.
            on(document, "visibilitychange", () => {
              clearTimeout(hiding);
              if (document.hidden) hiding = setTimeout(() => stop("Not visible"), 10000); else start();
            });
            on(window, "pagehide", () => stop("Left"));
            start();
          });

          // Figures that change while the page is open; one that has become another page is loaded again.
          each("[data-figures]", (part) => {
            let timer = 0;
            const lives = document.querySelectorAll("[data-live]");
            const show = (figures) => lives.forEach((field) => {
              const text = figures[field.dataset.live];
              if (text === undefined) return;
              if (field.tagName === "PROGRESS") field.value = Number(text); else if (field.textContent !== text) field.textContent = text;
              const term = field.closest(".books > div[hidden]");
              if (term && text !== "0") term.hidden = false;
            });
            const look = async () => {
              clearTimeout(timer);
              if (document.hidden) return;
              try {
                const answer = await fetch(part.dataset.figures);
                if (answer.redirected || answer.status === 404) return location.reload();
                if (!answer.ok) throw new Error();
                const found = await answer.json();
                if (found.isOld) return location.reload();
                show(found.figures);
                part.hidden = true;
              } catch {
                part.textContent = "The server does not answer; the figures are old. Trying again.";
                part.hidden = false;
              }
              timer = setTimeout(look, 2000);
            };
            on(document, "visibilitychange", look);
            on(window, "pagehide", () => clearTimeout(timer));
            timer = setTimeout(look, 2000);
          });

          each("[data-focus]", (element) => element.focus());

          // A rule is checked while it is typed, and words that go on with it are offered.
          each("textarea[data-check]", (area) => {
            const box = named("rule-check"), place = named("rule-place"), list = named("rule-words");
            let timer = 0, chosen = -1;
            const word = () => (/[\p{L}\p{N}_.]+$/u.exec(area.value.slice(0, area.selectionStart)) || [""])[0];
            const check = async () => {
              const text = area.value;
              if (!text.trim()) { box.hidden = true; return; }
              const body = new URLSearchParams({ token: area.form.elements.token.value, expression: text, id: area.dataset.id });
              const found = await ask(area.dataset.check, { method: "POST", body });
              if (!found || area.value !== text) return;
              box.hidden = false;
              box.className = `note ${found.tone}`;
              named("rule-text").textContent = found.text;
              place.hidden = found.wrong === undefined;
              [found.before, found.wrong, found.after].forEach((part, at) => { place.children[at].textContent = part || ""; });
            };
            const close = () => { list.hidden = true; chosen = -1; area.removeAttribute("aria-activedescendant"); };
            const take = (text) => {
              const end = area.selectionStart;
              area.setRangeText(text, end - word().length, end, "end");
              close();
              area.focus();
              area.dispatchEvent(new Event("input"));
              close();
            };
            const choose = (step) => {
              const items = [...list.children];
              chosen = (chosen + step + items.length) % items.length;
              items.forEach((item, at) => { item.ariaSelected = at === chosen; });
              area.setAttribute("aria-activedescendant", items[chosen].id);
            };
            const offer = async () => {
              const begun = word();
              if (begun.length < 2) return close();
              const found = await words(area.dataset.words, begun);
              if (word() !== begun || document.activeElement !== area) return;
              close();
              const others = (found || []).filter((one) => one.text !== begun);
              list.replaceChildren(...others.map((one, at) => {
                const item = document.createElement("li"), note = document.createElement("small");
                item.id = `rule-word-${at}`;
                item.setAttribute("role", "option");
                item.ariaSelected = false;
                note.textContent = one.note;
                item.append(one.text, note);
                on(item, "mousedown", (event) => { event.preventDefault(); take(one.text); });
                return item;
              }));
              list.hidden = !others.length;
            };
            on(area, "input", () => {
              clearTimeout(timer);
              timer = setTimeout(() => { check(); offer(); }, 300);
            });
            on(area, "blur", close);
            on(area, "keydown", (event) => {
              if (list.hidden) return;
              if (event.key === "ArrowDown" || event.key === "ArrowUp") choose(event.key === "ArrowDown" ? 1 : -1);
              else if (event.key === "Enter" && chosen >= 0) take(list.children[chosen].firstChild.textContent);
              else if (event.key === "Escape") close();
              else return;
              event.preventDefault();
            });
          });

          // Paths are found while one types; those that are ticked stay.
          each("[data-find]", (part) => {
            const input = first(part, "input"), found = first(document, "[data-found]");
            const rows = first(found, "tbody"), template = first(found, "template");
            const more = first(document, "[data-found-more]"), typed = named("paths");
            let timer = 0;
            const find = async () => {
              const text = input.value;
              const answer = await words(part.dataset.find, text);
              if (!answer || input.value !== text) return;
              const chosen = new Set(typed.value.split("\n").map((line) => line.trim()));
              const kept = [...rows.children].filter((row) => first(row, "input:checked:enabled"));
              kept.forEach((row) => chosen.add(first(row, "input").value));
              const others = answer.rows.filter((one) => !chosen.has(one.path)).map((one) => {
                const row = filled(template, one);
                first(row, "input").value = one.path;
                return row;
              });
              rows.replaceChildren(...kept, ...others);
              found.hidden = !rows.children.length;
              more.hidden = !answer.more;
              more.textContent = answer.more;
            };
            on(input, "input", () => { clearTimeout(timer); timer = setTimeout(find, 200); });
          });

          // A file is sent in parts, each from where the server says.
          each("[data-upload]", (part) => {
            const { upload, token, audience, known, lost } = part.dataset;
            const input = first(part, "input"), bar = first(part, "progress"), state = first(part, "[data-told]");
            part.hidden = false;
            on(input, "change", async () => {
              const file = input.files[0];
              if (!file) return;
              input.disabled = true;
              const { name, size } = file, stamp = `${name}-${size}-${file.lastModified}`, headers = { "X-Headwater-Token": token };
              let path = upload, body = new URLSearchParams({ name, size, stamp, audience, known });
              while (path) {
                const found = await ask(path, { method: "PUT", headers, body }) || { text: lost, again: true };
                state.textContent = found.text;
                if (!found.send) say(found.text);
                if (found.again) { await new Promise((go) => setTimeout(go, 2000)); continue; }
                if (found.next) location.assign(found.next);
                path = found.send;
                if (!path) break;
                history.replaceState(null, "", found.place);
                bar.hidden = false;
                bar.max = size;
                bar.value = found.from;
                body = file.slice(found.from, found.from + 1048576);
              }
              input.value = "";
              input.disabled = false;
            });
          });

          // One menu at a time, closed by Escape or a click elsewhere.
          on(document, "click", (event) => {
            each("details.menu[open]", (menu) => { if (!menu.contains(event.target)) menu.open = false; });
          });
          on(document, "keydown", (event) => {
            if (event.key !== "Escape") return;
            each("details.menu[open]", (menu) => { menu.open = false; first(menu, "summary").focus(); });
          });
        })();
        """#
}
