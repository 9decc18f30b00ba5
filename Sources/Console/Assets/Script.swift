/// The console's one script, by hand; every page works without it.
enum Script {
    static let text = #"""
        "use strict";
        (() => {
          const said = document.getElementById("said");
          const say = (text) => { if (said) said.textContent = text; };
          const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

          each("[data-copy]", (button) => {
            button.hidden = !navigator.clipboard;
            button.addEventListener("click", async () => {
              const source = document.getElementById(button.dataset.copy);
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
            button.addEventListener("click", () => {
              const input = document.getElementById(button.dataset.reveal);
              if (!input) return;
              const hides = input.type === "text";
              input.type = hides ? "password" : "text";
              button.textContent = hides ? "Show" : "Hide";
              input.focus();
            });
          });

          // A second click sends nothing; the first answer is the one that counts.
          each("form[method=post]", (form) => {
            form.addEventListener("submit", (event) => {
              if (form.dataset.sent) { event.preventDefault(); return; }
              form.dataset.sent = "yes";
              setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; }), 0);
            });
          });
          window.addEventListener("pageshow", (event) => {
            if (!event.persisted) return;
            each("form[data-sent]", (form) => {
              delete form.dataset.sent;
              form.querySelectorAll("button").forEach((button) => { button.disabled = false; });
            });
          });

          // Records as they leave; at most 200 are kept.
          each("[data-tail]", (part) => {
            part.hidden = false;
            const rows = part.querySelector("[data-tail-rows]");
            const state = part.querySelector("[data-tail-state]");
            const pause = part.querySelector("[data-tail-pause]");
            const filter = part.querySelector("input[type=search]");
            const template = part.querySelector("template");
            let source = null;
            let seen = 0;
            let dropped = 0;
            let hiding = 0;
            const tell = (text) => {
              state.textContent = text + ". " + seen + " shown, " + dropped + " too many to show.";
            };
            const matches = (row) => row.textContent.toLowerCase().includes(filter.value.toLowerCase());
            const paused = () => pause.getAttribute("aria-pressed") === "true";
            const stop = (text) => { if (source) source.close(); source = null; tell(text); };
            const start = () => {
              if (source || paused()) return;
              source = new EventSource(part.dataset.tail);
              source.addEventListener("open", () => tell("Connected"));
              source.addEventListener("error", () => {
                tell(source && source.readyState === EventSource.CLOSED
                  ? "Not connected: too many live pages are open, or the session has ended" : "Connecting again");
              });
              source.addEventListener("row", (event) => {
                const row = template.content.firstElementChild.cloneNode(true);
                for (const [key, text] of Object.entries(JSON.parse(event.data))) {
                  row.querySelectorAll(`[data-field="${key}"]`).forEach((field) => { field.textContent = text; });
                }
                row.hidden = !matches(row);
                rows.prepend(row);
                while (rows.children.length > 200) rows.lastElementChild.remove();
                seen += 1;
                tell("Connected");
              });
              source.addEventListener("dropped", (event) => {
                dropped += Number(JSON.parse(event.data).count);
                tell("Connected");
              });
              source.addEventListener("bye", (event) => {
                const ends = JSON.parse(event.data).reason === "expired";
                if (ends) stop("The session has ended; sign in again"); else tell("The server stops");
              });
            };
            pause.addEventListener("click", () => {
              const now = !paused();
              pause.setAttribute("aria-pressed", String(now));
              pause.textContent = now ? "Go on" : "Pause";
              if (now) stop("Paused"); else start();
            });
            part.querySelector("[data-tail-clear]").addEventListener("click", () => { rows.replaceChildren(); });
            filter.addEventListener("input", () => { for (const row of rows.children) row.hidden = !matches(row); });
            part.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
            // A hidden tab keeps no connection: a browser has few of them for all its tabs.
            document.addEventListener("visibilitychange", () => {
              clearTimeout(hiding);
              if (document.hidden) hiding = setTimeout(() => stop("Not visible"), 10000); else start();
            });
            window.addEventListener("pagehide", () => stop("Left"));
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
                if (answer.redirected || answer.status === 404) { location.reload(); return; }
                if (!answer.ok) throw new Error();
                const found = await answer.json();
                if (found.isOld) { location.reload(); return; }
                show(found.figures);
                part.hidden = true;
              } catch {
                part.textContent = "The server does not answer; the figures are old. Trying again.";
                part.hidden = false;
              }
              timer = setTimeout(look, 2000);
            };
            document.addEventListener("visibilitychange", look);
            window.addEventListener("pagehide", () => clearTimeout(timer));
            timer = setTimeout(look, 2000);
          });

          each("[data-focus]", (element) => element.focus());

          // A rule is checked while it is typed, and words that go on with it are offered.
          each("textarea[data-check]", (area) => {
            const box = document.getElementById("rule-check");
            const place = document.getElementById("rule-place");
            const list = document.getElementById("rule-words");
            let timer = 0, chosen = -1;
            const word = () => (/[\p{L}\p{N}_.]+$/u.exec(area.value.slice(0, area.selectionStart)) || [""])[0];
            const ask = async (path, options) => {
              try {
                const answer = await fetch(path, options);
                return answer.ok ? await answer.json() : null;
              } catch { return null; }
            };
            const check = async () => {
              const text = area.value;
              if (!text.trim()) { box.hidden = true; return; }
              const body = new URLSearchParams({ token: area.form.elements.token.value, expression: text, id: area.dataset.id });
              const found = await ask(area.dataset.check, { method: "POST", body });
              if (!found || area.value !== text) return;
              box.hidden = false;
              box.className = `note ${found.tone}`;
              document.getElementById("rule-text").textContent = found.text;
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
              items.forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
              area.setAttribute("aria-activedescendant", items[chosen].id);
            };
            const offer = async () => {
              const begun = word();
              if (begun.length < 2) { close(); return; }
              const found = await ask(`${area.dataset.words}?q=${encodeURIComponent(begun)}`);
              if (word() !== begun || document.activeElement !== area) return;
              close();
              const others = (found || []).filter((one) => one.text !== begun);
              list.replaceChildren(...others.map((one, at) => {
                const item = document.createElement("li"), note = document.createElement("small");
                item.id = `rule-word-${at}`;
                item.setAttribute("role", "option");
                item.setAttribute("aria-selected", "false");
                note.textContent = one.note;
                item.append(one.text, note);
                item.addEventListener("mousedown", (event) => { event.preventDefault(); take(one.text); });
                return item;
              }));
              list.hidden = !others.length;
            };
            area.addEventListener("input", () => {
              clearTimeout(timer);
              timer = setTimeout(() => { check(); offer(); }, 300);
            });
            area.addEventListener("blur", close);
            area.addEventListener("keydown", (event) => {
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
            const input = part.querySelector("input"), found = document.querySelector("[data-found]");
            const rows = found.querySelector("tbody"), template = found.querySelector("template");
            const more = document.querySelector("[data-found-more]"), typed = document.getElementById("paths");
            let timer = 0;
            const find = async () => {
              const text = input.value;
              let answer;
              try { answer = await (await fetch(`${part.dataset.find}?q=${encodeURIComponent(text)}`)).json(); } catch { return; }
              if (input.value !== text) return;
              const chosen = new Set(typed.value.split("\n").map((line) => line.trim()));
              const kept = [...rows.children].filter((row) => row.querySelector("input:checked:enabled"));
              kept.forEach((row) => chosen.add(row.querySelector("input").value));
              const others = answer.rows.filter((one) => !chosen.has(one.path)).map((one) => {
                const row = template.content.firstElementChild.cloneNode(true);
                row.querySelector("input").value = one.path;
                row.querySelectorAll("[data-field]").forEach((field) => { field.textContent = one[field.dataset.field]; });
                return row;
              });
              rows.replaceChildren(...kept, ...others);
              found.hidden = !rows.children.length;
              more.hidden = !answer.more;
              more.textContent = answer.more;
            };
            input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(find, 200); });
          });

          // One menu at a time, closed by Escape or a click elsewhere.
          document.addEventListener("click", (event) => {
            each("details.menu[open]", (menu) => { if (!menu.contains(event.target)) menu.open = false; });
          });
          document.addEventListener("keydown", (event) => {
            if (event.key !== "Escape") return;
            each("details.menu[open]", (menu) => { menu.open = false; menu.querySelector("summary").focus(); });
          });
        })();
        """#
}
